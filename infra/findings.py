"""What cdk-nag's AwsSolutions and Serverless packs find and we keep, each with its reason; a test allows no other."""

from collections.abc import Sequence

from aws_cdk import Acknowledgment, Stack, Validations

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
    "AwsSolutions-COG2": (
        "A second factor is offered to everybody and demanded of nobody: these are an image site's own people, "
        "and an operator who wants more brings an identity provider."
    ),
    "AwsSolutions-COG8": (
        "The Plus tier is billed for each of its people; the pool is for the first day, before an identity provider "
        "is chosen."
    ),
    "AwsSolutions-IAM5": (
        "No action is a wildcard. Objects are named by prefix, a table's indexes by `/index/*`, and X-Ray and "
        "log deliveries know no resources."
    ),
    "AwsSolutions-L1": (
        "Python 3.13 is what every test runs on and is supported until 2029; a newer one is taken when it was tested."
    ),
    "AwsSolutions-S1": (
        "Access logs of the images would keep their readers' addresses; links are signed for five minutes."
    ),
    "AwsSolutions-SMG4": (
        "Providers issue their keys, so an operator puts in new ones. With a new signing secret old Idempotency-Keys "
        "would start new jobs; nobody but Easel ever sees it."
    ),
    "Serverless-EventBusDLQ": (
        "Each event is a hint that a minute later comes again: the reconciler looks at every open job itself, "
        "and an alarm rings when it is silent."
    ),
    "Serverless-LambdaLatestVersion": (
        "Python 3.13 is what every test runs on and is supported until 2029; a newer one is taken when it was tested."
    ),
    "Serverless-LambdaDLQ": (
        "A queue would keep callers' prompts, which are kept in one place. What an asynchronous call began is "
        "finished by the reconciler; what it did not begin holds nothing."
    ),
}


def keep(stack: Stack, *, wildcards: Sequence[str]) -> None:
    """Acknowledge them; IAM5 is told apart by what stands for several resources."""
    for rule, reason in KEPT.items():
        findings = [f"{rule}[Resource::{each}]" for each in wildcards] if rule.endswith("IAM5") else [rule]
        for finding in findings:
            pack = rule.partition("-")[0]
            Validations.of(stack).acknowledge(Acknowledgment(id=f"{pack}::{finding}", reason=reason))
