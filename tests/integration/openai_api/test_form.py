"""Ten thousand broken forms: each is read, or refused in words."""

import asyncio
import hashlib
import random

from easel.errors import CallerError
from easel.http.bodies import check
from easel.openai_api import form
from easel.openai_api.request import EditRequest
from tests.support.sent_forms import SENT, pieces

MUTATIONS = 10_000


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_no_mutation_of_a_body_is_more_than_a_refusal() -> None:
    chance = random.Random(20261128)  # noqa: S311 - the same every time
    clients = list(SENT.values())

    read_whole = 0
    with asyncio.Runner() as loop:  # one for all: making a loop takes longer than reading a form
        for _ in range(MUTATIONS):
            content_type, body = chance.choice(clients)
            mutated = _mutated(body, chance)
            try:
                found = loop.run(form.read(pieces(mutated, chance.choice((1 << 20, 64))), content_type))
                check(EditRequest, found.fields)
            except CallerError:
                continue
            else:
                read_whole += 1
                assert all(digest(content) == name for name, content in found.contents.items())
    assert 0 < read_whole < MUTATIONS


def _mutated(body: bytes, chance: random.Random) -> bytes:
    made = bytearray(body)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(made))
        match chance.randrange(5):
            case 0:
                made[at] = chance.randrange(256)
            case 1:
                del made[at : at + chance.randint(1, 40)]
            case 2:
                made[at:at] = chance.randbytes(chance.randint(1, 40))
            case 3:
                made[at:at] = chance.choice((b"\r\n", b"--x", b"\r\n--", b'"', b"\0", b"; name="))
            case 4:
                made = made[:at] or made
    return bytes(made)
