"""Bearer tokens (JWT) of the issuers this stage trusts: whose they are, or why they do not hold."""

import base64
import binascii
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning

from easel.clock import SECOND, Clock
from easel.errors import Unauthenticated
from easel.identity.callers import USER, USER_SCOPES, Caller
from easel.identity.jwks import IssuerKey, KeySets
from easel.settings import Algorithm, Issuer

LEEWAY = 60  # seconds
TIME_MAX = 32_503_680_000  # the year 3000; NaN and infinity are no times either
CHARS_MAX = 8_192
SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
ALGORITHMS = frozenset(get_args(Algorithm))
BARRED = frozenset(  # what brings a key along or changes the rules; other members say nothing to us
    {"jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"}
)
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True)
class Tokens:
    """Checks tokens; `issuers` says of each whose keys, audience and algorithms it has."""

    issuers: Sequence[Issuer]
    keys: KeySets
    clock: Clock

    def caller(self, token: str) -> Caller:
        """The person a token stands for. Raises Unauthenticated, or Unreachable when its issuer's keys are."""
        first, second, _ = _parts(token)
        header, claims = _object(first), _object(second)
        issuer = next((each for each in self.issuers if each.issuer == claims.get("iss")), None)
        if issuer is None:
            raise Unauthenticated("The token is of an issuer that is not trusted here.")
        self.verify_signature(token, header, issuer)
        expires_at = _check_times(claims, self.clock.now() / SECOND)
        _check_purpose(claims, issuer)
        owner = f"user:{issuer.name}:{claims.get('sub')}"
        if not isinstance(claims.get("sub"), str) or not USER.fullmatch(owner):
            raise Unauthenticated("The token has no usable subject (`sub`): up to 255 visible ASCII characters.")
        return Caller(owner=owner, scopes=USER_SCOPES, expires_at=expires_at)

    def verify_signature(self, token: str, header: Mapping[str, Any], issuer: Issuer) -> None:
        """Refuse a token that no published key of its issuer signed; what it claims is not looked at.

        Raises Unauthenticated.
        """
        algorithm, kid = _header(header, issuer)
        keys = self.keys.find(issuer, alg=algorithm, kid=kid)
        if not any(_signed(token, key, algorithm) for key in keys):
            raise Unauthenticated("The token's signature does not hold; sign in again.")


def _parts(token: str) -> list[bytes]:
    """The three parts, decoded; each has one spelling only, so that a token has one too."""
    if len(token) > CHARS_MAX or not SHAPE.fullmatch(token):
        raise Unauthenticated("The bearer is neither a token (JWT) nor an API key of ours.")
    try:
        parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
    except binascii.Error as error:
        raise Unauthenticated("The token cannot be read; sign in again.") from error
    if ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) != token:
        raise Unauthenticated("The token cannot be read; sign in again.")
    return parts


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Unauthenticated("The token cannot be read; sign in again.") from error
    if not isinstance(found, dict):
        raise Unauthenticated("The token cannot be read; sign in again.")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name appears twice")
    return dict(pairs)


def _header(header: Mapping[str, Any], issuer: Issuer) -> tuple[str, str | None]:
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS.intersection(issuer.algorithms):
        raise Unauthenticated("The token is signed in a way that is not accepted here.")
    if BARRED.intersection(header) or not isinstance(kid, str | None) or str(kind).lower() not in TYPES:
        raise Unauthenticated("The token's header has something that is not accepted here.")
    return algorithm, kid


def _signed(token: str, key: IssuerKey, algorithm: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):  # EdDSA's name, not its strength
            registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)  # `_header` looked at it
            jws.deserialize_compact(token, key.key, registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _check_times(claims: Mapping[str, Any], now: float) -> int:
    """When the token ends (ms)."""
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if any(not _is_time(value) for value in times.values()):
        raise Unauthenticated("The token's times are not numbers.")
    if "exp" not in times or times["exp"] + LEEWAY <= now:
        raise Unauthenticated("The token has expired; sign in again.")
    if max(times.get("nbf", 0), times.get("iat", 0)) - LEEWAY > now:
        raise Unauthenticated("The token is not valid yet; check the clock of whoever issues it.")
    return int(times["exp"] * SECOND)


def _is_time(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < TIME_MAX


def _check_purpose(claims: Mapping[str, Any], issuer: Issuer) -> None:
    audience = claims.get(issuer.audience_claim)
    if not set(issuer.audience) & {each for each in _listed(audience) if isinstance(each, str)}:
        raise Unauthenticated("The token is for another audience.")
    if issuer.token_use is not None and claims.get("token_use") != issuer.token_use:
        raise Unauthenticated(f"The token is of another use; send the {issuer.token_use} token.")


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
