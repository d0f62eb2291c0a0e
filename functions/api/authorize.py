"""authorize: tells the gateway who is asking. It always allows; the doors refuse, in our own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from easel.aws import clients, snapstart
from easel.aws.secrets import signing
from easel.clock import Clock, SystemClock
from easel.identity import signed_context
from easel.identity.api_keys import Keys
from easel.identity.authentication import Authenticator, Credentials
from easel.identity.callers import ANONYMOUS_SCOPES, USER_SCOPES
from easel.identity.jwks import KeySets, download
from easel.identity.session_cookie import Sessions
from easel.identity.tokens import Tokens
from easel.settings import AuthorizeSettings


@dataclass(frozen=True)
class Authorize:
    """The answer to one event of the gateway."""

    identity: Authenticator
    secret: Callable[[], bytes]
    clock: Clock

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Allow, with who it is and a proof that we said so."""
        found = self.identity(_shown(event))
        context = signed_context.sign(
            found.caller,
            now=self.clock.now(),
            secret=self.secret(),
            code=found.error.code if found.error else "",
            problem=found.error.detail if found.error else "",
        )
        allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
        return {
            "principalId": found.caller.owner,
            "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
            "context": context,
        }


@cache
def deps() -> Authorize:
    """What this process works with."""
    settings, clock = AuthorizeSettings.load(), SystemClock()
    key_sets = KeySets(fetch=download, clock=clock)
    snapstart.forget_after_restore(key_sets.clear)
    identity = Authenticator(
        tokens=Tokens(issuers=settings.issuers, keys=key_sets, clock=clock),
        keys=Keys(clients.dynamodb(), settings.keys_table, clock),
        sessions=Sessions(settings.public_url, settings.cors_origins),
        clock=clock,
        anonymous_scopes=USER_SCOPES if settings.policy.anonymous else ANONYMOUS_SCOPES,
    )
    return Authorize(identity, signing(settings.signing_secret), clock)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return deps()(event)


def _shown(event: Mapping[str, Any]) -> Credentials:
    """What counts, in whatever case; several of a header are several opinions, and no one of them is chosen."""
    headers: dict[str, list[str]] = {}
    for name, values in (event.get("multiValueHeaders") or {}).items():
        headers.setdefault(name.lower(), []).extend(values)
    return Credentials(
        authorization=_joined(headers.get("authorization")),
        cookies=headers.get("cookie", ()),
        method=str(event.get("httpMethod", "")),
        origin=_joined(headers.get("origin")),
        site=_joined(headers.get("sec-fetch-site")),
    )


def _joined(values: Sequence[str] | None) -> str | None:
    return ", ".join(values) if values else None
