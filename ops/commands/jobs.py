"""`easel job` and `easel jobs`: one by its id, or which there are."""

from typing import Annotated, Any

import typer

from easel.clock import SystemClock
from easel.jobs.model import Job, Status
from ops.cli import tree
from ops.cli.operator import Operator, of
from ops.errors import WrongUse
from ops.jobs import by_id, listing, told

HEAD = ("job", "created", "owner", "status", "failure", "model", "providers", "charged")
ENDS = {"settle": by_id.settle, "cancel": by_id.cancel, "erase": by_id.erase}
SAID = {
    "settle": "settle job {job} now: charge what was delivered and give the rest back, unless its worker may be alive",
    "cancel": "cancel job {job} in its owner's name; what is being made may still be charged",
    "erase": "erase the text and every image of job {job} for good; its amounts stay",
}


def add_to(app: typer.Typer) -> None:
    """Put both commands into the tree."""
    tree.command(app, "job", example="job JOB --stage dev")(one)
    tree.command(app, "jobs", example="jobs --failed --since 1h --provider openai --stage dev")(many)


def one(
    context: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="ID", help="of the answer to its start")],
    prompt: Annotated[bool, typer.Option("--prompt", help="show what its owner wrote, too")] = False,
    settle: Annotated[bool, typer.Option("--settle", help="end it now, as the reconciler would")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="cancel it in its owner's name")] = False,
    erase: Annotated[bool, typer.Option("--erase", help="its text and every image, for good")] = False,
) -> None:
    """A job: its request, attempts and calls with their cost, ledger lines, execution and where its log lines are."""
    operator = of(context)
    chosen = [name for name, on in (("settle", settle), ("cancel", cancel), ("erase", erase)) if on]
    if len(chosen) > 1:
        raise WrongUse(f"{' and '.join('--' + name for name in chosen)}: one at a time")
    if not chosen:
        shown = by_id.show(operator.deployed, job_id, prompt=prompt)
        job = by_id.find(operator.deployed, job_id).job
        operator.show({**shown, "deliveries": told.of_job(operator.deployed, job)})
        return
    by_id.find(operator.deployed, job_id)  # before anybody is asked
    if operator.agreed(SAID[chosen[0]].format(job=job_id)):
        operator.show(ENDS[chosen[0]](operator.deployed, job_id))


def many(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="those that failed")] = False,
    unfinished: Annotated[bool, typer.Option("--open", help="those that are not final yet")] = False,
    since: Annotated[str, typer.Option("--since", help="such as 15m, 1h or 7d")] = "1h",
    provider: Annotated[str | None, typer.Option("--provider", help="that this provider was asked for")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="of this owner alone")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="how many; the newest")] = 50,
) -> None:
    """Jobs, newest first. Without --owner every row of the table is read once."""
    operator = of(context)
    statuses = {*([Status.FAILED] if failed else []), *([Status.QUEUED, Status.RUNNING] if unfinished else [])}
    wanted = listing.Wanted(SystemClock().now() - listing.span(since), frozenset(statuses), provider)
    if owner:
        found = listing.of_owner(operator.deployed, listing.owner_named(owner), wanted, limit)
    else:
        found = listing.of_everybody(operator.deployed, wanted, limit)
    show_all(operator, found, empty=f"no such job in the last {since}")


def show_all(operator: Operator, found: list[Job], *, empty: str) -> None:
    """Jobs as a table."""
    listed = [by_id.facts(job) | {"providers": _asked(job)} for job in found]
    operator.table(listed, HEAD, map(_row, listed), empty=empty)


def _row(told: dict[str, Any]) -> tuple[object, ...]:
    names = ("jobId", "createdAt", "owner", "status", "failure", "modelId")
    return (*(told[name] for name in names), " ".join(told["providers"]), told["credits"]["charged"])


def _asked(job: Job) -> list[str]:
    return list(dict.fromkeys(attempt.provider for attempt in job.attempts if attempt.asked))
