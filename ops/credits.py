"""An owner's credits, by hand. Whoever moves them is kept in the ledger, and `easel audit` tells it."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ops.deployed import Deployed
from ops.errors import Refused

PAGE = 50
BY_CHARS_MAX = 255


def show(deployed: Deployed, owner: str) -> Any:
    """What an owner has. Raises CommandRefused."""
    return _ask(deployed, "status", "balance", owner, {})


def entries(deployed: Deployed, owner: str, limit: int) -> list[Any]:
    """The newest of its ledger. Raises CommandRefused."""
    return list(islice(_entries(deployed, owner), limit))


def move(deployed: Deployed, kind: str, owner: str, key: str, terms: Mapping[str, object]) -> Any:
    """Grant, adjust or refund, once under a key; what Easel answers. Raises CommandRefused and Refused."""
    if kind == "grant":
        known_issuer(deployed, owner)
    request = {name: value for name, value in terms.items() if value is not None}
    said = {"idempotencyKey": key, "by": deployed.by[:BY_CHARS_MAX]}
    return _ask(deployed, "credits", kind, owner, request, **said)


def known_issuer(deployed: Deployed, owner: str) -> None:
    """Refuse to give credits to people whom no token of this stage can ever be. Raises Refused."""
    kind, _, rest = owner.partition(":")
    issuers = [issuer["name"] for issuer in json.loads(deployed.setting("authorize", "ISSUERS"))]
    if kind == "user" and (name := rest.partition(":")[0]) not in issuers:
        there = ", ".join(issuers) or "none"
        raise Refused(f"{owner}: this stage accepts no tokens of an issuer called {name!r}; its issuers: {there}")


def _ask(deployed: Deployed, function: str, command: str, owner: str, request: Any, **said: str) -> Any:
    return deployed.invoke(function, {"command": command, "owner": owner, "request": request, **said})


def _entries(deployed: Deployed, owner: str) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        request = {"limit": PAGE, **({} if cursor is None else {"cursor": cursor})}
        page = _ask(deployed, "status", "entries", owner, request)
        yield from page["entries"]
        cursor = page["cursor"]
        if cursor is None:
            return
