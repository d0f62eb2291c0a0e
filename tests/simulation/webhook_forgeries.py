"""What a receiver refuses that checks with the standard's own library: changed bits, other times, replays."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from standardwebhooks import Webhook, WebhookVerificationError

from easel.clock import DAY, SECOND
from easel.webhooks import signing
from easel.webhooks.model import Endpoint
from tests.support.receiver import MASTER
from tests.support.world import ANN

BODY = b'{"type":"job.succeeded","timestamp":"2026-11-28T12:00:41.206Z","data":{"jobId":"01m7vzt1pfxbywsyjm9mqt0f8y"}}'
SIGNED = ("webhook-id", "webhook-timestamp")
TOLERANCE = 300  # seconds, of the standard's libraries


@dataclass(frozen=True)
class Forged:
    """A request as it comes in; `kind` is the rare state it stands for."""

    kind: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """The standard's library, and a memory of ids for as long as a time is taken."""

    def __init__(self, key: bytes) -> None:
        self._verifier = Webhook(signing.written(key))
        self._seen: set[str] = set()

    def takes(self, request: Forged) -> bool:
        """Whether it would do the work."""
        try:
            self._verifier.verify(request.body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # the latter: of bytes that are no text, signatures no base64
            return False
        fresh = request.headers["webhook-id"] not in self._seen
        self._seen.add(request.headers["webhook-id"])
        return fresh


def careless_headers(message_id: str, body: bytes, keys: tuple[bytes, ...], now: int) -> Mapping[str, str]:
    """The seeded bug: a signature over the body alone."""
    signed = signing.headers("", body, keys, 0)
    return {**signed, "webhook-id": message_id, "webhook-timestamp": str(now // SECOND)}


def secret_of_the_endpoint() -> bytes:
    """What the receiver was shown when its secret was changed last."""
    return signing.secret(MASTER, ANN.owner, "e1", 2)


def now() -> int:
    """The machine's time (ms), by which the library judges."""
    return round(datetime.now(UTC).timestamp()) * SECOND


def genuine(number: int, *, sabotage: bool, at: int | None = None) -> Forged:
    """A request as `deliver` sends it, with both secrets of an endpoint that has a new one."""
    at = now() if at is None else at
    endpoint = Endpoint(id="e1", secret_version=2, older_until=at + DAY)
    keys = signing.secrets_now(MASTER, ANN.owner, endpoint, at)
    make = careless_headers if sabotage else signing.headers
    return Forged("genuine", make(f"msg_{number}", BODY, keys, at), BODY)


def forgeries(number: int, lot: random.Random) -> Iterator[Forged]:
    """One of each kind of a genuine request."""
    sent = genuine(number, sabotage=False)
    yield replace(sent, kind="body_flipped", body=_flipped(sent.body, lot))
    for name in SIGNED:
        text = _flipped(sent.headers[name].encode(), lot).decode("latin-1")
        yield replace(sent, kind="header_flipped", headers={**sent.headers, name: text})
    one, _, _ = sent.headers["webhook-signature"].partition(" ")
    yield replace(sent, kind="signature_flipped", headers={**sent.headers, "webhook-signature": _other(one, lot)})
    for skew in (-1, 1):
        seconds = lot.randrange(TOLERANCE + 5, 10 * TOLERANCE) * skew
        late = genuine(number, sabotage=False, at=now() + seconds * SECOND)
        yield replace(late, kind="skewed")
    moved = str(int(sent.headers["webhook-timestamp"]) + lot.choice((-1, 1)) * lot.randrange(1, TOLERANCE - 5))
    yield replace(sent, kind="time_moved", headers={**sent.headers, "webhook-timestamp": moved})
    other = signing.headers(f"msg_{number}", BODY, (signing.secret(MASTER, "user:local:bob", "e1", 1),), now())
    yield Forged("anothers_secret", other, BODY)


def _flipped(content: bytes, lot: random.Random) -> bytes:
    at, bit = lot.randrange(len(content)), 1 << lot.randrange(7)
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]


def _other(signature: str, lot: random.Random) -> str:
    """Another signature of the same form: one letter of it is another."""
    head, _, text = signature.partition(",")
    at = lot.randrange(len(text) - 2)  # the last letter before the padding has bits that count for nothing
    letter = lot.choice([each for each in "ABCDEFGHabcdefgh0123" if each != text[at]])
    return f"{head},{text[:at]}{letter}{text[at + 1 :]}"
