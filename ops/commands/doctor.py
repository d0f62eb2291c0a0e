"""`easel doctor`: READY or NOT READY, and what to do about it."""

from typing import Annotated

import typer

from infra import stages
from ops.cli import failures, tree
from ops.cli.operator import Operator, of
from ops.deployed import undisputed_stage
from ops.doctor import run
from ops.doctor.model import Finding, Verdict
from ops.doctor.read_account import Account
from ops.doctor.read_here import Here
from ops.doctor.read_stage import DeployedStage
from ops.doctor.read_web import Outside
from ops.doctor.reader import Once

WIDEST = max(map(len, Verdict))


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""
    tree.command(app, "doctor", example="doctor --stage dev --offline")(examine)


def examine(
    context: typer.Context,
    only: Annotated[list[str] | None, typer.Option("--only", help="this check, and others named so")] = None,
    skip: Annotated[list[str] | None, typer.Option("--skip", help="not this one")] = None,
    before: Annotated[bool, typer.Option("--before", help="only what can be known before there is a stack")] = False,
    after: Annotated[bool, typer.Option("--after", help="all of it, though no stack is found")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="make no request to providers")] = False,
    spend: Annotated[float, typer.Option("--spend", min=0, max=5, help="dollars for one real picture")] = 0.0,
) -> None:
    """Whether a stage will work, or does: READY or NOT READY, each failure with its remedy. Ends with 1 where not."""
    operator = of(context)
    read = reader_of(operator, 0.0 if operator.common.dry_run else spend)
    deployed = after or (not before and _is_deployed(read))
    checks = run.chosen(only=only or (), skip=skip or (), after=deployed, offline=offline)
    report = run.examine(checks, read, seconds=run.PICTURE_SECONDS if spend else run.SECONDS)
    _tell(operator, report, deployed=deployed)
    if not report.ready:
        raise typer.Exit(failures.REFUSED)


def reader_of(operator: Operator, spend: float) -> run.Read:
    """What reads the facts of the stage that was named. Raises StageError."""
    stage = stages.load(operator.stage)
    deployed = undisputed_stage(stage)
    return Once(Here(stage), Account(stage, deployed), DeployedStage(stage, deployed), Outside(stage, deployed, spend))


def _is_deployed(read: run.Read) -> bool:
    try:
        return read("deployment").stack is not None
    except Exception:  # without access nothing after a deployment can be known; the checks say so
        return False


def _tell(operator: Operator, report: run.Report, *, deployed: bool) -> None:
    counts = {verdict.value: report.count(verdict) for verdict in Verdict}
    told = [
        {"id": name, "verdict": each.verdict.value, "sentence": each.sentence, "remedy": each.remedy}
        for name, each in report.findings.items()
    ]
    word = "READY" if report.ready else "NOT READY"
    summary = f"{word}: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}"
    lines = [line for name, each in report.findings.items() for line in _lines(name, each)]
    operator.show({"ready": report.ready, "deployed": deployed, "counts": counts, "checks": told}, [*lines, summary])
    if not deployed:
        operator.remark("no stack was found, so what is known after a deployment was left out (--after asks for it)")


def _lines(name: str, finding: Finding) -> list[str]:
    told = f"{finding.verdict.value:<{WIDEST}}  {name}: {finding.sentence}"
    return [told, f"{'':<{WIDEST}}    remedy: {finding.remedy}"] if finding.remedy else [told]
