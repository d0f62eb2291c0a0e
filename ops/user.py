"""People of a stage whose stack made its own user pool: `easel users create you@example.com`."""

import json
import re
import secrets
from typing import Any

from ops.audit import act_of, commit
from ops.deployed import Deployed
from ops.errors import Refused

POOL = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/([\w-]+_[A-Za-z0-9]+)")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class NoPool(Refused):
    """The stage's people are kept by an identity provider that this tool does not know."""


def issuer_of(deployed: Deployed) -> tuple[dict[str, Any], str]:
    """The stage's issuer that is a user pool, and the pool's id."""
    for issuer in json.loads(deployed.setting("authorize", "ISSUERS")):
        if found := POOL.fullmatch(issuer["issuer"]):
            return issuer, found[1]
    raise NoPool("no issuer of this stage is a Cognito user pool: make people where its issuers keep them")


def create(deployed: Deployed, email: str, *, mailed: bool = True) -> tuple[str, str | None]:
    """A person who signs in by e-mail: their owner, and their first password where it is not mailed to them."""
    issuer, pool = issuer_of(deployed)
    asked: dict[str, Any] = {
        "UserPoolId": pool,
        "Username": email,
        "UserAttributes": [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    }
    password = None
    if mailed:
        asked["DesiredDeliveryMediums"] = ["EMAIL"]
    else:
        password = "".join(secrets.choice(LETTERS) for _ in range(20)) + "-aA1"  # one of each kind, as the pool asks
        asked |= {"TemporaryPassword": password, "MessageAction": "SUPPRESS"}
    made = deployed.client("cognito-idp").admin_create_user(**asked)["User"]
    subject = next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
    return f"user:{issuer['name']}:{subject}", password


def note(deployed: Deployed, owner: str) -> None:
    """Write down on the trail who made this person; the pool knows nothing of that."""
    commit(deployed, act_of(deployed, "user created", owner))
