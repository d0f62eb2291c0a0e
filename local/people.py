"""Who uses a local stage: a developer with credits, a token and an API key."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from local.issuer import NAME, Issuer
from ops import keys
from ops.deployed import Deployed

DEVELOPER = "dev"
CREDITS = 1000
ACCOUNT = "dev-tools"
SCOPES = ("generate", "read", "grant", "act_for", "erase")


@dataclass(frozen=True)
class Developer:
    """What the developer needs to know."""

    token: str
    api_key: str


def prepare(deployed: Deployed, issuer: Issuer, file: Path) -> Developer:
    """Give the developer and the developer's key credits (once), and the developer a token and that key."""
    for owner in (f"user:{NAME}:{DEVELOPER}", f"service:{ACCOUNT}"):
        grant(deployed, owner, CREDITS, once_as=f"first-{owner}")
    known = json.loads(file.read_text()) if file.exists() else {}
    table = deployed.setting("authorize", "KEYS_TABLE")
    key = known["api_key"] if known.get("table") == table else keys.create(deployed, account=ACCOUNT, scopes=SCOPES)
    developer = Developer(token=issuer.token(DEVELOPER), api_key=key)
    file.touch(mode=0o600)
    file.write_text(json.dumps({**asdict(developer), "table": table}))
    return developer


def grant(deployed: Deployed, owner: str, credits: int, *, once_as: str) -> None:
    """Credits for an owner; a second grant with the same name changes nothing."""
    command = {"command": "grant", "owner": owner, "request": {"amount": credits}, "idempotencyKey": once_as}
    deployed.invoke("credits", {**command, "by": deployed.by})
