"""Paying once: a repeat of a request, which brings no key, takes over the job that its first try left behind.

A row for each job of `/v1` that was started without a key, written before the job and kept for a quarter of an hour,
says until when somebody waits for it and whether its answer was handed over. OpenAI's SDKs mark a repeat, so a marked
one may take a job that somebody still seems to wait for: the connection was cut, and the door does not know. An
unmarked request takes only what nobody waits for and nobody was given, because equal requests at once are wanted: they
stay different pictures. Each taking is a conditional write, so no job is taken by two.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Update
from easel.aws.rows import Item
from easel.clock import MINUTE, SECOND, Clock, Millis
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.jobs.model import Job, Status
from easel.jobs.store import Store

KEPT = 15 * MINUTE
BETWEEN_HOPS = 10 * SECOND  # a client that is led on is still waiting while it comes
LOST = frozenset({Status.FAILED, Status.CANCELED})


@dataclass(frozen=True)
class Claims:
    """The rows, in the limits table."""

    database: Database
    table: str
    store: Store
    clock: Clock
    secret: Callable[[], bytes]

    def key(self, caller: Caller, body_hash: str, *, repeats: int, until: Millis) -> str:
        """The key to start a request's job under: that of a job left behind by an earlier try, or a new one.

        `repeats` is how often the client says that it has repeated this request, `until` (ms) how long it will wait.
        Raises Contended.
        """
        pk = self._partition(caller, body_hash)
        for row in self._left_behind(pk, repeats):
            if self._may_go_on(row, caller) and self._take(row, repeats, until):
                return str(row["jobKey"])
        return self._new(pk, caller, until)

    def waits(self, job: Job, caller: Caller, *, until: Millis) -> None:
        """Somebody waits for this job until then (ms)."""
        self._note(job, caller, "SET openUntil = :until", until=until + BETWEEN_HOPS)

    def left(self, job: Job, caller: Caller) -> None:
        """Nobody waits for this job any more, and it was not handed over."""
        self._note(job, caller, "SET openUntil = :until", until=self.clock.now())

    def answered(self, job: Job, caller: Caller) -> None:
        """The job's answer was handed over; whether it arrived nobody here knows."""
        self._note(job, caller, "SET answeredAt = :now", now=self.clock.now())

    def _left_behind(self, pk: str, repeats: int) -> Iterator[Item]:
        """What a request may take, the likeliest first."""
        now = self.clock.now()
        window = now // KEPT
        rows, _ = self.database.query(
            self.table,
            "pk = :pk AND sk BETWEEN :first AND :last",
            {"pk": pk, "first": f"{window - 1:09d}#", "last": f"{window:09d}#~"},
            ConsistentRead=True,
        )
        fresh = [row for row in rows if int(row["startedAt"]) > now - KEPT]
        if not repeats:
            return (row for row in sorted(fresh, key=_age) if "answeredAt" not in row and int(row["openUntil"]) <= now)
        return (row for row in sorted(fresh, key=_likelihood) if int(row["repeats"]) < repeats)

    def _may_go_on(self, row: Item, caller: Caller) -> bool:
        """Whether a row's job is worth taking; one that was never begun is, its key begins it."""
        job = self.store.get(ids.keyed(self.secret(), caller.owner, str(row["jobKey"])))
        return job is None or not (job.status in LOST or job.cancel_requested or job.erased)

    def _take(self, row: Item, repeats: int, until: Millis) -> bool:
        taker, free = (
            str(uuid.uuid4()),
            "" if repeats else " AND openUntil <= :now AND attribute_not_exists(answeredAt)",
        )
        update = Update(
            name="claim",
            table=self.table,
            pk=row["pk"],
            sk=row["sk"],
            expression="SET openUntil = :until, repeats = :repeats, taker = :taker ADD taken :one",
            condition=f"taken = :taken{free}",
            values={
                "until": until + BETWEEN_HOPS,
                "repeats": max(repeats, int(row["repeats"])),
                "taker": taker,
                "one": 1,
                "taken": row["taken"],
                **({} if repeats else {"now": self.clock.now()}),
            },
        )
        try:
            self.database.update(update)
        except ConditionFailed as failure:
            found = failure.found.get("claim") or {}
            return found.get("taker") == taker  # our own write, whose reply was lost
        return True

    def _new(self, pk: str, caller: Caller, until: Millis) -> str:
        now = self.clock.now()
        key = f"/v1 {uuid.uuid4()}"  # no caller's: theirs have no space
        update = Update(
            name="claim",
            table=self.table,
            pk=pk,
            sk=_sort(now // KEPT, ids.keyed(self.secret(), caller.owner, key)),
            expression="SET jobKey = :key, startedAt = :now, openUntil = :until, repeats = :none, taken = :none,"
            " expiresAt = :expires",
            values={
                "key": key,
                "now": now,
                "until": until + BETWEEN_HOPS,
                "none": 0,
                "expires": (now + 2 * KEPT) // SECOND,
            },
        )
        self.database.update(update)
        return key

    def _note(self, job: Job, caller: Caller, expression: str, **values: int) -> None:
        """Note something on a job's row, if it has one; a note that cannot be written stops nobody."""
        if job.body_hash is None:
            return
        pk, window = self._partition(caller, job.body_hash), job.created_at // KEPT
        for each in (window, window - 1):  # its row was written a moment before the job
            with suppress(ConditionFailed, Contended):
                note = Update("claim", self.table, pk, _sort(each, job.id), expression, values, "attribute_exists(pk)")
                self.database.update(note)
                return

    def _partition(self, caller: Caller, body_hash: str) -> str:
        return f"ticket#{caller.owner}#{ids.claim(self.secret(), caller.key_id, body_hash)}"


def _sort(window: int, job_id: str) -> str:
    return f"{window:09d}#{job_id}"


def _age(row: Item) -> tuple[int, str]:
    return int(row["startedAt"]), str(row["sk"])


def _likelihood(row: Item) -> tuple[bool, int, int, str]:
    """What was not handed over before what was; what was repeated before comes first; then the older.

    Of what was handed over the newest comes first: an answer is lost on its way, if at all, just now.
    """
    answered = int(row.get("answeredAt", 0))
    return bool(answered), -int(row["repeats"]), -answered if answered else int(row["startedAt"]), str(row["sk"])
