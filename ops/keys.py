"""API keys of a stage: `easel keys list`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from easel.clock import MINUTE, SystemClock
from easel.identity.api_keys import ApiKey, Keys
from easel.identity.callers import SCOPES
from ops.deployed import Deployed
from ops.errors import WrongUse

HOUR = 60 * MINUTE
DAYS_MAX = 36_500


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


def scopes_of(text: str) -> list[str]:
    """The scopes of a command line, whether spaces or commas stand between them. Raises WrongUse."""
    wanted = text.replace(",", " ").split()
    strange = [scope for scope in wanted if scope not in SCOPES]
    if strange or not wanted:
        raise WrongUse(f"--scopes: {' '.join(strange) or 'none'} named; there are {' '.join(SCOPES)}")
    return wanted


def line(key: ApiKey) -> tuple[str, str, str, str]:
    """A key as it is listed: its id, whose, its scopes, and how it stands."""
    now = SystemClock().now()
    ends = "expires" if key.alive(now) else "expired"
    state = "revoked" if key.revoked_at is not None else ends if key.expires_at is not None else "valid"
    at = key.revoked_at or key.expires_at
    when = f" {_day(at)}" if at else ""
    limit = "" if key.daily_credits is None else f", {key.daily_credits} credits a day"
    two = ", two secrets" if key.in_rotation(now) and key.alive(now) else ""
    return key.id, key.account, " ".join(key.scopes), f"made {_day(key.created_at)}, {state}{when}{limit}{two}"


def view(key: ApiKey) -> dict[str, Any]:
    """A key for machines, without what opens it."""
    return key.model_dump(mode="json", exclude={"hash", "older_hash"})


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
