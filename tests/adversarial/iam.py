"""`make prove WHAT=iam`: what each function may do in AWS is what it does there, and nothing else.

The stage `prod` is synthesized as it stands and with everything switched on that has rights of its own. Each function
runs its own handler with its own environment and credential; every AWS call is noted with what IAM asks of it.
"""

import contextlib
import io
import logging
import sys
import tempfile
import warnings
from pathlib import Path

from easel.settings import ProviderSettings
from infra import stages
from infra.stage_tables import Edge
from infra.stages import Stage
from tests.adversarial.deployed_template import Premises
from tests.adversarial.every_call import ALWAYS, WHERE_ASKED_FOR, Errands
from tests.adversarial.rights import Grant
from tests.support.assembly import findings, reader
from tests.support.report import Figures, sabotaged, scale
from tests.support.stand_ins import StandIn, a_stand_in
from tests.support.templates import Reading, text

# What a role needs though no code of ours asks for it: Lambda's own agents act under the function's role.
BY_THE_PLATFORM = {
    "logs:CreateLogStream": "Lambda writes what a function prints into its log group",
    "logs:PutLogEvents": "the same",
    "xray:PutTraceSegments": "Lambda's X-Ray daemon sends the times of each invocation",
    "xray:PutTelemetryRecords": "the same daemon, about itself",
    "sqs:SendMessage": "Lambda keeps an event that EventBridge sent and the function failed at three times",
}
OF_THE_WORKFLOW = {  # which hands its log over to CloudWatch by itself; none of these can be bound to one log group
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c-0000-4000-8000-000000000000"


def plain(provider: StandIn) -> Stage:
    """`prod` as it is shipped; its provider is a stand-in."""
    prod = stages.load("prod")
    return prod.model_copy(update={"providers": {"openai": ProviderSettings(base_url=provider.server.url)}})


def whole(provider: StandIn) -> Stage:
    """`prod` with everything that an operator may add."""
    stage, at = plain(provider), provider.server
    return stage.model_copy(
        update={
            "account": "123456789012",
            "region": "eu-central-1",
            "public_url": "https://images.example.com",
            "edge": Edge(domain="images.example.com", certificate=CERTIFICATE),
            "turnstile": "0x4AAAAAAADnPIDROrmt1Wwj",
            "moderation": {"openai": True, "base_url": at.url, "results": True, "words": ["forbidden"]},
            "policy": stage.policy.model_copy(
                update={
                    "anonymous": True,
                    "anonymous_daily_credits": 100,
                    "welcome_credits": 10,
                    "monthly_credits": 10,
                    "owner_daily_credits": 5_000,
                }
            ),
            "providers": {
                "openai": ProviderSettings(base_url=at.url, images_per_minute=600),
                "bedrock": ProviderSettings(base_url=at.root, region="us-west-2"),
                "fal": ProviderSettings(base_url=f"{at.root}/fal", loopback=True),
            },
        }
    )


def compared(premises: Premises, figures: Figures) -> None:
    """What each function did against what it may do."""
    told = figures.more
    for function, uses in premises.uses.items():
        grants = {grant for grant in premises.grants(function) if grant.action not in BY_THE_PLATFORM}
        grants = spoiled(function, grants, premises) if sabotaged() else grants
        unused = {f"{function} may do {grant} and never does" for grant in grants if not any(map(grant.covers, uses))}
        missing = {
            f"{function} does {use.action} on {use.resource} and may not"
            for use in uses
            if not any(grant.covers(use) for grant in grants)
        }
        figures.runs += 1
        figures.executed += len(uses)
        figures.reached[function] += bool(uses) or not grants
        figures.blame((*sorted(unused), *sorted(missing)), "a function's role")
        for name, count in (("granted", len(grants)), ("unused", len(unused)), ("missing", len(missing))):
            told[name] = told.get(name, 0) + count


def spoiled(function: str, grants: set[Grant], premises: Premises) -> set[Grant]:
    """With SABOTAGE: a right too many in one function, and one too few in another."""
    if function == "status":
        return grants | {Grant("s3:PutObject", f"{premises.resource('StorageAssets')}/jobs/*")}
    if function == "settle":
        return {grant for grant in grants if grant.action != "dynamodb:PutItem"}
    return grants


def machine(premises: Premises, figures: Figures) -> None:
    """The workflow's own role: it may invoke the functions that its definition names, and no other."""
    (made,) = premises.reading.of("AWS::StepFunctions::StateMachine").values()
    role = made["Properties"]["RoleArn"]["Fn::GetAtt"][0]
    named = {text(value) for name, value in made["Properties"]["DefinitionSubstitutions"].items() if name != "Invoke"}
    may = {
        right.resource
        for right in premises.reading.rights_of(role)
        if right.action not in BY_THE_PLATFORM and right.action not in OF_THE_WORKFLOW
    }
    figures.runs += 1
    figures.blame({f"the workflow and {name} differ" for name in may ^ named}, "the workflow's role")


def wildcards(reading: Reading) -> set[str]:
    """Actions that stand for several, in any role's policy."""
    found = {(role, right.action) for role in reading.of("AWS::IAM::Role") for right in reading.rights_of(role)}
    return {f"{role} may do {action}" for role, action in found if "*" in action}


def judged(stage: Stage, provider: StandIn, figures: Figures, scratch: Path) -> set[str]:
    """One stage, in which everything is done once; its functions."""
    reading = reader(scratch / "read")(stage)
    with Premises.of(reading) as premises, contextlib.redirect_stdout(io.StringIO()):
        Errands(premises, stage, provider, figures.reached).run()
        compared(premises, figures)
        machine(premises, figures)
    figures.blame(wide := wildcards(reading), "a role")
    figures.more["wildcard_actions"] = figures.more.get("wildcard_actions", 0) + len(wide)
    if scale() >= 1:
        left = findings(scratch / "nag", stage)
        figures.blame(left, "cdk-nag")
        figures.more["nag_open"] = figures.more.get("nag_open", 0) + len(left)
    return set(reading.functions)


def main() -> int:
    """Run it; a slice leaves out the stage with everything switched on, and cdk-nag."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    figures, names = Figures(), set[str]()
    with tempfile.TemporaryDirectory() as scratch, a_stand_in() as provider:
        for made in (plain, whole) if scale() >= 1 else (plain,):
            names |= judged(made(provider), provider, figures, Path(scratch) / made.__name__)
    return figures.close((*ALWAYS, *(WHERE_ASKED_FOR if scale() >= 1 else ()), *sorted(names)))


if __name__ == "__main__":
    sys.exit(main())
