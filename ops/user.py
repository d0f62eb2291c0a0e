"""People of a stage whose stack made its own user pool: `make user STAGE=dev DO="create you@example.com"`."""

import json
import re
import secrets
import sys
from collections.abc import Sequence
from typing import Any

from ops import cli
from ops.deployed import Deployed, deployed_stage

POOL = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/([\w-]+_[A-Za-z0-9]+)")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class NoPool(cli.Refused):
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


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    options = cli.options("ops.user", __doc__)
    creating = cli.commands(options, {"create": "a person who signs in by e-mail"})["create"]
    creating.add_argument("email")
    creating.add_argument("--show-password", action="store_true", help="print the first password instead of mailing it")
    chosen = cli.parsed(options, words)

    def do() -> None:
        deployed = deployed_stage(chosen.stage)
        owner, password = create(deployed, chosen.email, mailed=not chosen.show_password)
        print(owner)
        how = f"with the password {password}" if password else "with the password that was mailed"
        print(f"Sign in at {deployed.setting('meta', 'PUBLIC_URL')}/ {how}, and choose another.", file=sys.stderr)

    return cli.run(do)


if __name__ == "__main__":
    sys.exit(main())
