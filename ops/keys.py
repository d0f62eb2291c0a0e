"""API keys of a stage: `python -m ops.keys create|rotate|finish|revoke|list|trail --stage STAGE`.

`make keys DO="…"` sets the paths.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from easel.clock import MINUTE, SystemClock
from easel.errors import CallerError
from easel.identity.api_keys import ApiKey, Keys
from easel.identity.callers import SCOPES
from ops.deployed import Deployed, NotDeployed, own_account

HOUR = 60 * MINUTE


def keys_of(deployed: Deployed) -> Keys:
    """The table of keys of a stage, in the name of whoever runs this."""
    table = deployed.setting("authorize", "KEYS_TABLE")
    by = str(deployed.client("sts").get_caller_identity()["Arn"])
    return Keys(client=deployed.client("dynamodb"), table=table, clock=SystemClock(), by=by)


def create(
    deployed: Deployed,
    *,
    account: str,
    scopes: Sequence[str],
    days: int | None = None,
    daily_credits: int | None = None,
) -> str:
    """A new key, as it is written; it cannot be shown again."""
    expires_at = int((datetime.now(UTC) + timedelta(days=days)).timestamp() * 1000) if days else None
    _, written = keys_of(deployed).create(account, scopes, expires_at=expires_at, daily_credits=daily_credits)
    return written


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    chosen = _options().parse_args(words)
    deployed = Deployed(chosen.stage, own_account)
    try:
        _do(chosen, deployed)
    except (NotDeployed, CallerError, BotoCoreError, ClientError) as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    return 0


def _do(chosen: argparse.Namespace, deployed: Deployed) -> None:
    if chosen.command == "create":
        print(
            create(
                deployed,
                account=chosen.account,
                scopes=chosen.scopes.split(),
                days=chosen.days,
                daily_credits=chosen.daily_credits,
            )
        )
        print("Keep it now: only its hash is stored.", file=sys.stderr)
        return
    keys = keys_of(deployed)
    match chosen.command:
        case "rotate":
            key, written = keys.rotate(chosen.key_id, overlap=chosen.hours * HOUR)
            print(written)
            until = datetime.fromtimestamp((key.older_until or 0) / 1000, UTC).isoformat(timespec="minutes")
            print(f"Keep it now. The secret before it works until {until}, or until `finish`.", file=sys.stderr)
        case "finish":
            print(_shown(keys.finish(chosen.key_id)))
        case "revoke":
            print(_shown(keys.revoke(chosen.key_id)))
        case "trail":
            for act in keys.trail().acts():
                at = datetime.fromtimestamp(act.at / 1000, UTC).isoformat(timespec="seconds")
                print(f"{at}  {act.act:<14} {act.what}  {' '.join(act.facts.values()):<40} by {act.by}")
        case _:
            for key in sorted(keys.list(), key=lambda key: key.created_at):
                print(_shown(key))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="ops.keys", description=__doc__)
    options.add_argument("--stage", required=True)
    commands = options.add_subparsers(dest="command", required=True)
    creating = commands.add_parser("create", help="a new key for a service account")
    creating.add_argument("--account", required=True, help="owns what the key makes; rotating keys moves nothing")
    creating.add_argument("--scopes", default="generate read", help=f"of {' '.join(SCOPES)}, separated by spaces")
    creating.add_argument("--days", type=int, help="until it expires; left out: never")
    creating.add_argument("--daily-credits", type=int, help="the most it may spend in a day; left out: no such limit")
    rotating = commands.add_parser("rotate", help="a new secret; the one before it works for a while")
    rotating.add_argument("--hours", type=int, default=24, choices=range(0, 24 * 30 + 1), metavar="0…720")
    finishing = commands.add_parser("finish", help="end a rotation: the older secret works no more")
    revoking = commands.add_parser("revoke", help="end a key at once")
    for command in (rotating, finishing, revoking):
        command.add_argument("key_id", help="the middle part of easel_<id>_<secret>")
    commands.add_parser("list", help="every key; never the secrets")
    commands.add_parser("trail", help="who made, rotated or revoked which key")
    return options


def _shown(key: ApiKey) -> str:
    state = "revoked" if key.revoked_at else "expires" if key.expires_at else "valid"
    at = key.revoked_at or key.expires_at
    when = f" {_day(at)}" if at else ""
    limit = f", {key.daily_credits} credits a day" if key.daily_credits else ""
    two = ", two secrets" if key.in_rotation(SystemClock().now()) and not key.revoked_at else ""
    made = f"made {_day(key.created_at)}, {state}{when}{limit}{two}"
    return f"{key.id}  {key.account:<24} {' '.join(key.scopes):<36} {made}"


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
