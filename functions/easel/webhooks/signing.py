"""Standard Webhooks 1.0.0, signature `v1`: secrets, which are derived and never stored, and headers. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from easel.clock import SECOND, Millis
from easel.webhooks.model import Endpoint

PREFIX = "whsec_"
LABEL = "easel webhook secret 1"  # keeps these apart from whatever else is derived from the same master


def secret(master: bytes, owner: str, endpoint_id: str, version: int) -> bytes:
    """The 32 bytes that sign for one version of an endpoint's secret."""
    said = json.dumps((LABEL, owner, endpoint_id, version))
    return hmac.new(master, said.encode(), hashlib.sha256).digest()


def written(key: bytes) -> str:
    """A secret as its owner is shown it, once."""
    return PREFIX + base64.b64encode(key).decode()


def secrets_now(master: bytes, owner: str, endpoint: Endpoint, now: Millis) -> tuple[bytes, ...]:
    """What signs at a time: the endpoint's secret, and the one before as long as that is still good."""
    versions = [endpoint.secret_version]
    if endpoint.older_until is not None and now < endpoint.older_until:
        versions.append(endpoint.secret_version - 1)
    return tuple(secret(master, owner, endpoint.id, version) for version in versions)


def headers(message_id: str, body: bytes, keys: Sequence[bytes], now: Millis) -> Mapping[str, str]:
    """The headers of a request that is sent now."""
    seconds = now // SECOND
    said = f"{message_id}.{seconds}.".encode() + body
    macs = (hmac.new(key, said, hashlib.sha256).digest() for key in keys)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }
