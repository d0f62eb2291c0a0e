"""Who is asking: the owner whose job, credits and links these are, and what they may do."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace

from easel.errors import Forbidden, InvalidRequest, Unauthenticated

ANONYMOUS = "anonymous"
LABEL = "easel owner in logs 1"  # keeps these hashes apart from others made with the same secret
SCOPES = ("generate", "read", "grant", "act_for", "erase")
USER_SCOPES = frozenset({"generate", "read", "erase"})  # what a person's token allows; the others are for keys alone
ANONYMOUS_SCOPES = frozenset({"read", "erase"})  # what whoever shows a job's token may do, where nobody may generate

USER = re.compile(r"user:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[\x21-\x7e]{1,255}")
SERVICE = re.compile(r"service:[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Caller:
    """An owner with what it may do; `account` is the service whose key it used, `job_token` an anonymous viewer's.

    `expires_at` (ms) is when these credentials end, `daily_credits` what their key may spend in a day; None: no limit.
    """

    owner: str
    scopes: frozenset[str]
    account: str = ""
    key_id: str = ""
    job_token: str = ""
    address: str = field(default="", compare=False)  # where it came from, "" for commands; never stored or logged
    daily_credits: int | None = None  # credits a day that its key may spend, where that is limited
    expires_at: int | None = None
    command: str = field(default="", compare=False)  # by lambda:Invoke, and in whose name where that was said

    @property
    def name(self) -> str:
        """Who asks, as jobs and audits keep it: `command` and a name, `key:<id>`, or the owner itself."""
        return self.command or (f"key:{self.key_id}" if self.key_id else self.owner)

    @property
    def anonymous(self) -> bool:
        """Whether nobody signed in."""
        return self.owner == ANONYMOUS

    @property
    def service(self) -> bool:
        """Whether the owner is a service, and no person."""
        return self.owner.startswith("service:")

    @property
    def person(self) -> bool:
        """Whether a person signed in; not a service that asks on behalf of one."""
        return self.owner.startswith("user:") and not self.key_id

    def must(self, scope: str) -> None:
        """Refuse a caller without this scope. Raises Forbidden and Unauthenticated."""
        if scope in self.scopes:
            return
        if self.anonymous:
            raise Unauthenticated("Sign in: send `Authorization: Bearer` with a token or an API key.")
        raise Forbidden(f"These credentials lack the scope `{scope}`; use a key that has it.")

    def acting_for(self, owner: str | None) -> "Caller":
        """The same caller, on behalf of the user that `Easel-Owner` names.

        Raises Forbidden, InvalidRequest and Unauthenticated.
        """
        if not owner:
            return self
        if self.anonymous:
            raise Unauthenticated("Easel-Owner needs a service's API key: send it as `Authorization: Bearer`.")
        if "act_for" not in self.scopes:
            raise Forbidden("Easel-Owner needs a key with the scope `act_for`; leave the header out or use such a key.")
        if not USER.fullmatch(owner):
            raise InvalidRequest(
                "Easel-Owner does not name a user.",
                errors=[("Easel-Owner", "write it as user:<issuer>:<id>, in visible ASCII")],
            )
        return replace(self, owner=owner)


def caller_of_command(owner: object, *, by: str = "command", anonymous: bool = False) -> Caller:
    """The caller of a command: IAM has checked who invokes, so the owner it names is believed.

    `anonymous` is for commands about what nobody signed in for. Raises InvalidRequest.
    """
    named = isinstance(owner, str) and (USER.fullmatch(owner) or SERVICE.fullmatch(owner))
    if not isinstance(owner, str) or not (named or (anonymous and owner == ANONYMOUS)):
        raise InvalidRequest(
            "The command does not say whose it is.",
            errors=[("owner", "write it as user:<issuer>:<id> or service:<account>, in visible ASCII")],
        )
    return Caller(owner=owner, scopes=frozenset(SCOPES), command=by)


def owner_hash(owner: str, secret: bytes) -> str:
    """What stands for an owner in logs: the same in every line, and no name."""
    return hmac.new(secret, f"{LABEL} {owner}".encode(), hashlib.sha256).hexdigest()[:16]
