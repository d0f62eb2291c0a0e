"""The state machine, and what finishes a job when its execution does not."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import retention
from infra.definition import DEFINITION, fill, numbers
from infra.function_names import DOORS
from infra.functions import Functions
from infra.stages import Stage

HANDS = ("attempt", "prepare", "settle")
INVOKE = f"arn:{Aws.PARTITION}:states:::lambda:invoke"
PING = {"command": "ping"}  # no such command: answered without touching anything
PINGS = {"authorize": {"methodArn": "*"}}  # an anonymous request


class Workflow(Construct):
    """One execution per job; the rule and the schedules that replace it when it dies."""

    def __init__(self, scope: Construct, *, stage: Stage, functions: Functions, undelivered: sqs.Queue) -> None:
        super().__init__(scope, "Workflow")
        self._functions = functions
        self._undelivered = undelivered
        hands = {name.capitalize(): functions.alias[name].function_arn for name in HANDS}
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(fill(DEFINITION.read_text(), numbers(stage))),
            definition_substitutions={"Invoke": INVOKE, **hands},
            removal_policy=RemovalPolicy.DESTROY,
            tracing_enabled=not stage.emulated,
            logs=None if stage.emulated else self._logs(stage),
        )
        for name in HANDS:  # the alias alone; CDK's own grant would allow every version
            self.machine.add_to_role_policy(
                iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[functions.alias[name].function_arn])
            )

    def _logs(self, stage: Stage) -> sfn.LogOptions:
        """Which state came when; what went in and out (job ids) is left to the history."""
        kept = retention.removal(stage)
        group = logs.LogGroup(self, "Log", removal_policy=kept)
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = stage.retention.log_days
        return sfn.LogOptions(destination=group, level=sfn.LogLevel.ALL, include_execution_data=False)

    def watch(self) -> None:
        """Settle at once what an execution left behind, and look every minute for what nobody is working on."""
        broken = events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={
                "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                "stateMachineArn": [self.machine.state_machine_arn],
            },
        )
        events.Rule(
            self,
            "Broken",
            description="Easel: an execution failed, timed out or was aborted; settle its job",
            event_pattern=broken,
            targets=[self._target("settle", {"jobId": events.EventField.from_path("$.detail.name")})],
        )
        events.Rule(
            self,
            "EveryMinute",
            description="Easel: finish jobs that stopped moving",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[self._target("reconcile", {})],
        )
        events.Rule(
            self,
            "Telling",
            description="Easel: deliver webhooks that are due",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[self._target("deliver", {})],
        )

        for name in DOORS:  # a snapshot that nobody woke for 14 days is dropped, and the next caller would get an error
            events.Rule(
                self,
                f"Wake{name.capitalize()}",
                description=f"Easel: keep the snapshot of {name} alive",
                schedule=events.Schedule.rate(Duration.days(1)),
                targets=[self._target(name, PINGS.get(name, PING))],
            )

    def _target(self, name: str, event: Mapping[str, Any]) -> targets.LambdaFunction:
        return targets.LambdaFunction(
            self._functions.alias[name],
            event=events.RuleTargetInput.from_object(event),
            retry_attempts=2,
            max_event_age=Duration.minutes(10),
            dead_letter_queue=self._undelivered,
        )
