"""What cdk-nag's AwsSolutions and Serverless packs find and we keep, each with its reason; a test allows no other."""

from collections.abc import Mapping, Sequence

from aws_cdk import Acknowledgment, Stack, Validations

GATEWAY_LOGS = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

KEPT: dict[str, str] = {
    "AwsSolutions-APIG4": (
        "The page, the models, the documentation and the health check are for everybody; a test names these "
        "routes, and the function behind them may reach nothing."
    ),
    "AwsSolutions-APIG6": (
        "Execution logs would hold callers' queries and headers, where tokens may be. The access log, of "
        "fields that we chose, has every request."
    ),
    "AwsSolutions-COG4": (
        "An authorizer of our own stands there: it takes API keys and the tokens of several issuers."
    ),
    "AwsSolutions-IAM4": (
        "One role has a policy of AWS's: that by which API Gateway writes logs. It is the account's, outlives this "
        "stack, and API Gateway refuses one that may do less."
    ),
    "AwsSolutions-IAM5": (
        "No action is a wildcard, and the proof `iam` finds each right used. Objects are named by prefix; X-Ray and "
        "log deliveries know no resources."
    ),
    "AwsSolutions-S1": (
        "Access logs of the images would keep their readers' addresses; links are signed for five minutes."
    ),
    "AwsSolutions-SMG4": (
        "Providers issue their keys, so an operator puts in new ones. With a new signing secret old Idempotency-Keys "
        "would start new jobs; nobody but Easel ever sees it."
    ),
    "Serverless-LambdaDLQ": (
        "The functions that events reach have a queue. The others' would keep callers' prompts, which are kept in one "
        "place and erased there; what an asynchronous command began is finished by the reconciler."
    ),
    "Serverless-SQSRedrivePolicy": (
        "The only queue is itself the one for what was not delivered; an alarm rings for the first message in it."
    ),
}

AT_THE_EDGE: dict[str, str] = {  # besides, where a stage has an edge
    "AwsSolutions-CFR1": (
        "Whom an operator serves is not ours to say; a stage that knows adds countries to its distribution."
    ),
    "AwsSolutions-CFR3": (
        "The edge's log would keep viewers' addresses and the queries that job tokens may be in; the gateway's access "
        "log has every request."
    ),
}


def keep(stack: Stack, kept: Mapping[str, str], *, wildcards: Sequence[str] = (), policies: Sequence[str] = ()) -> None:
    """Acknowledge them; IAM5 is told apart by what stands for several resources, IAM4 by the policies of AWS's."""
    for rule, reason in kept.items():
        findings = [rule]
        if rule.endswith("IAM5"):
            findings = [f"{rule}[Resource::{each}]" for each in wildcards]
        elif rule.endswith("IAM4"):
            findings = [f"{rule}[Policy::{each}]" for each in policies]
        for finding in findings:
            pack = rule.partition("-")[0]
            Validations.of(stack).acknowledge(Acknowledgment(id=f"{pack}::{finding}", reason=reason))
