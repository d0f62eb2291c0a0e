"""API keys of a stage: `make keys STAGE=dev DO="list"`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from easel.clock import MINUTE, SystemClock
from easel.identity.api_keys import ApiKey, Keys
from easel.identity.callers import SCOPES
from ops import cli
from ops.deployed import Deployed, deployed_stage

HOUR = 60 * MINUTE
DAYS_MAX = 36_500
COMMANDS = {
    "create": "a new key for a service account",
    "rotate": "a new secret; the one before it works for a while",
    "finish": "end a rotation: the older secret works no more",
    "revoke": "end a key at once",
    "list": "every key; never the secrets",
    "trail": "who made, rotated or revoked which key",
}


def keys_of(deployed: Deployed) -> Keys:
    """The table of keys of a stage, in the name of whoever runs this."""
    table = deployed.setting("authorize", "KEYS_TABLE")
    return Keys(client=deployed.client("dynamodb"), table=table, clock=SystemClock(), by=deployed.by)


def create(
    deployed: Deployed,
    *,
    account: str,
    scopes: Sequence[str],
    days: int | None = None,
    daily_credits: int | None = None,
) -> str:
    """A new key, as it is written; it cannot be shown again."""
    expires_at = None if days is None else int((datetime.now(UTC) + timedelta(days=days)).timestamp() * 1000)
    _, written = keys_of(deployed).create(account, scopes, expires_at=expires_at, daily_credits=daily_credits)
    return written


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    chosen = cli.parsed(_options(), words)
    return cli.run(lambda: _do(chosen, deployed_stage(chosen.stage)))


def _do(chosen: argparse.Namespace, deployed: Deployed) -> None:
    if chosen.command == "create":
        print(
            create(
                deployed,
                account=chosen.account,
                scopes=_scopes(chosen.scopes),
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


def _scopes(text: str) -> list[str]:
    """The scopes of a command line, whether spaces or commas stand between them."""
    wanted = text.replace(",", " ").split()
    strange = [scope for scope in wanted if scope not in SCOPES]
    if strange or not wanted:
        raise cli.Refused(f"--scopes: {' '.join(strange) or 'none'} named; there are {' '.join(SCOPES)}")
    return wanted


def _options() -> argparse.ArgumentParser:
    options = cli.options("ops.keys", __doc__)
    made = cli.commands(options, COMMANDS)
    creating = made["create"]
    creating.add_argument("--account", required=True, help="owns what the key makes; rotating keys moves nothing")
    creating.add_argument("--scopes", default="generate read", help=f"of {' '.join(SCOPES)}")
    creating.add_argument("--days", type=_days, help="until it expires; left out: never")
    creating.add_argument(
        "--daily-credits", type=cli.at_least(1), help="the most it may spend in a day; left out: no such limit"
    )
    made["rotate"].add_argument("--hours", type=int, default=24, choices=range(0, 24 * 30 + 1), metavar="0…720")
    for name in ("rotate", "finish", "revoke"):
        made[name].add_argument("key_id", help="the middle part of easel_<id>_<secret>")
    return options


def _days(text: str) -> int:
    days = cli.at_least(1)(text)
    if days > DAYS_MAX:
        raise argparse.ArgumentTypeError(f"{days} is too much; the most is {DAYS_MAX}; left out: never")
    return days


def _shown(key: ApiKey) -> str:
    now = SystemClock().now()
    ends = "expires" if key.alive(now) else "expired"
    state = "revoked" if key.revoked_at is not None else ends if key.expires_at is not None else "valid"
    at = key.revoked_at or key.expires_at
    when = f" {_day(at)}" if at else ""
    limit = "" if key.daily_credits is None else f", {key.daily_credits} credits a day"
    two = ", two secrets" if key.in_rotation(now) and key.alive(now) else ""
    made = f"made {_day(key.created_at)}, {state}{when}{limit}{two}"
    return f"{key.id}  {key.account:<24} {' '.join(key.scopes):<36} {made}"


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
