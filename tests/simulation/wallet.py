"""A day under siege by callers who know every limit: the cap holds to the micro-dollar, and who pays is served."""

import random
import sys
from collections import Counter
from functools import cached_property
from typing import Any

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import Database, Update
from easel.aws.state_machine import StateMachine
from easel.clock import DAY, SECOND, day_of
from easel.credits.model import Balance
from easel.credits.requests import GrantRequest
from easel.errors import CallerError
from easel.jobs.attempts import Attempt, Call, StoredImage
from easel.jobs.model import Job, Status
from easel.limits.budget import Budget
from easel.limits.budget_shards import Reservation
from easel.limits.shares import Shares
from easel.moderation.endpoint import Scorer
from easel.moderation.policy import load as load_moderation
from easel.policy import Policy
from easel.providers.protocol import Outcome
from easel.settings import ProviderSettings
from easel.wiring import credits, settlement, submission
from easel.wiring.parts import Parts
from tests.simulation.attackers import HOUR, HOURS, LOWERED, Ask, Siege, payer
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.clock import VirtualClock
from tests.simulation.aws.faults import Fate
from tests.simulation.aws.region import MACHINE_ARN, Region
from tests.simulation.aws.replies import Call as WireCall
from tests.simulation.aws.replies import Refusal, Reply, Wire
from tests.simulation.aws.tables import Index, Schema, Table
from tests.simulation.aws.wire import line
from tests.support.fakes import NOON, FakeMeter
from tests.support.report import Figures, sabotaged, scale
from tests.support.requests import a_job_request

SECRET = b"a signing secret of the proofs, and of nothing else"
JOBS = Schema(indexes={"by_owner": Index("owner", "ownerSort"), "open": Index("openShard", "wakeBy", keys_only=True)})
ADMITTED_MIN = 0.99
DAILY_CREDITS = 300
REACHED = (
    "admitted given",
    "admitted paying",
    "admitted stranger",
    "cap lowered",
    "cap reached",
    "day limit of an owner",
    "free pool used up",
    "held before midnight and settled after",
    "rate limited",
    "room collected from other shards",
    "room taken by another",
    "strangers' ration used up",
)


class ForgetfulBudget(Budget):
    """Looks before it reserves, and not while it does."""

    def reserve(self, reservation: Reservation) -> Update:
        write = super().reserve(reservation)
        values = {name: value for name, value in write.values.items() if name in {"micros", "less"}}
        return Update(
            write.name, write.table, write.pk, write.sk, write.expression, values, "attribute_exists(committed)"
        )


class ForgetfulParts(Parts):
    """With the bug that the proof must find."""

    @cached_property
    def budget(self) -> Budget:
        """The day's budget, which forgets."""
        caps = self.policy.daily_cap_micros, self.policy.free_cap_micros
        return ForgetfulBudget(self.database, self.limits_table, *caps, Shares.of(self.policy))


def _no_scorer() -> Scorer:
    raise AssertionError("nothing is moderated here")


class Interleaved:
    """Every call of an invocation takes a while, and so others come between."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def fate(self, actor: Actor, call: WireCall) -> Fate:
        actor.stop_for(self._draw.choice((0.001, 0.004, 0.02)))
        return Fate.GO

    def invocation_fate(self, call: WireCall, *, task: bool) -> Fate:
        return Fate.GO


class Wallet:
    """One stage, its day's cap in the operator's hands, and everything that was asked of it."""

    def __init__(self, siege: Siege, figures: Figures, seed: int = 7) -> None:
        self.siege, self.figures = siege, figures
        self.draw = random.Random(seed)  # noqa: S311 - a proof is the same twice
        self.cap = siege.paying * 650_000
        self.free = self.cap // 8
        tables = {name: Table(JOBS if name == "jobs" else Schema()) for name in ("jobs", "credits", "limits")}
        self.region = Region(tables, buckets=("assets",), now=NOON)
        self.region.director = Interleaved(self.draw)
        self.region.on_start = lambda name: None
        self.region.observer = self._observe
        self.region.functions = {"start": self._start, "settle": self._settle}
        self.region.on_event = {"ask": self._spawn, "settle": self._due}
        self.region.on_end = self._ended
        self.clock = VirtualClock(self.region, self.draw.random)
        self.asks: list[Ask] = []
        self.answers: Counter[tuple[str, str]] = Counter()
        self.most: Counter[str] = Counter()
        line().handler = self.region.handle
        self._wire(self.policy)

    @cached_property
    def policy(self) -> Policy:
        return Policy(
            anonymous=True,
            anonymous_daily_credits=self.siege.strangers // 20,
            welcome_credits=60,
            daily_cap_micros=self.cap,
            free_cap_micros=self.free,
            address_per_minute=5,
            owner_per_minute=20,
            owner_daily_credits=DAILY_CREDITS,
        )

    def _wire(self, policy: Policy) -> None:
        clients = line()
        made = (ForgetfulParts if sabotaged() else Parts)(
            database=Database(clients.dynamodb, self.clock),
            clock=self.clock,
            meter=FakeMeter(),
            secret=lambda: SECRET,
            bucket=lambda: Bucket(clients.s3, clients.s3_unsigned, "assets"),
            machine=lambda: StateMachine(clients.stepfunctions, MACHINE_ARN, self.clock),
            policy=policy,
            jobs_table="jobs",
            credits_table="credits",
            limits_table="limits",
        )
        self.store, self.ledger = made.store, made.ledger
        unmoderated = load_moderation({"openai": False, "words": []})
        self.start = submission.submission(
            made,
            providers={"openai": ProviderSettings()},
            moderation=unmoderated,
            scorer=_no_scorer,
            resolve=lambda _host, _port, _seconds: (),
        ).start
        self.settle = settlement.settle(made)
        self.accounts = credits.accounts(made)
        self.caps = (policy.daily_cap_micros, policy.free_cap_micros)

    def run(self) -> None:
        """Sell credits, let the day pass, settle what is left, look at the books."""
        ask = GrantRequest.model_validate({"amount": 100_000})
        for number in range(self.siege.paying):
            self.accounts.grant(ask, owner=payer(number).owner, key="bought", by="proof")
        self.asks = sorted(self.siege.asks(self.draw), key=lambda ask: ask.at)
        for index, ask_ in enumerate(self.asks):
            self.region.at(ask_.at, "ask", index)
        while self.region.advance(LOWERED):
            pass
        self._lower()
        while self.region.advance(NOON + (HOURS + 2) * HOUR):
            pass
        self._look_at_the_books()

    def _lower(self) -> None:
        """The operator takes the cap down to little more than is committed, in the middle of the day."""
        self.region.now = max(self.region.now, LOWERED)
        committed, _ = self._committed(day_of(self.region.now))
        self._wire(self.policy.model_copy(update={"daily_cap_micros": committed - self.cap // 50}))
        self.figures.reached["cap lowered"] += 1

    def _spawn(self, index: int) -> None:
        if index % 500 == 0:
            self._expire()
        self.region.spawn("start", {"ask": index})

    def _due(self, job_id: str) -> None:
        self.region.spawn("settle", {"jobId": job_id})

    def _start(self, payload: Wire) -> Wire:
        ask = self.asks[payload["ask"]]
        wanted = a_job_request({"prompt": "a lamp", "n": ask.n, "quality": ask.quality})
        try:
            job = self.start(wanted, caller=ask.caller, key=None).job
        except CallerError as refusal:
            return {"refused": refusal.code}
        self._made(job)
        return {"job": job.id}

    def _made(self, job: Job) -> None:
        """What the workflow does, told short: an attempt that cost something, and a while later the end."""
        job = self.store.get(job.id) or job
        cost = round(job.reserved_micros * self.draw.choice((0, 0.5, 0.8, 1)))
        now = self.clock.now()
        images = tuple(
            StoredImage(slot=slot, key="k", thumbnail_key="t", width=1, height=1, mime_type="image/png", bytes=1)
            for slot in range(job.n if cost else 0)
        )
        call = Call(started_at=now, milliseconds=1, slots=tuple(range(job.n)), outcome="x", paid=True, cost_micros=cost)
        attempt = Attempt(
            number=1,
            provider=job.route[0].provider,
            model=job.route[0].model,
            slots=tuple(range(job.n)),
            started_at=now,
            lease_until=now,
            turn=0,
            worker="w",
            outcome=Outcome.DELIVERED if images else Outcome.UNAVAILABLE,
            ended_at=now,
            images=images,
            calls=(call,),
        )
        self.store.save(job, job.to(Status.RUNNING, attempts=(attempt,)))
        seconds = self.draw.randrange(5, 200)
        self.region.soon(seconds, "settle", job.id)
        if day_of(now) != day_of(now + seconds * SECOND):
            self.figures.reached["held before midnight and settled after"] += 1

    def _settle(self, payload: Wire) -> Wire:
        return self.settle(payload["jobId"]).body()

    def _ended(self, actor: Actor) -> None:
        if actor.error:
            self.figures.blame([f"{actor.function}: {type(actor.error).__name__}: {actor.error}"], self.region.now)
            return
        if actor.function != "start":
            return
        self.figures.runs += 1
        ask = self.asks[actor.payload["ask"]]
        code = actor.answer.get("refused", "admitted")
        self.answers[ask.kind, code] += 1
        reached = self.figures.reached
        reached[f"admitted {ask.kind}"] += code == "admitted"
        reached["rate limited"] += code == "rate_limited"
        reached["day limit of an owner"] += code == "daily_limit_reached" and ask.kind != "stranger"
        reached["cap reached"] += code == "spending_paused" and ask.kind == "squeezing"
        reached["free pool used up"] += code == "spending_paused" and ask.kind in {"given", "stranger"}
        reached["share of the cap taken"] += code == "too_many_jobs_in_flight" and ask.kind == "stranger"
        reached["strangers' ration used up"] += code == "daily_limit_reached" and ask.kind == "stranger"

    def _observe(self, actor: Actor, call: WireCall, reply: Reply | Refusal) -> None:
        """After every transaction that moved the budget: nothing was dealt twice, nothing passes a cap."""
        if call.operation != "TransactWriteItems":
            return
        moved = [action["Update"] for action in call.params["TransactItems"] if "Update" in action]
        touched = [update for update in moved if update["Key"]["pk"]["S"].startswith("budget#")]
        if not touched:
            return
        if isinstance(reply, Refusal):
            self.figures.reached["room taken by another"] += actor.function == "start"
            return
        day = touched[0]["Key"]["pk"]["S"].removeprefix("budget#")
        self.figures.executed += 1
        self.figures.reached["room collected from other shards"] += any(
            update.get("ConditionExpression") == "room = :room" for update in touched
        )
        reserving = any("cap" not in update["UpdateExpression"] and "less" in str(update) for update in touched)
        self._check(day, reserving=reserving and actor.function == "start" and len(call.params["TransactItems"]) > 3)

    def _check(self, day: str, *, reserving: bool) -> None:
        committed, committed_free = self._committed(day)
        self.most[day] = max(self.most[day], committed)
        cap, free = self.caps if reserving else (self.cap, self.free)
        broken = []
        if committed > cap:
            broken.append(f"{committed} reserved and spent of {cap}")
        if committed_free > free:
            broken.append(f"{committed_free} of what was given away, of {free}")
        rows, total = self._rows(day)
        room = sum(_number(row, "room") for row in rows.values())
        if _number(total, "dealt") != committed + room:
            broken.append("what was dealt is not what the shards hold")
        self.figures.blame(broken, (day, self.region.now))

    def _committed(self, day: str) -> tuple[int, int]:
        rows, _ = self._rows(day)
        free = sum(_number(row, "committed") for place, row in rows.items() if place.startswith("free"))
        return sum(_number(row, "committed") for row in rows.values()), free

    def _rows(self, day: str) -> tuple[dict[str, Wire], Wire]:
        table = self.region.dynamodb.tables["limits"]
        places = [f"{pool}#{shard}" for pool in ("main", "free") for shard in range(16)]
        rows = {place: row for place in places if (row := table.get((f"budget#{day}", place))) is not None}
        return rows, table.get((f"budget#{day}", "total")) or {}

    def _look_at_the_books(self) -> None:
        """Once everything is settled: reserved is spent, and no owner or stranger had more than a day's worth."""
        spent: Counter[str] = Counter()
        for (pk, sk), row in self._items("jobs"):
            if sk != "job":
                continue
            job = self.store.get(pk.removeprefix("job#"))
            assert job is not None
            if not job.final:
                self.figures.blame([f"a job is {job.status}"], row["id"])
            spent[job.reservations[0].day] += job.cost_micros()
        for day in (day_of(NOON), day_of(NOON + DAY)):
            if self._committed(day)[0] != spent[day]:
                self.figures.blame([f"{self._committed(day)[0]} committed, {spent[day]} spent"], day)
        self._look_at_the_counters()
        left = {place: count for place, count in self._reserved().items() if count}
        if left:
            self.figures.blame([f"{len(left)} accounts still have something reserved"], str(left))
        given: Balance = self.ledger.balance("anonymous")
        if -given.granted > 2 * self.policy.anonymous_daily_credits:
            self.figures.blame([f"strangers were given {-given.granted}"], "anonymous")

    def _expire(self) -> None:
        """What DynamoDB does with rows past their time, once they were looked at."""
        self._look_at_the_counters()
        table = self.region.dynamodb.tables["limits"]
        for key, row in self._items("limits"):
            if "requests" in row and _number(row, "expiresAt") * SECOND < self.region.now:
                del table.items[key]
        self.region.dynamodb.tokens.clear()

    def _look_at_the_counters(self) -> None:
        for (pk, _), row in self._items("limits"):
            most = {"daily#owner#user:": DAILY_CREDITS, "rate#address#": 5, "rate#owner#": 20}
            for prefix, limit in most.items():
                count = _number(row, "credits") + _number(row, "requests")
                if pk.startswith(prefix) and count > limit:
                    self.figures.blame([f"{pk}: {count} of {limit}"], "limits")
        self._look_at_the_shares()

    def _look_at_the_shares(self) -> None:
        """What an account has reserved is what its unfinished jobs reserve, and never above its share."""
        unfinished: Counter[tuple[str, str]] = Counter()
        for (pk, sk), row in self._items("jobs"):
            if sk == "job" and row["status"]["S"] in {Status.QUEUED, Status.RUNNING}:
                job = self.store.get(pk.removeprefix("job#"))
                for one in job.reservations if job else ():
                    unfinished.update(
                        {(f"open#{account}", f"{one.day}#{one.pool}"): one.micros for account in one.accounts}
                    )
        counted = self._reserved()
        if {place: count for place, count in counted.items() if count} != unfinished:
            self.figures.blame(["what is counted as reserved is not what unfinished jobs reserve"], self.region.now)
        for (pk, sk), count in counted.items():
            percent = 25 if pk.startswith("open#owner#") else 50 if pk == "open#anonymous" else 5
            most = (self.free if sk.endswith("#free") else self.cap) * percent // 100
            if count > most:
                self.figures.blame([f"{pk} has {count} reserved, of {most}"], sk)

    def _reserved(self) -> dict[tuple[str, str], int]:
        rows = self._items("limits")
        return {(pk, sk): _number(row, "reserved") for (pk, sk), row in rows if pk.startswith("open#")}

    def _items(self, table: str) -> list[tuple[Any, Wire]]:
        return [(key, stored.wire) for key, stored in self.region.dynamodb.tables[table].items.items()]

    def share(self, kind: str) -> float:
        """How many of those who asked were let in."""
        asked = sum(count for (of, _), count in self.answers.items() if of == kind)
        return self.answers[kind, "admitted"] / max(1, asked)


def _number(row: Wire, name: str) -> int:
    return int(row[name]["N"]) if name in row else 0


def besieged(size: float) -> tuple[Figures, Wallet]:
    """The proof at a scale."""
    figures = Figures()
    siege = Siege(
        paying=max(20, round(400 * size)), given=max(30, round(600 * size)), strangers=max(400, round(10_000 * size))
    )
    wallet = Wallet(siege, figures)
    wallet.run()
    admitted = wallet.share("paying")
    if admitted < ADMITTED_MIN:
        figures.blame([f"only {admitted:.4f} of those who pay were let in"], "paying")
    figures.more = {
        "accounts": siege.paying + siege.given,
        "addresses": siege.strangers,
        "virtualHours": HOURS,
        "capMicros": wallet.cap,
        "freeCapMicros": wallet.free,
        "mostCommittedMicros": dict(wallet.most),
        "paidAdmitted": round(admitted, 4),
        "givenAdmitted": round(wallet.share("given"), 4),
        "strangersAdmitted": round(wallet.share("stranger"), 4),
        "answers": {f"{kind} {code}": count for (kind, code), count in sorted(wallet.answers.items())},
    }
    return figures, wallet


def main() -> int:
    """Prove it."""
    figures, _ = besieged(scale())
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
