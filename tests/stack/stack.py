"""The deployed stack under test: its callers, its AWS, and, on this machine, its faults and its stand-in providers."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ops import keys
from ops.deployed import Deployed
from tests.stack.client import Client
from tests.stack.scripts import Faults, StandIn

ACTING = ("generate", "read", "act_for", "erase")
PATIENCE_SECONDS = 900.0  # for a job of a deployed stage: its deadline
MICROS_PER_DOLLAR = 1_000_000


@dataclass
class Purse:
    """What the tests may spend, in dollars; none when they run against stand-ins."""

    limit: float | None
    credit_dollars: float
    spent: float = 0.0

    def allow(self, credits: int) -> None:
        """Skip the test whose credits could cost more than is left."""
        could = credits * self.credit_dollars
        if self.limit is not None and self.spent + could > self.limit:
            pytest.skip(f"{self.spent:.2f} of {self.limit:.2f} dollars are spent, and this could cost {could:.2f}")


@dataclass(frozen=True)
class OnThisMachine:
    """What only a stack on this machine has."""

    token: Callable[[str], str]  # for a subject, by the local issuer
    faults: Faults
    first: StandIn
    second: StandIn


@dataclass
class Stack:
    """One deployed stage; everyone it makes is new, so tests do not meet."""

    url: str
    stage: str
    deployed: Deployed
    purse: Purse
    local: OnThisMachine | None = None
    made: list[tuple[Client, int]] = field(default_factory=list)
    key_ids: list[str] = field(default_factory=list)
    _acting: str = ""

    @property
    def faults(self) -> Faults:
        """Ways to break AWS calls; for tests marked `stand_ins`."""
        return self._here().faults

    @property
    def first(self) -> StandIn:
        """The provider `openai`, played by a stand-in; for tests marked `stand_ins`."""
        return self._here().first

    @property
    def second(self) -> StandIn:
        """The provider `openai_compatible`, played by a stand-in; for tests marked `stand_ins`."""
        return self._here().second

    @property
    def nobody(self) -> Client:
        """A caller without credentials."""
        return Client(self.url, "anonymous")

    def someone(self, credits: int = 30) -> Client:
        """A new owner with exactly these credits: a person of the local issuer, elsewhere a service.

        A deployed stage may welcome people with credits, and whose tokens it accepts nobody here knows.
        """
        return self.service(credits) if self.local is None else self.person(credits)

    def person(self, credits: int = 30) -> Client:
        """A new person: by a token of the local issuer, elsewhere by a key that acts for them.

        Their credits are these and whatever the stage welcomes people with.
        """
        name = f"test-{secrets.token_hex(4)}"
        if self.local is not None:
            bearer = {"Authorization": f"Bearer {self.local.token(name)}"}
            return self._given(self._client(f"user:local:{name}", bearer), credits)
        self._acting = self._acting or self.key("test-acting", ACTING)
        owner = f"user:verify:{name}"
        acting = {"Authorization": f"Bearer {self._acting}", "Easel-Owner": owner}
        return self._given(self._client(owner, acting), credits)

    def service(self, credits: int = 30, scopes: Sequence[str] = ("generate", "read", "erase")) -> Client:
        """A new service account with an API key. Unlike people, services are never welcomed with credits."""
        account = f"test-{secrets.token_hex(4)}"
        bearer = {"Authorization": f"Bearer {self.key(account, scopes)}"}
        return self._given(self._client(f"service:{account}", bearer), credits)

    def _client(self, owner: str, headers: dict[str, str]) -> Client:
        return Client(self.url, owner, headers) if self.local else Client(self.url, owner, headers, PATIENCE_SECONDS)

    def key(self, account: str, scopes: Sequence[str]) -> str:
        """A new API key, as it is written; revoked when the tests are over."""
        written = keys.create(self.deployed, account=account, scopes=scopes, days=1)
        self.key_ids.append(written.split("_")[1])
        return written

    def grant(self, owner: str, credits: int) -> None:
        """Credits by command, as an internal service would give them."""
        once = f"test-{secrets.token_hex(8)}"
        order = {"command": "grant", "owner": owner, "request": {"amount": credits}, "idempotencyKey": once}
        self.deployed.invoke("credits", {**order, "by": self.deployed.by})  # on the stage's audit, in whose name

    def command(self, function: str, command: str, owner: str, request: Any, *, key: str | None = None) -> Any:
        """A command by lambda:Invoke; raises CommandRefused with the answer."""
        named = {} if key is None else {"idempotencyKey": key}
        return self.deployed.invoke(function, {"command": command, "owner": owner, "request": request, **named})

    def reconcile(self) -> Any:
        """What the schedule does every minute, now."""
        return self.deployed.invoke("reconcile", {})

    def function_name(self, function: str) -> str:
        """The name by which faults and workers know a function."""
        return self.deployed.functions[function].split(":")[6]

    def aws(self, service: str) -> Any:
        """A boto3 client of where the stage is deployed."""
        return self.deployed.client(service)

    def setting(self, function: str, variable: str) -> str:
        """What a function was told, such as the name of a table."""
        return self.deployed.setting(function, variable)

    def calm(self) -> None:
        """No fault armed, stand-ins behaving; called before every test."""
        if self.local is not None:
            for script in (self.local.faults, self.local.first, self.local.second):
                script.reset()
            self._forget_traffic()

    def _forget_traffic(self) -> None:
        """Close every breaker that an earlier test opened."""
        table, database = self.setting("attempt", "LIMITS_TABLE"), self.aws("dynamodb")
        for row in database.scan(TableName=table)["Items"]:
            if row["pk"]["S"].startswith("traffic#"):
                database.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})

    def count(self) -> float:
        """The dollars spent by everyone made since it was last asked, what is still held among them."""
        made, self.made = self.made, []
        credits: int = sum(max(0, had - self._available(who.owner)) for who, had in made)
        self.purse.spent += credits * self.purse.credit_dollars
        return credits * self.purse.credit_dollars

    def close(self) -> None:
        """Revoke every key that was made."""
        for key_id in self.key_ids:
            keys.keys_of(self.deployed).revoke(key_id)

    def _here(self) -> OnThisMachine:
        if self.local is None:
            pytest.skip("needs the faults and stand-in providers of a stack on this machine; mark it `stand_ins`")
        return self.local

    def _given(self, who: Client, credits: int) -> Client:
        self.purse.allow(credits)
        if credits:
            self.grant(who.owner, credits)
        if self.purse.limit is not None:
            self.made.append((who, self._available(who.owner)))
        return who

    def _available(self, owner: str) -> int:
        """What an owner has, whatever its own key may read."""
        return int(self.command("status", "balance", owner, {})["available"])


def purse(deployed: Deployed, limit: float | None) -> Purse:
    """A purse in the stage's own credits."""
    policy = json.loads(deployed.setting("start", "POLICY"))
    return Purse(limit=limit, credit_dollars=policy.get("credit_micros", 10_000) / MICROS_PER_DOLLAR)
