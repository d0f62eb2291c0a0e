"""Say no before anything is held: the operator's words, then the endpoint's scores; and count who is told no too often.

What was refused is counted, never kept: neither here nor in a log. Those without a name are counted by the keyed hash
of their address, so that none of them pays for another.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from easel.aws.dynamodb import Contended, Database, Update
from easel.aws.metrics import Metrics
from easel.clock import DAY, SECOND, Clock, day_of
from easel.errors import Busy, ContentRefused, RateLimited, UnsupportedOption
from easel.identity import client_network
from easel.identity.callers import Caller
from easel.moderation.endpoint import Scorer
from easel.moderation.policy import Check, Moderation, refused_scores, refused_words
from easel.outbound.http import Unreachable

KEPT_DAYS = 3
COUNT_PATIENCE = SECOND


@dataclass(frozen=True)
class Moderate:
    """The doors' check of a prompt; `ask` is the endpoint, None where it is switched off."""

    policy: Moderation
    ask: Callable[[], Scorer] | None
    database: Database
    table: str
    clock: Clock
    meter: Metrics
    secret: Callable[[], bytes]

    def __call__(self, text: str, *, caller: Caller) -> Check | None:
        """What to keep on the job, None where nothing is checked.

        Raises ContentRefused, RateLimited and Busy.
        """
        if not (self.policy.words or self.ask):
            return None
        self._may_go_on(caller)
        categories = refused_words(self.policy, text)
        try:
            if not categories and self.ask:
                categories = refused_scores(self.policy, self.ask()(text))
        except Unreachable:
            return self._unchecked(caller)
        if categories:
            self._count(caller, categories)
            raise ContentRefused(
                "This prompt is not allowed here; change it. Nothing was held.",
                stage="prompt",
                categories=list(categories),
            )
        return Check(stage="prompt", decision="passed")

    def allow_previews(self) -> None:
        """Raise UnsupportedOption where previews would show what is checked only once it is made."""
        if self.policy.holds_previews_back:
            why = "images are checked here before anybody sees them; leave the field out"
            raise UnsupportedOption(f"previews: {why}. Nothing was held.", errors=[("previews", why)])

    def _unchecked(self, caller: Caller) -> Check:
        self.meter.count("ModerationUnreachable", stage="prompt")
        if self.policy.when_unreachable(anonymous=caller.anonymous) == "closed":
            raise Busy("The prompt could not be checked just now. Nothing was held; try again.", retry_after_seconds=10)
        return Check(stage="prompt", decision="unchecked")

    def _may_go_on(self, caller: Caller) -> None:
        most = self.policy.refusals_a_day
        who = self._who(caller)
        if not most or not who:
            return
        row = self.database.get(self.table, f"refused#{who}", day_of(self.clock.now()))
        if row and int(row["refusals"]) >= most:
            raise RateLimited(
                f"{most} requests were refused today; no more are taken before midnight UTC.",
                retry_after_seconds=(DAY - self.clock.now() % DAY) // SECOND + 1,
            )

    def _count(self, caller: Caller, categories: tuple[str, ...]) -> None:
        self.meter.count("ContentRefused", stage="prompt", category=categories[0])
        who, now = self._who(caller), self.clock.now()
        if not who:
            return
        row = Update(
            name="refusals",
            table=self.table,
            pk=f"refused#{who}",
            sk=day_of(now),
            expression="SET expiresAt = :expires ADD refusals :one",
            values={"expires": (now + KEPT_DAYS * DAY) // SECOND, "one": 1},
        )
        try:
            self.database.commit((row,), token=str(uuid.uuid4()), until=now + COUNT_PATIENCE)
        except Contended:
            self.meter.count("RefusalNotCounted")

    def _who(self, caller: Caller) -> str:
        """Whose refusals these are; "" for somebody with neither a name nor an address."""
        if not caller.anonymous:
            return caller.owner
        return f"address#{client_network.address_hash(caller.address, self.secret())}" if caller.address else ""
