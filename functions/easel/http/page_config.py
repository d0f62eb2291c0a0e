"""What the page is told of signing in, or of getting by without: where, as which client, under which challenge."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from easel.policy import Policy
from easel.settings import Issuer


def config(issuers: Sequence[Issuer], policy: Policy, *, turnstile: str = "") -> dict[str, Any]:
    """`/web/config.json`: nothing that is not public anyway; `turnstile` is a site key."""
    return {
        "signIn": [_offer(issuer) for issuer in issuers if issuer.sign_in],
        "anonymous": policy.anonymous,
        "turnstile": turnstile or None,
    }


def origins(issuers: Sequence[Issuer]) -> tuple[str, ...]:
    """The origins that the page fetches tokens and discovery documents from."""
    urls = [each.sign_in.token_url or each.issuer for each in issuers if each.sign_in]
    parts = [urlsplit(url) for url in urls]
    return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def _offer(issuer: Issuer) -> dict[str, Any]:
    given = issuer.sign_in
    return {
        "name": issuer.name,
        "issuer": issuer.issuer,
        "clientId": given and given.client_id,
        "authorizeUrl": given and given.authorize_url,
        "tokenUrl": given and given.token_url,
        "scope": given and given.scope,
        "parameters": given and given.parameters,
        "token": given and given.token,
    }
