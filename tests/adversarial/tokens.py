"""Nobody gets in with a token that does not hold, and everybody does with one that does, issuer reachable or not.

`CORPUS_FILE=` checks signatures alone, on JSON lines {"token", "jwks", "valid"}.
"""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from joserfc.jwk import RSAKey

from easel.errors import Unauthenticated
from easel.identity.api_keys import ApiKey
from easel.identity.authentication import Authenticated, Authenticator, Credentials
from easel.identity.callers import Caller
from easel.identity.jwks import AGAIN, FRESH, KeySets
from easel.identity.session_cookie import Sessions
from easel.identity.tokens import BARRED, TYPES, Tokens, _object, _parts
from easel.outbound.http import Unreachable
from easel.settings import Algorithm, Issuer
from tests.adversarial import forged_tokens
from tests.support.fakes import FakeClock
from tests.support.identity_desk import ISSUER
from tests.support.report import Figures, sabotaged, scale

ROUNDS, KIDS, OUTAGE_SECONDS = 40, 10_000, 3_600
COOKIES = Sessions("https://images.example")
CORPUS = Issuer(name="corpus", issuer="corpus", jwks_url="corpus", audience=("any",), algorithms=get_args(Algorithm))


@dataclass
class Publisher:
    """Where the issuers publish their keys; remembers when somebody looked."""

    clock: FakeClock
    keys: list[dict[str, Any]] | None = None
    down: bool = False
    looks: dict[str, list[int]] = field(default_factory=dict)

    def __call__(self, url: str) -> bytes:
        self.looks.setdefault(url, []).append(self.clock.now())
        if self.down:
            raise Unreachable(url)
        return json.dumps({"keys": self.keys or forged_tokens.published(url)}).encode()


@dataclass(frozen=True)
class Trusting(Tokens):
    """The seeded bug: a key that a token brings along is believed."""

    def verify_signature(self, token: str, header: Mapping[str, Any], issuer: Issuer) -> None:
        if "jwk" not in header:
            super().verify_signature(token, header, issuer)


class NoKeys:
    """No API key is known."""

    def get(self, key_id: str) -> ApiKey | None:
        return None


class Desk:
    """The product's identity, with time and the issuers in the proof's hands."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.publisher = Publisher(self.clock)
        made = Trusting if sabotaged() else Tokens
        self.tokens = made(forged_tokens.ISSUERS, KeySets(fetch=self.publisher, clock=self.clock), self.clock)
        self.identity = Authenticator(tokens=self.tokens, keys=NoKeys(), sessions=COOKIES, clock=self.clock)

    def bearer(self, token: str) -> Authenticated:
        return self.identity(Credentials(authorization=f"Bearer {token}"))

    def cookie(self, token: str) -> Authenticated:
        return self.identity(Credentials(cookies=[f"{COOKIES.name}={token}"]))


def refused(found: Authenticated) -> bool:
    """Whether nobody came in, and was told to sign in."""
    nobody = found.caller == Caller(owner="anonymous", scopes=frozenset())
    return nobody and isinstance(found.error, Unauthenticated)


def forge(figures: Figures) -> None:
    """Every kind of forgery by every key, as bearer and as cookie, among good tokens."""
    desk, chance = Desk(), random.Random(5)  # noqa: S311 - a proof repeats itself
    for _ in range(max(1, round(ROUNDS * scale()))):
        for signer in forged_tokens.signers():
            good = forged_tokens.token(signer, {"cat": "cl_1"} if chance.random() < 0.5 else None)
            for show in (desk.bearer, desk.cookie):
                figures.runs += 1
                figures.reached["good tokens"] += 1
                if show(good).caller.owner != "user:accounts:ann":
                    figures.blame(["a good token is refused"], signer.alg)
            for kind, make in forged_tokens.kinds().items():
                token = make(signer, chance)
                if token == good:
                    continue
                for show in (desk.bearer, desk.cookie):
                    figures.runs += 1
                    figures.reached[kind] += 1
                    if not refused(show(token)):
                        figures.blame([f"came in: {kind}"], signer.alg)


def flood(figures: Figures) -> None:
    """Ten thousand random key ids in ten minutes: the issuer is asked at most once in 30 seconds."""
    desk, chance = Desk(), random.Random(7)  # noqa: S311 - a proof repeats itself
    signer, asked = forged_tokens.signers()[1], max(100, round(KIDS * scale()))
    for number in range(asked):
        desk.clock.forward(600 / asked)
        found = desk.bearer(forged_tokens.token(signer, {"kid": f"{chance.random()}"}, exp=forged_tokens.NOW + 9_999))
        figures.runs += 1
        figures.reached["random kids"] += 1
        if not refused(found):
            figures.blame(["a random kid comes in"], number)
    looks = [at for each in desk.publisher.looks.values() for at in each]
    gaps = [later - earlier for earlier, later in pairwise(looks)]
    figures.more["fetchesUnderRandomKids"] = len(looks)
    figures.more["shortestGapSeconds"] = min(gaps, default=0) / 1000
    figures.reached["fetches for a random kid"] += len(gaps)
    if min(gaps, default=AGAIN) < AGAIN:
        figures.blame(["two fetches within 30 seconds"], min(gaps))


def outage(figures: Figures) -> None:
    """The issuer is away for an hour: good tokens hold, bad ones do not, and it is asked at the same slow pace."""
    desk = Desk()
    for signer in forged_tokens.signers():
        desk.bearer(forged_tokens.token(signer))
    desk.publisher.down = True
    wrong = 0
    for second in range(0, OUTAGE_SECONDS + 1, 5):
        now = desk.clock.now() // 1000
        times: dict[str, Any] = {"iat": now, "nbf": now, "exp": now + 300}
        for signer in forged_tokens.signers():
            figures.runs += 1
            figures.reached["good tokens in the outage"] += 1
            if desk.bearer(forged_tokens.token(signer, **times)).error is not None:
                wrong += 1
                figures.blame(["a good token is refused in the outage"], f"{signer.alg} at {second} s")
            stranger = forged_tokens.strangers()[signer.alg]
            forged = forged_tokens.signed(signer.header, forged_tokens.claims(**times), stranger, signer.alg)
            if not refused(desk.bearer(forged)):
                figures.blame(["a forgery comes in during the outage"], second)
        desk.clock.forward(5)
    figures.more["refusedInOutage"] = wrong
    looks = desk.publisher.looks[ISSUER.jwks_url]
    if any(later - earlier < AGAIN for earlier, later in pairwise(looks[1:])):
        figures.blame(["asked in a hurry while the issuer is away"], len(looks))


def rotate(figures: Figures) -> None:
    """A new key is found within 30 seconds; one that was withdrawn is believed no longer than ten minutes."""
    desk, old = Desk(), forged_tokens.signers()[0]
    desk.bearer(forged_tokens.token(old))
    new = forged_tokens.Signer(RSAKey.generate_key(2048, {"kid": "rsa9", "alg": "RS256"}), "RS256")
    desk.publisher.keys = [*forged_tokens.published()[1:], new.key.as_dict(private=False)]
    desk.clock.forward(AGAIN / 1000)
    figures.reached["a new key"] += 1
    if desk.bearer(forged_tokens.token(new)).error is not None:
        figures.blame(["a new key is not found"], "after 30 s")
    desk.clock.forward(FRESH / 1000 + 1)
    figures.reached["a withdrawn key"] += 1
    if not refused(desk.bearer(forged_tokens.token(old, exp=forged_tokens.NOW + 9_999))):
        figures.blame(["a withdrawn key is believed"], "after ten minutes")
    figures.runs += 2


def corpus(file: Path) -> int:
    """Signatures alone, on somebody else's tokens."""
    figures, counts = Figures(), Counter[str]()
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip():
            continue
        case = json.loads(line)
        figures.runs += 1
        verdict = judged(str(case["token"]), case["jwks"])
        counts[f"{'valid' if case['valid'] else 'invalid'}: {verdict}"] += 1
        figures.reached["valid" if case["valid"] else "invalid"] += 1
        if verdict == "accepted" and not case["valid"]:
            figures.blame(["accepted, though not valid"], f"line {number}")
        if verdict == "refused" and case["valid"]:
            figures.blame(["refused, though valid"], f"line {number}")
    figures.more["verdicts"] = dict(sorted(counts.items()))
    return figures.close([name for name in ("valid", "invalid") if figures.reached[name]])


def judged(token: str, jwks: Any) -> str:
    """What the product's signature check says: accepted, refused, or barred by policy whatever the signature."""
    said = json.loads(jwks) if isinstance(jwks, str) else jwks
    content = json.dumps(said if isinstance(said, dict) and "keys" in said else {"keys": [said]}).encode()
    made = Trusting if sabotaged() else Tokens
    tokens = made((CORPUS,), KeySets(fetch=lambda _: content, clock=FakeClock()), FakeClock())
    try:
        header = _header_of(token)
        if _barred(header):
            return "barred"
        tokens.verify_signature(token, header, CORPUS)
    except (Unauthenticated, Unreachable):
        return "refused"
    return "accepted"


def _header_of(token: str) -> dict[str, Any]:
    """A token's header as the product reads it, unchecked."""
    return _object(_parts(token)[0])


def _barred(header: Mapping[str, Any]) -> bool:
    """Whether policy refuses it even with a good signature: shared secrets, keys brought along, other types."""
    if sabotaged():
        return False
    kind = str(header.get("typ", "JWT")).lower()
    return header.get("alg") not in CORPUS.algorithms or bool(BARRED & set(header)) or kind not in TYPES


PARTS: tuple[Callable[[Figures], None], ...] = (forge, flood, outage, rotate)
RARE = ("good tokens", "random kids", "fetches for a random kid", "good tokens in the outage", "a new key")


def main() -> int:
    """Run it all; CORPUS_FILE= instead."""
    if named := os.environ.get("CORPUS_FILE"):
        return corpus(Path(named))
    figures = Figures()
    for part in PARTS:
        part(figures)
    return figures.close([*RARE, "a withdrawn key", *forged_tokens.kinds()])


if __name__ == "__main__":
    sys.exit(main())
