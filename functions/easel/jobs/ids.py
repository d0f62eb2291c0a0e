"""Names that must not be guessed or must be the same twice: job ids, job tokens, the provider's view of an owner."""

import base64
import hashlib
import hmac
import json
import secrets

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
TIME_CHARS = 10  # 50 bits of milliseconds: enough until the year 37,000
RANDOM_CHARS = 16
KEYED_CHARS = 26


def fresh(now: int) -> str:
    """A random job id that sorts by time: 10 characters of milliseconds and 80 random bits, Crockford's base 32."""
    return _time_part(now) + "".join(secrets.choice(_CROCKFORD) for _ in range(RANDOM_CHARS))


def of_moment(now: int, name: str) -> str:
    """An id of the same form for what happened to `name` at that time: whoever makes it again makes the same."""
    digest = hashlib.sha256(name.encode()).digest()
    return _time_part(now) + "".join(_CROCKFORD[byte & 31] for byte in digest[:RANDOM_CHARS])


def keyed(secret: bytes, owner: str, key: str) -> str:
    """The one job id an owner's Idempotency-Key leads to: HMAC-SHA256 over JSON, 130 bits, base 32 after a `k`."""
    return "k" + base64.b32encode(_mac(secret, "job", owner, key)).decode().lower()[:KEYED_CHARS]


def safety_identifier(secret: bytes, owner: str, end_user: str = "") -> str:
    """What a provider is told of who asks: one for an owner, or for one of its users; meaningless elsewhere."""
    return _mac(secret, "safety", owner, *([end_user] if end_user else [])).hex()[:32]


def claim(secret: bytes, key_id: str, body_hash: str) -> str:
    """What all repeats of a request have alike: the key that it came with, its fields and its images."""
    return _mac(secret, "claim", key_id, body_hash).hex()[:32]


def owner_folder(secret: bytes, owner: str) -> str:
    """The name of an owner's folder of uploads, which says nothing of the owner."""
    return _mac(secret, "uploads", owner).hex()[:32]


def job_token() -> str:
    """A 128-bit token, hex, that shows an anonymous viewer one job."""
    return secrets.token_hex(16)


def token_hash(token: str) -> str:
    """What is kept of a job token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _time_part(now: int) -> str:
    return "".join(_CROCKFORD[now >> shift & 31] for shift in range(5 * (TIME_CHARS - 1), -1, -5))


def _mac(secret: bytes, *parts: str) -> bytes:
    return hmac.new(secret, json.dumps(parts).encode(), hashlib.sha256).digest()
