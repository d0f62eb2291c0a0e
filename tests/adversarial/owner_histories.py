"""Histories of two owners, with and without the other: what one is answered must be the same to the byte.

Ann's requests are recorded while Bob is there too, then sent again without him, at the same moments and with the same
dice. His jobs' ids are among what she asks for, and their Idempotency-Keys are the same few.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import shake_128
from itertools import count
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID  # type: ignore[attr-defined] # not in its __all__

from easel.clock import SECOND
from easel.identity.callers import SCOPES, Caller
from tests.support.fakes import NOON
from tests.support.gateway import ABSENT, Answer, Ask, Gateway, bearer, opened, posted
from tests.support.moto_world import JOB_ATTRIBUTES, JOB_INDEXES, KEYS, REGION, STRINGS
from tests.support.report import Figures, scale, workers
from tests.support.world import ANN, World

HISTORIES, SLOTS, SLOT_SECONDS = 1_000, 18, 61
MET = (
    "histories",
    "another's job asked for",
    "a picture",
    "a key that the other used too",
    "a key used again",
    "no credits left",
    "acted for",
    "canceled",
)


@dataclass
class Dice:
    """Randomness by who asks and how often they did: the same with and without the other."""

    name: str = ""
    drawn: Iterator[int] = field(default_factory=count)

    def turn(self, name: str) -> None:
        self.name, self.drawn = name, count()

    def draw(self, size: int) -> bytes:
        return shake_128(f"{self.name}:{next(self.drawn)}".encode()).digest(size)


@contextmanager
def loaded(dice: Dice) -> Iterator[None]:
    """While inside, this process's random bytes are the dice's."""
    real, real_random = os.urandom, random._urandom  # type: ignore[attr-defined] # its own name for it
    os.urandom, random._urandom = dice.draw, dice.draw  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom, random._urandom = real, real_random  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Move:
    """What happens in one slot: a request, or a worker taking up a job."""

    slot: int
    who: str
    ask: Ask | None = None
    job: str = ""


@dataclass
class History:
    """One history: the moves so far, and what Ann was answered."""

    gateway: Gateway
    dice: Dice
    heard: list[tuple[int, Answer]] = field(default_factory=list)
    jobs: dict[str, list[str]] = field(default_factory=lambda: {"ann": [], "bob": []})

    def make(self, move: Move) -> Answer | None:
        """Let it happen at its moment, with its own dice."""
        world = self.gateway.world
        world.clock.forward((NOON + move.slot * SLOT_SECONDS * SECOND - world.clock.now()) / SECOND)
        self.dice.turn(f"{move.who}:{move.slot}")
        if move.ask is None:
            world.run(move.job)
            return None
        answer = self.gateway.send(move.ask, named=f"req-{move.slot}")
        if move.who == "ann":
            self.heard.append((move.slot, answer))
        if answer.status in (200, 202) and move.ask.method == "POST":
            self._remember(move.who, answer)
        return answer

    def _remember(self, who: str, answer: Answer) -> None:
        job = answer.json.get("jobId")
        if job and job not in self.jobs[who]:
            self.jobs[who].append(job)


Credentials = dict[str, dict[str, str]]


def _credentials(gateway: Gateway) -> Credentials:
    key = gateway.keys.create("shop", SCOPES)[1]
    found: Credentials = {"grant": bearer(key)}
    for who in ("ann", "bob"):
        found[who] = bearer(gateway.token(who, seconds=86_400))
        found[f"for {who}"] = {**bearer(key), "Easel-Owner": f"user:local:{who}"}
    return found


def _next(history: History, sent: Credentials, chance: random.Random, slot: int) -> Move:
    """The next move of a history, by its dice."""
    who = chance.choice(("ann", "ann", "bob"))
    mine, theirs = history.jobs[who], history.jobs["bob" if who == "ann" else "ann"]
    as_who = sent[chance.choice((who, who, f"for {who}"))]
    known = chance.choice((mine, mine, theirs)) or mine or theirs
    job = chance.choice(known) if known else ABSENT
    act = chance.choice(
        (
            "start",
            "start",
            "start",
            "quick",
            "run",
            "run",
            "status",
            "list",
            "credits",
            "entries",
            "cancel",
            "image",
            "grant",
        )
    )
    if act == "run":
        waiting = [one for one in mine if not history.gateway.world.job(one).final]
        if waiting:
            return Move(slot, who, job=chance.choice(waiting))
        act = "credits"
    gets = {
        "status": f"/api/aiimage/status/{job}?wait={chance.choice((0, 1))}",
        "list": f"/api/aiimage/jobs?limit={chance.choice((1, 50))}",
        "credits": "/api/credits",
        "entries": "/api/credits/entries",
        "image": f"/api/aiimage/jobs/{job}/images/0",
    }
    if act in gets:
        return Move(slot, who, Ask("GET", gets[act], as_who))
    if act == "cancel":
        return Move(slot, who, Ask("POST", f"/api/aiimage/jobs/{job}/cancel", as_who))
    key = chance.choice(("k1", "k2", f"k{slot}"))  # both owners use the same few
    fields: dict[str, Any] = {"prompt": f"{who}'s {chance.choice(('lamp', 'boat'))}"}
    path = {"start": "/api/aiimage/start", "quick": "/api/generate-images", "grant": "/api/credits/grants"}[act]
    if act == "grant":
        fields, as_who = {"owner": f"user:local:{who}", "amount": chance.choice((5, 10))}, sent["grant"]
    headers, body = posted(fields, **{"Idempotency-Key": key})
    return Move(slot, who, Ask("POST", path, {**as_who, **headers}, body))


def one(seed: int) -> tuple[list[str], dict[str, int]]:
    """A history with Bob, then the same without him: what differs, and what was met on the way."""
    chance, dice, met = random.Random(seed), Dice(), dict[str, int]()  # noqa: S311 - a proof repeats itself
    with loaded(dice):
        moves, first, sent = _together(chance, dice, seed)
        second = _alone([move for move in moves if move.who == "ann"], dice, seed)
    for (_, answer), move in zip(first, [move for move in moves if move.who == "ann" and move.ask], strict=True):
        for name, held in _met(move, answer, moves).items():
            met[name] = met.get(name, 0) + held
    met["shared credentials"] = int(bool(sent))
    wrong = [
        f"slot {slot}: {a.status} {a.code} with, {b.status} {b.code} without"
        for (slot, a), (_, b) in zip(first, second, strict=True)
        if a != b
    ]
    return wrong, met


def _met(move: Move, answer: Answer, moves: list[Move]) -> dict[str, int]:
    ask = move.ask
    assert ask is not None
    others = {
        header
        for other in moves
        if other.who == "bob" and other.ask
        for header in [other.ask.headers.get("Idempotency-Key")]
        if header
    }
    return {
        "another's job asked for": int(answer.code == "not_found"),
        "a picture": int(answer.status == 302 or b'"succeeded"' in answer.body),
        "a key that the other used too": int(ask.headers.get("Idempotency-Key") in others),
        "a key used again": int("idempotency-replayed" in answer.headers),
        "no credits left": int(answer.status == 402),
        "acted for": int("Easel-Owner" in ask.headers),
        "canceled": int(ask.path.endswith("/cancel") and answer.status == 200),
    }


def _together(chance: random.Random, dice: Dice, seed: int) -> tuple[list[Move], list[tuple[int, Answer]], Credentials]:
    moves: list[Move] = []
    with _stage(dice, seed) as (history, sent):
        for slot in range(1, SLOTS + 1):
            move = _next(history, sent, chance, slot)
            moves.append(move)
            history.make(move)
        return moves, history.heard, sent


def _alone(moves: list[Move], dice: Dice, seed: int) -> list[tuple[int, Answer]]:
    with _stage(dice, seed) as (history, _):
        for move in moves:
            history.make(move)
        return history.heard


@contextmanager
def _stage(dice: Dice, seed: int) -> Iterator[tuple[History, Credentials]]:
    world = _emptied()  # before the dice: the first time, clients are made
    dice.turn(f"setup:{seed}")
    gateway = opened(world)
    for who in ("ann", "bob"):
        gateway.world.give(Caller(owner=f"user:local:{who}", scopes=ANN.scopes), amount=20)
    yield History(gateway, dice), _credentials(gateway)


@cache
def _clients() -> tuple[Any, Any, Any]:
    """A process's clients of moto, made once: that takes longer than a history."""
    mock_aws().start()
    unsigned = boto3.client("s3", region_name=REGION, config=Config(signature_version=UNSIGNED))
    dynamodb = boto3.client("dynamodb", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))
    return dynamodb, boto3.client("s3", region_name=REGION), unsigned


def _emptied() -> World:
    """A world that remembers nothing of the history before."""
    clients = _clients()
    get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].reset()
    get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].reset()
    dynamodb, s3, unsigned = clients
    dynamodb.create_table(
        TableName="jobs", AttributeDefinitions=JOB_ATTRIBUTES, GlobalSecondaryIndexes=JOB_INDEXES, **KEYS
    )
    for table in ("credits", "limits", "keys"):
        dynamodb.create_table(TableName=table, AttributeDefinitions=STRINGS, **KEYS)
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    return World(dynamodb, s3, unsigned)


def histories(figures: Figures) -> None:
    """A thousand of them, on all cores."""
    wanted = max(10, round(HISTORIES * scale()))
    with ProcessPoolExecutor(workers()) as pool:
        for seed, (wrong, met) in enumerate(pool.map(one, range(wanted), chunksize=5)):
            figures.runs += 1
            figures.reached["histories"] += 1
            figures.reached.update(met)
            figures.blame(wrong[:1], f"history {seed}")
