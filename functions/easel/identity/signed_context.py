"""The authorizer's word, signed: who it found, in strings that the gateway hands to the doors.

Only holders of the signing secret can write it, so whoever may invoke a door directly cannot forge a web event.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

from easel.clock import MINUTE
from easel.identity.callers import ANONYMOUS, Caller

FIELDS = ("owner", "scopes", "account", "keyId", "expiresAt", "dailyCredits", "code", "problem", "issuedAt")
AGE_MAX = MINUTE  # the gateway calls the door right after the authorizer
LABEL = "easel authorizer 1"  # keeps these signatures apart from others made with the same secret


def sign(caller: Caller, *, now: int, secret: bytes, code: str = "", problem: str = "") -> dict[str, str]:
    """The context for the gateway; `code` and `problem` say why the credentials that came did not hold."""
    context = {
        "owner": caller.owner,
        "scopes": " ".join(sorted(caller.scopes)),
        "account": caller.account,
        "keyId": caller.key_id,
        "expiresAt": _number(caller.expires_at),
        "dailyCredits": _number(caller.daily_credits),
        "code": code,
        "problem": problem,
        "issuedAt": str(now),
    }
    return {**context, "proof": _mac(context, secret)}


def verify(context: Mapping[str, object], *, now: int, secret: bytes) -> bool:
    """Whether the authorizer wrote this context, a moment ago."""
    texts = {name: value for name in (*FIELDS, "proof") if isinstance(value := context.get(name), str)}
    if len(texts) != len(FIELDS) + 1 or not texts["issuedAt"].isdecimal():
        return False
    genuine = hmac.compare_digest(_mac(texts, secret).encode(), texts["proof"].encode())
    return genuine and abs(now - int(texts["issuedAt"])) <= AGE_MAX


def caller_of(context: Mapping[str, str]) -> Caller:
    """The caller in a context that holds."""
    return Caller(
        owner=context["owner"] or ANONYMOUS,
        scopes=frozenset(context["scopes"].split()),
        account=context["account"],
        key_id=context["keyId"],
        expires_at=int(context["expiresAt"]) if context["expiresAt"] else None,
        daily_credits=int(context["dailyCredits"]) if context["dailyCredits"] else None,
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _mac(context: Mapping[str, str], secret: bytes) -> str:
    message = json.dumps([LABEL, *(context[name] for name in FIELDS)])
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
