"""What rings when Easel needs a person: few alarms, each saying what to look at."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.api import Api
from infra.function_names import DOORS, NAMES
from infra.functions import Functions
from infra.stages import Stage
from infra.workflow import Workflow

PERIOD = Duration.minutes(5)
SERVER_ERRORS = "GatewayServerErrors"
ERRORS = {"settle": 1, "reconcile": 1}  # these guard credits; the others are retried by the workflow or by callers
ERRORS_OTHERWISE = 3
IGNORE, RING = cloudwatch.TreatMissingData.NOT_BREACHING, cloudwatch.TreatMissingData.BREACHING
RUNBOOK = "docs/runbook.md"
STUCK, THROTTLED = "jobs-are-stuck", "something-is-throttled"
PARTS = {  # of the runbook, by what the names of their alarms begin with; the rest is a bad deployment
    "Misconfigured": "a-key-is-refused",
    "JobStuck": STUCK,
    "ReconcilerSilent": STUCK,
    "Executions": STUCK,
    "Undelivered": STUCK,
    "SettleErrors": STUCK,
    "ReconcileErrors": STUCK,
    "DoorsThrottled": THROTTLED,
    "ConcurrencyNearlyUsedUp": THROTTLED,
    "AuthorizeErrors": "the-identity-provider-is-down",
    "Webhook": "webhooks-do-not-arrive",
}
AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
LESS = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Monitoring(Construct):
    """Alarms, sent by mail where the stage names an address."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        functions: Functions,
        workflow: Workflow,
        api: Api,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, "Monitoring")
        self._topic = self._mail(stage.alarm_email, undelivered) if stage.alarm_email else None
        for name in NAMES:
            metric = functions[name].metric_errors(period=PERIOD)
            text = f"{name} failed without answering; look for ERROR in its log group."
            self._alarm(f"{name.capitalize()}Errors", metric, ERRORS.get(name, ERRORS_OTHERWISE), text)
        machine = workflow.machine
        for ending, metric in {
            "Failed": machine.metric_failed(period=PERIOD),
            "TimedOut": machine.metric_timed_out(period=PERIOD),
        }.items():
            text = (
                "An execution did not reach its end; the job is settled by the rule and the reconciler. Find out why."
            )
            self._alarm(f"Executions{ending}", metric, 1, text)
        self._alarm("GatewayErrors", _server_errors(self, stage, api), 5, "Callers get 5xx answers.")
        self._alarm_throttles(stage, functions)
        self._alarm(
            "ReconcilerSilent",
            functions["reconcile"].metric_invocations(period=Duration.minutes(15)),
            1,
            "Nobody finishes jobs that stopped moving: is the every-minute rule enabled?",
            below=True,
        )
        self._alarm(
            "Undelivered",
            undelivered.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            1,
            "An event reached no function; it is in the queue Undelivered. Its job is finished by the reconciler.",
        )
        for provider in stage.providers:
            counted = _counted("ProviderMisconfigured", stage, service="attempt", provider=provider)
            text = f"{provider} rejects its key, quota, verification or model name; see attempt's log group."
            self._alarm(f"Misconfigured-{provider}", counted, 1, text)
        text = "A webhook was given up after a day of tries, or the bus took no event; deliveries say which."
        self._alarm("WebhookGivenUp", _counted("WebhookGivenUp", stage, service="deliver"), 1, text)
        text = "Webhooks that were due could not be sent, such as for want of their secret; see deliver's log group."
        self._alarm("WebhookStuck", _counted("WebhookStuck", stage, service="deliver"), 5, text)
        text = "A job can be neither finished nor given back; its id is in reconcile's log group."
        self._alarm("JobStuck", _counted("JobStuck", stage, service="reconcile"), 1, text)

    def _alarm_throttles(self, stage: Stage, functions: Functions) -> None:
        """Lambda counts what it refuses for want of concurrency as no error, and Step Functions repeats in silence."""
        doors = {name: functions[name].metric_throttles(period=PERIOD, statistic="Sum") for name in DOORS}
        text = "Callers are turned away for want of Lambda concurrency; ask AWS for more, and set account_concurrency."
        together = cloudwatch.MathExpression(expression=" + ".join(doors), using_metrics=doors, period=PERIOD)
        if not stage.emulated:  # the emulator deploys no alarm on a sum of metrics
            self._alarm("DoorsThrottled", together, 5, text)
        running = cloudwatch.Metric(
            namespace="AWS/Lambda", metric_name="ConcurrentExecutions", statistic="Maximum", period=PERIOD
        )
        nearly = max(1, stage.account_concurrency * 9 // 10)
        text = "The account runs nearly as many functions at once as it may; whatever comes next is throttled."
        self._alarm("ConcurrencyNearlyUsedUp", running, nearly, text)

    def _mail(self, address: str, undelivered: sqs.Queue) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        # With a policy of its own a topic loses SNS's default one, which lets alarms of the account in.
        ours = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=ours))
        topic.add_subscription(subscriptions.EmailSubscription(address, dead_letter_queue=undelivered))
        return topic

    def _alarm(
        self, name: str, metric: cloudwatch.IMetric, threshold: int, description: str, *, below: bool = False
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=LESS if below else AT_LEAST,
            treat_missing_data=RING if below else IGNORE,
            alarm_description=f"Easel: {description} {RUNBOOK}#{anchor_of(name)}",
        )
        if self._topic:
            alarm.add_alarm_action(actions.SnsAction(self._topic))


def anchor_of(alarm: str) -> str:
    """The part of the runbook that an alarm leads to."""
    return next((part for begin, part in PARTS.items() if alarm.startswith(begin)), "a-deployment-was-bad")


def _server_errors(scope: Construct, stage: Stage, api: Api) -> cloudwatch.IMetric:
    """Answers of 500 and more, as callers got them.

    Not the gateway's own metric 5XXError: "API Gateway counts modified gateway response status codes as 4XXError"
    (developer guide, "Amazon API Gateway dimensions and metrics"), and ours are modified. The access log has them all.
    """
    if api.requests is None:  # an emulator writes no access log
        return api.rest.metric_server_error(period=PERIOD, statistic="Sum")
    logs.MetricFilter(
        scope,
        "ServerErrors",
        log_group=api.requests,
        metric_namespace="Easel",
        metric_name=SERVER_ERRORS,
        metric_value="1",
        filter_pattern=logs.FilterPattern.literal('{ $.status = "5*" }'),
        dimensions={"stage": "$.stage"},
    )
    return cloudwatch.Metric(
        namespace="Easel",
        metric_name=SERVER_ERRORS,
        dimensions_map={"stage": stage.name},
        statistic="Sum",
        period=PERIOD,
    )


def _counted(name: str, stage: Stage, *, service: str, **dimensions: str) -> cloudwatch.Metric:
    # Exactly the dimensions that easel.aws.metrics writes; Powertools adds the service.
    found = {"stage": stage.name, "service": service, **dimensions}
    return cloudwatch.Metric(namespace="Easel", metric_name=name, dimensions_map=found, statistic="Sum", period=PERIOD)
