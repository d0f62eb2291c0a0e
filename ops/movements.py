"""Credits moved by hand, as the ledger has them: whichever way an order came, it is there once, with who gave it."""

from collections.abc import Iterator
from typing import Any

from easel.credits.ledger import ENTRY, bare
from easel.credits.model import Entry
from easel.identity.audit_log import AuditEvent
from easel.identity.callers import ANONYMOUS
from ops.deployed import Deployed

BY_HAND = ("grant", "adjust", "refund")
OWN = "easel:"  # welcome and monthly credits: nobody's doing
RECORDED = "credits "  # how `ops.credits` of earlier releases began its own rows on the trail


def movements(deployed: Deployed) -> Iterator[AuditEvent]:
    """Every grant, adjustment and refund that somebody ordered, in no order; one pass over the credits table."""
    table = deployed.setting("credits", "CREDITS_TABLE")
    for rows in deployed.database.scan(table, **_by_hand()):
        for entry in (Entry.model_validate(bare(row)) for row in rows):
            if not (entry.by or "").startswith(OWN):
                yield _act(entry)


def together(recorded: list[AuditEvent], moved: list[AuditEvent]) -> list[AuditEvent]:
    """The trail and the ledger's movements by time, each movement once.

    A row that an earlier release wrote beside a movement knows who; its ledger then says "command" alone.
    """
    beside = {(act.what, act.facts.get("key")): act for act in recorded if act.act.startswith(RECORDED)}
    known = {(act.what, act.facts.get("key")) for act in moved}
    kept = [act for act in recorded if not act.act.startswith(RECORDED) or _name(act) not in known]
    named = [_with_who(act, beside.get(_name(act))) for act in moved]
    return sorted([*kept, *named], key=lambda act: act.at)


def _name(act: AuditEvent) -> tuple[str, str | None]:
    return act.what, act.facts.get("key")


def _with_who(moved: AuditEvent, recorded: AuditEvent | None) -> AuditEvent:
    return moved.model_copy(update={"by": recorded.by}) if recorded and moved.by == who("command") else moved


def who(by: str | None, *, function: str = "credits") -> str:
    """A stored `by` in words; `function` is what its commands are sent to."""
    kind, _, name = (by or "").partition(":")
    if by == ANONYMOUS:
        return "whoever had the job's token"
    if kind == "command":
        return name or f"whoever may invoke `{function}` (it did not say; CloudTrail's data events know)"
    return f"API key {name}" if kind == "key" else (by or "nobody named")


def _act(entry: Entry) -> AuditEvent:
    said = {"amount": str(entry.moves.get("available", 0)), "job": entry.job, "key": entry.key}
    facts = {name: value for name, value in said.items() if value is not None}
    return AuditEvent(at=entry.at, by=who(entry.by), act=f"credits {entry.kind}", what=entry.owner, facts=facts)


def _by_hand() -> dict[str, Any]:
    values = {f":{kind}": {"S": kind} for kind in BY_HAND}
    return {
        "FilterExpression": f"begins_with(sk, :entry) AND #kind IN ({', '.join(values)})",
        "ExpressionAttributeNames": {"#kind": "kind"},
        "ExpressionAttributeValues": {**values, ":entry": {"S": ENTRY}},
    }
