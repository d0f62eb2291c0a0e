"""Issuers' public keys: fetched when first needed, kept through an outage, and never fetched in a hurry."""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from easel.clock import MINUTE, SECOND, Clock
from easel.outbound.http import Unreachable, request
from easel.settings import Issuer

FRESH = 10 * MINUTE
AGAIN = 30 * SECOND  # at most one fetch per issuer in this time, whatever tokens come
KEPT = 24 * 60 * MINUTE  # how long old keys stand in for an issuer out of reach
BYTES_MAX = 256_000
SECONDS_MAX = 5  # of a whole fetch: less than the authorizer has, so that it is what answers
TRIED_MAX = 8  # keys that one token is checked against
RSA_BITS_MIN = 2_048
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

SAME = {"EdDSA": ("Ed25519",), "Ed25519": ("EdDSA",)}  # the old name and the new one
PublicKey = RSAKey | ECKey | OKPKey
KINDS: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True)
class IssuerKey:
    """A public key with what its issuer says of it."""

    key: PublicKey
    kid: str | None
    alg: str | None
    curve: str | None = None

    def fits(self, alg: str, kid: str | None) -> bool:
        """Whether a token of this header may have been signed with it."""
        kind = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}.get(alg[:2])
        of_kind = self.key.key_type == kind and self.curve == CURVES.get(alg, self.curve)
        return of_kind and self.alg in (None, alg, *SAME.get(alg, ())) and (kid is None or self.kid in (None, kid))


@dataclass
class _Kept:
    keys: tuple[IssuerKey, ...] = ()
    fetched_at: int | None = None
    tried_at: int | None = None


@dataclass
class KeySets:
    """The keys of every issuer, by where they are published."""

    fetch: Callable[[str], bytes]
    clock: Clock
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def find(self, issuer: Issuer, *, alg: str, kid: str | None) -> tuple[IssuerKey, ...]:
        """The keys that a token of this header may be signed with: one, or the few where it does not say which.

        Raises Unreachable where the issuer's keys cannot be had: nobody knows whether its tokens are good.
        """
        kept = self._kept.setdefault(issuer.jwks_url, _Kept())
        now = self.clock.now()
        if kept.fetched_at is None or now - kept.fetched_at > FRESH:
            self._refresh(issuer, kept, now)
        found = _fitting(kept.keys, alg, kid)
        if not found and self._refresh(issuer, kept, now):
            found = _fitting(kept.keys, alg, kid)
        if kept.fetched_at is None or now - kept.fetched_at > KEPT:
            raise Unreachable(issuer.name)
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _refresh(self, issuer: Issuer, kept: _Kept, now: int) -> bool:
        if kept.tried_at is not None and now - kept.tried_at < AGAIN:
            return False
        kept.tried_at = now
        try:
            kept.keys = _keys(self.fetch(issuer.jwks_url))
        except Unreachable:
            return False
        kept.fetched_at = now
        return True


def download(url: str) -> bytes:
    """A published key set's text. Raises Unreachable where there is none in time."""
    answer = request("GET", url, seconds=SECONDS_MAX, bytes_max=BYTES_MAX)
    if answer.status != 200:
        raise Unreachable("an issuer did not send its keys")
    return answer.content


def _keys(content: bytes) -> tuple[IssuerKey, ...]:
    try:
        published = json.loads(content)["keys"]
        return tuple(key for each in published if (key := _key(each)) is not None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable("not a key set") from error


def _key(published: dict[str, Any]) -> IssuerKey | None:
    """A key we can verify with; others in the set (for encryption, of strange kinds, shared secrets) are left out."""
    kind = KINDS.get(str(published.get("kty")))
    if kind is None or published.get("use", "sig") != "sig" or "verify" not in published.get("key_ops", ["verify"]):
        return None
    public: dict[str, Any] = {name: published[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in published}
    try:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):  # of weak keys, which are left out
            key = kind.import_key(public)
            strong = not isinstance(key, RSAKey) or key.public_key.key_size >= RSA_BITS_MIN
    except (JoseError, ValueError, TypeError):
        return None
    known = CURVES.values() if kind is ECKey else ("Ed25519", "Ed448") if kind is OKPKey else (None,)
    if not strong or public.get("crv") not in known:
        return None
    return IssuerKey(key, published.get("kid"), published.get("alg"), public.get("crv"))


def _fitting(keys: tuple[IssuerKey, ...], alg: str, kid: str | None) -> tuple[IssuerKey, ...]:
    return tuple(key for key in keys if key.fits(alg, kid))[:TRIED_MAX]
