"""An owner's credits, by hand. Whoever moves them is kept in the ledger, and `make audit` tells it."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ops import cli
from ops.deployed import Deployed, deployed_stage

COMMANDS = {
    "show": "what an owner has",
    "entries": "its ledger, newest first",
    "grant": "give credits",
    "adjust": "correct a balance, down with a negative amount",
    "refund": "give back what a job was charged",
}
FIELDS = ("amount", "jobId", "expiresAt", "kind", "priority")
PAGE = 50
BY_CHARS_MAX = 255


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; the answer is printed as JSON."""
    chosen = cli.parsed(_options(), words)

    def do() -> None:
        print(json.dumps(answer(deployed_stage(chosen.stage), chosen), indent=2))

    return cli.run(do)


def answer(deployed: Deployed, chosen: argparse.Namespace) -> Any:
    """What Easel answers to a command line that was read. Raises CommandRefused, Refused."""
    match chosen.command:
        case "show":
            return _ask(deployed, "status", "balance", chosen.owner, {})
        case "entries":
            return [entry for entry, _ in zip(_entries(deployed, chosen.owner), range(chosen.limit), strict=False)]
    if chosen.command == "grant":
        _known_issuer(deployed, chosen.owner)
    request = {name: value for name in FIELDS if (value := getattr(chosen, name, None)) is not None}
    said = {"idempotencyKey": chosen.key, "by": deployed.by[:BY_CHARS_MAX]}
    return _ask(deployed, "credits", chosen.command, chosen.owner, request, **said)


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


def _known_issuer(deployed: Deployed, owner: str) -> None:
    """Refuse to give credits to people whom no token of this stage can ever be."""
    kind, _, rest = owner.partition(":")
    issuers = [issuer["name"] for issuer in json.loads(deployed.setting("authorize", "ISSUERS"))]
    if kind == "user" and (name := rest.partition(":")[0]) not in issuers:
        there = ", ".join(issuers) or "none"
        raise cli.Refused(f"{owner}: this stage accepts no tokens of an issuer called {name!r}; its issuers: {there}")


def _options() -> argparse.ArgumentParser:
    options = cli.options("ops.credits", __doc__)
    for name, command in cli.commands(options, COMMANDS).items():
        command.add_argument("owner", help=cli.OWNER_HELP)
        if name == "entries":
            command.add_argument("--limit", type=cli.at_least(1), default=PAGE, help="how many; the newest")
        if name in ("grant", "adjust", "refund"):
            _moving(command, name)
    return options


def _moving(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("--key", required=True, help="such as a payment's id: a repeat under it moves nothing")
    if name == "refund":
        command.add_argument("--job", dest="jobId", required=True)
    least = -(2**63) if name == "adjust" else 1
    told = "left out: all that is left" if name == "refund" else None
    command.add_argument("--amount", type=cli.at_least(least), required=name != "refund", help=told)
    if name == "grant":
        command.add_argument("--expires", dest="expiresAt", help="such as 2027-01-31T00:00:00Z; left out: never")
        command.add_argument("--kind", choices=("paid", "promotional"), help="given away or paid for; left out: paid")
        command.add_argument("--priority", type=cli.at_least(0), help="a lower one is spent first; left out: 100")


if __name__ == "__main__":
    sys.exit(main())
