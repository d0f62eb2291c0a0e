"""Machine and account: whether one can deploy from here, and to the right place. Pure."""

from infra.stages import Stage
from ops.doctor.facts import Bootstraps, Concurrency, Identity, Tools
from ops.doctor.model import Check, Finding, failed, passed, unknown, warned

PYTHON = (3, 11)
NODE = 22
CLOCK_SECONDS = 5
BOOTSTRAP = 6
UNRESERVED = 100  # AWS keeps so much of an account's concurrency for everybody
PICTURE_SECONDS = 30  # how long a worker holds its place for a picture, roughly
GATEWAY_SECONDS = 29
ANSWER_SECONDS = 5


def tools(read: Tools) -> Finding:
    """Python, Node and CDK as this release wants them."""
    if read.python < PYTHON:
        here = ".".join(map(str, read.python))
        return failed(f"this is Python {here}, and Easel needs 3.11", "make setup PYTHON=python3.13")
    if read.node is None or int(read.node.lstrip("v").partition(".")[0]) < NODE:
        return warned(f"Node is {read.node or 'not here'}; `make deploy` fetches one of its own", "make setup")
    if read.cdk not in (None, read.cdk_wanted):
        return failed(f"CDK is {read.cdk}, and this release was made with {read.cdk_wanted}", "rm -r node_modules")
    return passed(f"Python {'.'.join(map(str, read.python))}, Node {read.node}, CDK {read.cdk_wanted}")


def git(stage: Stage, read: Tools) -> Finding:
    """Whether what would be deployed can be found again."""
    if read.uncommitted is None:
        return unknown("this is no git checkout, so nobody can say later what was deployed")
    if read.uncommitted and not stage.emulated:
        return warned(f"{read.uncommitted} files are changed and not committed", "git status; git commit")
    return passed("what is deployed can be found again: nothing that matters here is uncommitted")


def credentials(read: Identity) -> Finding:
    """Whether AWS knows who this is; reading it fails where it does not."""
    return passed(f"these credentials are {read.arn}, in {read.region}")


def account(stage: Stage, read: Identity) -> Finding:
    """Whether they lead where the stage file says."""
    if stage.account is not None and read.account != stage.account:
        return failed(
            f"the stage belongs into account {stage.account}, and these credentials lead to {read.account}",
            f"export AWS_PROFILE=…   # one of account {stage.account}",
        )
    if stage.region is not None and read.region != stage.region:
        return failed(f"the stage belongs into {stage.region}, not {read.region}", f"export AWS_REGION={stage.region}")
    named = "as the stage file says" if stage.account else "the stage file names none"
    return passed(f"account {read.account}, {named}")


def bootstrap(stage: Stage, identity: Identity, read: Bootstraps) -> Finding:
    """Whether CDK can deploy there."""
    for region, version in read.versions.items():
        if version is None or version < BOOTSTRAP:
            found = "not prepared for CDK" if version is None else f"prepared by an old CDK (version {version})"
            place = f"aws://{identity.account}/{region}"
            remedy = f".venv/bin/python -m local.node cdk bootstrap {place} -c stage={stage.name}"
            return failed(f"{region} is {found}", remedy)
    return passed(f"{' and '.join(read.versions)} prepared for CDK")


def concurrency(stage: Stage, read: Concurrency) -> Finding:
    """Whether the account can run what the stage counts on, and how many jobs a minute that is."""
    if stage.account_concurrency > read.quota:
        return failed(
            f"account_concurrency is {stage.account_concurrency}, and the account runs {read.quota} functions at once",
            f"set account_concurrency = {read.quota} in infra/stages.toml, or ask AWS for more: Service Quotas, "
            "Lambda, Concurrent executions",
        )
    reserved = (stage.reserved(tenths=2) or 0) + (stage.reserved(tenths=4) or 0)
    left = read.unreserved + read.ours - reserved
    if reserved and left < UNRESERVED:
        fits = max(10, (read.unreserved + read.ours - UNRESERVED) * 10 // 6)
        return failed(
            f"the stage would reserve {reserved} and leave {left} of {read.quota}; AWS wants {UNRESERVED} left",
            f"set account_concurrency = {min(fits, read.quota)} in infra/stages.toml",
        )
    workers = stage.worker_seats or stage.reserved(tenths=4) or 1
    a_minute = workers * 60 // PICTURE_SECONDS
    return passed(f"{workers} workers at once: about {a_minute} pictures a minute at {PICTURE_SECONDS} s each")


def gateway(stage: Stage, seconds: float | None) -> Finding:
    """Whether a waiting door answers before the gateway gives up; `seconds` is the account's quota."""
    door, most = stage.clocks.door + ANSWER_SECONDS, seconds if seconds is not None else GATEWAY_SECONDS
    if door > most:
        return failed(
            f"doors may take {door} s (clocks.door + {ANSWER_SECONDS}), and the gateway gives up after {most:g} s",
            f"set clocks.door = {int(most) - ANSWER_SECONDS} in infra/stages.toml, or raise the quota: Service Quotas, "
            "API Gateway, Maximum integration timeout",
        )
    return passed(f"doors answer within {door} s, the gateway waits {most:g} s")


def clock(read: Identity) -> Finding:
    """Whether signatures and expiries made here will hold."""
    if read.clock_off is None:
        return unknown("nobody told the time")
    if abs(read.clock_off) > CLOCK_SECONDS:
        return failed(
            f"this machine's clock is {read.clock_off:+.0f} s off AWS's: signatures and expiries will not hold",
            "sudo timedatectl set-ntp true",
        )
    return passed(f"this machine's clock is within {CLOCK_SECONDS} s of AWS's")


CHECKS = (
    Check("tools", ("tools",), tools),
    Check("git", ("stage", "tools"), git),
    Check("credentials", ("identity",), credentials),
    Check("account", ("stage", "identity"), account),
    Check("bootstrap", ("stage", "identity", "bootstraps"), bootstrap),
    Check("concurrency", ("stage", "concurrency"), concurrency),
    Check("gateway-timeout", ("stage", "gateway_seconds"), gateway),
    Check("clock", ("identity",), clock),
)
