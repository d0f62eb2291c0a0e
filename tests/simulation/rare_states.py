"""The rare states that a proof must have met, seen from outside: in calls, replies, answers, and in what is left."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from easel.aws.dynamodb import Contended
from easel.providers.protocol import Outcome
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.faults import Killed
from tests.simulation.aws.replies import Call, Refusal, Reply
from tests.simulation.invariants import Books, books, paid_calls
from tests.simulation.stage import Stage

INJECTED = (Killed, ClientError, Contended)  # what a function may end with, where calls are made to fail


def watch(stage: Stage, expected: tuple[type[BaseException], ...] = INJECTED) -> None:
    """Count rare states of this stage in its region's `reached`, and any end of a function that is a bug."""
    region, told = stage.region, stage.region.on_end

    def on_end(actor: Actor) -> None:
        if actor.error is None:
            _answered(stage, actor)
        elif not isinstance(actor.error, expected):
            region.reached[f"VIOLATION: {actor.function} raised {actor.error!r}"] += 1
        told(actor)

    region.on_end = on_end
    region.observer = lambda actor, call, reply: _replied(stage, actor, call, reply)


def _answered(stage: Stage, actor: Actor) -> None:
    reached, answer = stage.region.reached, actor.answer
    match actor.function:
        case "settle" if answer["outcome"] == "wait":
            reached["settle_waited_for_a_lease"] += 1
        case "attempt" if answer["outcome"] == "wait" and not actor.calls:
            reached["second_worker_met_an_open_lease"] += 1
        case "start" if answer.get("replayed"):
            reached["replay"] += 1
            if any(other.function == "settle" for other in stage.region.live):
                reached["replay_during_settle"] += 1
        case "cancel" | "erase" if any(other.function == "attempt" for other in stage.region.live):
            reached["release_beside_an_open_lease"] += 1
        case "reconcile" if answer["moved"]:
            reached["reconciler_moved_a_job"] += 1


def _replied(stage: Stage, actor: Actor, call: Call, reply: Reply | Refusal) -> None:
    reached = stage.region.reached
    if isinstance(reply, Refusal):
        match call.operation, reply.code:
            case "PutObject", "PreconditionFailed":
                reached["evidence_was_there"] += 1
            case "TransactWriteItems", "TransactionCanceledException":
                _canceled(reached, actor, json.dumps(reply.facts))
            case "PutItem", "ConditionalCheckFailedException":
                reached["job_moved_under_a_writer"] += 1
            case "StartExecution", "ExecutionAlreadyExists":
                reached["execution_existed"] += 1
    elif call.operation == "GetObject" and actor.function in {"settle", "reconcile", "attempt"}:
        if call.params["Key"].endswith("evidence.json"):
            reached["late_evidence_met"] += 1
    elif call.operation == "TransactWriteItems" and actor.function == "reconcile":
        reached["reconciler_settled"] += 1
    elif call.operation == "GetItem" and actor.function == "reconcile" and _not_due(stage, reply.body):
        reached["index_was_behind"] += 1


def _not_due(stage: Stage, body: bytes) -> bool:
    row = json.loads(body).get("Item", {})
    return row.get("sk", {}).get("S") == "job" and float(row.get("wakeBy", {"N": "inf"})["N"]) > stage.clock.now()


def _canceled(reached: Any, actor: Actor, reasons: str) -> None:
    if "ConditionalCheckFailed" in reasons:
        reached[f"{actor.function}_lost_a_race"] += 1


def at_rest(stage: Stage) -> None:
    """Count what shows only in the end."""
    region, read = stage.region, books(stage.region)
    if any(count == 2 for count in paid_calls(region).values()):
        region.reached["second_paid_call"] += 1
    for name, is_so in _ENDINGS.items():
        if is_so(read):
            region.reached[name] += 1


def _any_attempt(is_so: Callable[[Any], bool]) -> Callable[[Books], bool]:
    return lambda read: any(is_so(attempt) for job in read.jobs for attempt in job.attempts)


_ENDINGS: dict[str, Callable[[Books], bool]] = {
    "abandoned_attempt": _any_attempt(lambda a: a.outcome is Outcome.ABANDONED),
    "evidence_after_the_lease": _any_attempt(
        lambda a: a.outcome is Outcome.DELIVERED and (a.ended_at or 0) > a.lease_until
    ),
    "second_reservation": lambda read: any(len(job.reservations) > 1 for job in read.jobs),
    "charged_after_cancel": lambda read: any(job.cancel_requested and job.charged for job in read.jobs),
    "nothing_was_started": lambda read: not read.jobs,
}
