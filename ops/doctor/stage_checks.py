"""A deployed stage: whether it is whole, answers, tells somebody, and finishes what it began. Pure."""

import json
from typing import Any

from infra.function_names import NAMES
from infra.stages import Stage
from ops.doctor.facts import Alarms, Answer, Calls, Deployment, Web, Work
from ops.doctor.model import Check, Finding, failed, passed, unknown, warned

SILENT = 120  # seconds: the reconciler runs every minute
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
SETTINGS = {"POLICY": "policy", "CLOCKS": "clocks"}
PATHS = ("/healthz", "/", "/docs")
OK, FORBIDDEN = 200, 403
CALLS_MIN = 5  # fewer say nothing about a model


def deployed(stage: Stage, read: Deployment) -> Finding:
    """Whether the stack is whole and every function is where callers look it up."""
    remedy = "make up" if stage.emulated else f"make deploy STAGE={stage.name}"
    if read.stack is None:
        return failed(f"there is no stack easel-{stage.name} in this account and region", remedy)
    if read.stack not in GOOD:
        return failed(f"the stack easel-{stage.name} is {read.stack}", remedy)
    missing = [name for name in NAMES if name not in read.functions]
    if missing:
        return failed(f"no SSM parameter leads to {', '.join(missing)}", remedy)
    broken = [name for name in read.functions if name not in read.environments]
    if broken:
        return failed(f"the parameters of {', '.join(broken)} lead to no function", remedy)
    return passed(f"{len(read.functions)} functions, each where its parameter says")


def drift(stage: Stage, read: Deployment) -> Finding:
    """Whether somebody changed the stack's parts by hand, as CloudFormation last saw it."""
    if stage.emulated:
        return unknown("an emulator looks for no drift")
    stack = f"easel-{stage.name}"
    if read.drift == "DRIFTED":
        remedy = f"aws cloudformation describe-stack-resource-drifts --stack-name {stack}   # then make deploy"
        return failed("parts of the stack were changed by hand, and the next deployment may undo or keep that", remedy)
    if read.drift != "IN_SYNC":
        remedy = f"aws cloudformation detect-stack-drift --stack-name {stack}   # then look again in some minutes"
        return unknown("nobody asked CloudFormation yet whether parts were changed by hand", remedy)
    return passed("the stack's parts are as its template says")


def settings(stage: Stage, read: Deployment) -> Finding:
    """Whether what is deployed is what the stage file says."""
    wrong = []
    for variable, table in SETTINGS.items():
        wanted = getattr(stage, table).model_dump(mode="json", exclude_none=True)
        for name in ("start", "attempt"):
            found = json.loads(read.environments.get(name, {}).get(variable, "{}"))
            wrong += [f"{table}.{field}" for field in {*wanted, *found} if wanted.get(field) != found.get(field)]
    if wrong:
        remedy = "make up" if stage.emulated else f"make deploy STAGE={stage.name}"
        return failed(f"deployed otherwise than infra/stages.toml says: {', '.join(sorted(set(wrong)))}", remedy)
    return passed("policy and clocks are deployed as infra/stages.toml says")


def web(stage: Stage, read: Web) -> Finding:
    """Whether callers reach it where they are told to."""
    bad = {path: read.answers.get(path, Answer(0)).status for path in PATHS}
    bad = {path: status for path, status in bad.items() if status != OK}
    if bad:
        said = ", ".join(f"{path} {status or 'does not answer'}" for path, status in bad.items())
        remedy = "make up" if stage.emulated else "easel logs --function meta --errors"
        return failed(f"at {read.url}: {said}", remedy)
    return passed(f"{read.url} answers: {' '.join(PATHS)}")


def edge(stage: Stage, read: Web) -> Finding:
    """Whether nobody passes by the edge."""
    if not stage.edge:
        return passed("the stage has no edge: the gateway is its address")
    if read.direct is None:
        return unknown("the gateway's own address was not asked")
    if read.direct.status != FORBIDDEN:
        remedy = f"make deploy STAGE={stage.name}   # its gate at the gateway is gone"
        return failed(f"the gateway's own address answers {read.direct.status}: the edge can be passed by", remedy)
    return passed("the gateway's own address refuses")


def alarms(stage: Stage, read: Alarms) -> Finding:
    """Whether alarms exist and somebody is told."""
    if stage.emulated:
        return unknown("an emulator rings no alarm")
    if not read.actions:
        return failed("the stage has no alarm at all", f"make deploy STAGE={stage.name}")
    mute = [name for name, actions in read.actions.items() if not actions]
    remedy = f'set alarm_email = "ops@example.com" in infra/stages.toml, then make deploy STAGE={stage.name}'
    if mute:
        said = f"{len(mute)} of {len(read.actions)} alarms tell nobody"
        return failed(said, remedy) if stage.retention.protect else warned(said, remedy)
    if not read.confirmed:
        if read.pending:
            return failed(
                f"nobody confirmed: {read.pending} subscription waits for the link in its mail",
                "open the mail from AWS Notifications and confirm",
            )
        return failed("the alarms' topic has no subscriber", remedy)
    return passed(f"{len(read.actions)} alarms, told to {read.confirmed}")


def reconciler(stage: Stage, read: Work) -> Finding:
    """Whether jobs that stop moving are finished."""
    if read.reconciled_ago is None or read.reconciled_ago > SILENT * 1000:
        ago = "never" if read.reconciled_ago is None else f"{read.reconciled_ago // 1000} s ago"
        remedy = "make up" if stage.emulated else "easel logs --function reconcile; is its every-minute rule enabled?"
        return failed(f"the reconciler ran {ago}: jobs that stopped moving are not finished", remedy)
    return passed(f"the reconciler ran {read.reconciled_ago // 1000} s ago")


def overdue(read: Work) -> Finding:
    """Whether a job is open beyond its deadline."""
    if read.overdue:
        first = read.overdue[0]
        remedy = f"easel job {first}   # then easel job {first} --settle"
        return failed(f"{len(read.overdue)} jobs are open beyond their deadline", remedy)
    return passed("no job is open beyond its deadline")


def queues(read: Work) -> Finding:
    """Whether an event reached no function."""
    if read.undelivered is None:
        return unknown("the queue of what was not delivered was not found")
    if read.undelivered:
        remedy = "look at the queue Undelivered in the SQS console, mend, then start its redrive"
        return warned(f"{read.undelivered} events reached no function", remedy)
    return passed("every event reached its function")


def ledger(wrong: list[str]) -> Finding:
    """Whether the books are as they were written."""
    if wrong:
        return failed(f"not as it was written: the ledger of {wrong[0]}", f"easel ledger verify --owner {wrong[0]}")
    return passed("every ledger is as it was written")


def reservations(read: Work) -> Finding:
    """Whether what is set aside of the day's cap belongs to jobs that are open."""
    if read.reserved_today > read.open_reserved:
        much = (read.reserved_today - read.open_reserved) / 1e6
        remedy = "easel jobs --open; what is left over is freed at midnight UTC"
        return warned(f"${much:.2f} of the day's cap are reserved for no open job", remedy)
    return passed("reservations belong to open jobs")


def quick(stage: Stage, read: Calls) -> Finding:
    """Synchronous or queued: whether the quick route's time is enough, by what calls took."""
    known = {model: sorted(took) for model, took in read.milliseconds.items() if len(took) >= CALLS_MIN}
    if not known:
        return unknown(
            f"too few calls to say how long pictures take; the quick route waits {stage.clocks.door} s",
            "use jobs where a model may take minutes: POST /api/aiimage/start",
        )
    slow = {model: took for model, took in known.items() if _share(took, 95) > stage.clocks.door * 1000}
    told = "; ".join(
        f"{m} p50 {_share(t, 50) / 1000:.0f} s, p95 {_share(t, 95) / 1000:.0f} s" for m, t in known.items()
    )
    if slow:
        remedy = f"queue these as jobs (POST /api/aiimage/start, ?wait=20 on their status): {', '.join(slow)}"
        return warned(f"slower than the quick route's {stage.clocks.door} s: {told}", remedy)
    return passed(f"the quick route's {stage.clocks.door} s are enough: {told}")


def _share(sorted_values: list[int], percent: int) -> int:
    return sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)]


def _after(id_: str, reads: tuple[str, ...], judge: Any) -> Check:
    return Check(id_, reads, judge, after=True)


CHECKS = (
    _after("deployed", ("stage", "deployment"), deployed),
    _after("drift", ("stage", "deployment"), drift),
    _after("settings", ("stage", "deployment"), settings),
    _after("web", ("stage", "web"), web),
    _after("edge", ("stage", "web"), edge),
    _after("alarms", ("stage", "alarms"), alarms),
    _after("reconciler", ("stage", "work"), reconciler),
    _after("overdue", ("work",), overdue),
    _after("queues", ("work",), queues),
    _after("ledger", ("wrong_ledgers",), ledger),
    _after("reservations", ("work",), reservations),
    _after("quick-route", ("stage", "calls"), quick),
)
