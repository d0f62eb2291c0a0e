"""Issuers' public keys: fetched when first needed, kept through an outage, and never fetched in a hurry."""

import json
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from easel.clock import MINUTE, SECOND, Clock
from easel.settings import Issuer

FRESH = 10 * MINUTE
AGAIN = 30 * SECOND  # at most one fetch per issuer in this time, whatever tokens come
KEPT = 24 * 60 * MINUTE  # how long old keys stand in for an issuer out of reach
BYTES_MAX = 256_000
SECONDS_MAX = 5  # of a whole fetch, and one read more: less than the authorizer has, so that it is what answers
TRIED_MAX = 8  # keys that one token is checked against
RSA_BITS_MIN = 2_048
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
TIMEOUT = urllib3.Timeout(connect=2, read=3, total=4)

SAME = {"EdDSA": ("Ed25519",), "Ed25519": ("EdDSA",)}  # the old name and the new one
PublicKey = RSAKey | ECKey | OKPKey
KINDS: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


class Unreachable(Exception):
    """An issuer's keys cannot be had: nobody knows whether its tokens are good."""


class NotFetched(Exception):
    """One fetch that brought no key set."""


@dataclass(frozen=True)
class Key:
    """A public key with what its issuer says of it."""

    key: PublicKey
    kid: str | None
    alg: str | None
    curve: str | None = None

    def serves(self, alg: str, kid: str | None) -> bool:
        """Whether a token of this header may have been signed with it."""
        kind = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}.get(alg[:2])
        fits = self.key.key_type == kind and self.curve == CURVES.get(alg, self.curve)
        return fits and self.alg in (None, alg, *SAME.get(alg, ())) and (kid is None or self.kid in (None, kid))


@dataclass
class _Kept:
    keys: tuple[Key, ...] = ()
    fetched_at: int | None = None
    tried_at: int | None = None


@dataclass
class KeySets:
    """The keys of every issuer, by where they are published."""

    fetch: Callable[[str], bytes]
    clock: Clock
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def find(self, issuer: Issuer, *, alg: str, kid: str | None) -> tuple[Key, ...]:
        """The keys that a token of this header may be signed with: one, or the few where it does not say which."""
        kept = self._kept.setdefault(issuer.jwks_url, _Kept())
        now = self.clock.now()
        if kept.fetched_at is None or now - kept.fetched_at > FRESH:
            self._refresh(issuer, kept, now)
        found = _serving(kept.keys, alg, kid)
        if not found and self._refresh(issuer, kept, now):
            found = _serving(kept.keys, alg, kid)
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
        except NotFetched:
            return False
        kept.fetched_at = now
        return True


def download(url: str) -> bytes:
    """A published key set: no redirects, no retries, bounded in time and size."""
    until = time.monotonic() + SECONDS_MAX
    try:
        answer = urllib3.PoolManager().request(
            "GET", url, timeout=TIMEOUT, retries=False, redirect=False, preload_content=False
        )
        with answer:
            if answer.status != 200:
                raise NotFetched(url)
            return _bounded(answer, url, until)
    except urllib3.exceptions.HTTPError as error:
        raise NotFetched(url) from error


def _bounded(answer: urllib3.BaseHTTPResponse, url: str, until: float) -> bytes:
    """The body, however slowly or endlessly it is sent."""
    content = bytearray()
    while chunk := answer.read1(16_384, decode_content=False):
        content += chunk
        if len(content) > BYTES_MAX or time.monotonic() > until:
            raise NotFetched(url)
    return bytes(content)


def _keys(content: bytes) -> tuple[Key, ...]:
    try:
        published = json.loads(content)["keys"]
        return tuple(key for each in published if (key := _key(each)) is not None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotFetched("not a key set") from error


def _key(published: dict[str, Any]) -> Key | None:
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
    return Key(key, published.get("kid"), published.get("alg"), public.get("crv"))


def _serving(keys: tuple[Key, ...], alg: str, kid: str | None) -> tuple[Key, ...]:
    return tuple(key for key in keys if key.serves(alg, kid))[:TRIED_MAX]
