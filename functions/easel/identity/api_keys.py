"""API keys: `easel_<id>_<secret>` outside, the secret's SHA-256 in a table of its own.

Whoever makes, rotates or revokes one leaves a row in the same transaction: no change without its trail.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from easel.aws.rows import from_dynamodb, to_dynamodb
from easel.clock import Clock
from easel.errors import Busy, InvalidRequest, NotFound
from easel.identity.audit_log import AuditEvent, AuditLog
from easel.identity.callers import SCOPES, SERVICE
from easel.records import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
SECRET_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # noqa: S105 - letters, not a secret
ID_CHARS, SECRET_CHARS = 12, 40
WRITTEN = re.compile(r"easel_([a-z0-9]{8,32})_([A-Za-z0-9]{32,128})", re.ASCII)
PREFIX = "easel_"


class ApiKey(Record):
    """What is kept of a key; never the key itself. While it is rotated its older secret opens it too."""

    id: str
    account: str
    scopes: tuple[str, ...]
    hash: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    older_hash: str | None = None
    older_until: int | None = None
    daily_credits: int | None = None

    def opens_with(self, secret: str, now: int) -> bool:
        """Whether this is its secret, or still is; takes as long for a wrong one as for the right one."""
        shown = digest(secret)
        newer = hmac.compare_digest(self.hash, shown)
        older = hmac.compare_digest(self.older_hash or "-", shown)
        return newer or (older and self.in_rotation(now))

    def in_rotation(self, now: int) -> bool:
        """Whether it has two secrets."""
        return self.older_until is not None and now < self.older_until

    def alive(self, now: int) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class Keys:
    """The table of keys: read by the authorizer, written by operators."""

    client: "DynamoDBClient"
    table: str
    clock: Clock
    by: str = "unknown"  # who makes changes with this, for the trail

    def get(self, key_id: str) -> ApiKey | None:
        """A key as it is now, so that revoking works at once."""
        answer = self.client.get_item(TableName=self.table, Key=to_dynamodb(_address(key_id)), ConsistentRead=True)
        return _key(from_dynamodb(answer["Item"])) if "Item" in answer else None

    def create(
        self,
        account: str,
        scopes: Sequence[str],
        *,
        expires_at: int | None = None,
        daily_credits: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and, this once, how it is written. Raises InvalidRequest."""
        if not SERVICE.fullmatch(f"service:{account}"):
            raise InvalidRequest(f"{account!r} cannot be an account; use letters, digits, dots and dashes.")
        if not scopes or not set(scopes) <= set(SCOPES):
            raise InvalidRequest(f"Scopes are {', '.join(SCOPES)}; give at least one.")
        if daily_credits is not None and daily_credits < 1:
            raise InvalidRequest("A daily limit is at least 1 credit; leave it out for none.")
        key_id, secret = _random(ID_ALPHABET, ID_CHARS), _random(SECRET_ALPHABET, SECRET_CHARS)
        key = ApiKey(
            id=key_id,
            account=account,
            scopes=tuple(dict.fromkeys(scopes)),
            hash=digest(secret),
            created_at=self.clock.now(),
            expires_at=expires_at,
            daily_credits=daily_credits,
        )
        self._save(key, None, act="created")
        return key, f"{PREFIX}{key_id}_{secret}"

    def rotate(self, key_id: str, *, overlap: int) -> tuple[ApiKey, str]:
        """A new secret for a key, shown this once; the one before it opens the key for `overlap` (ms) more.

        Raises InvalidRequest.
        """
        key, now = self._known(key_id), self.clock.now()
        if not key.alive(now):
            raise InvalidRequest("The key has expired or was revoked; make a new one.")
        if key.in_rotation(now) and overlap:
            raise InvalidRequest("The key has two secrets already; `finish` the rotation under way first.")
        secret = _random(SECRET_ALPHABET, SECRET_CHARS)
        rotated = key.model_copy(update={"hash": digest(secret), "older_hash": key.hash, "older_until": now + overlap})
        self._save(rotated, key, act="rotated")
        return rotated, f"{PREFIX}{key_id}_{secret}"

    def finish(self, key_id: str) -> ApiKey:
        """End a rotation: the older secret opens nothing from now on. Where none is under way nothing changes."""
        key = self._known(key_id)
        if key.older_hash is None:
            return key
        return self._save(key.model_copy(update={"older_hash": None, "older_until": None}), key, act="finished")

    def revoke(self, key_id: str) -> ApiKey:
        """End a key at once; ending it again changes nothing."""
        key = self._known(key_id)
        if key.revoked_at is not None:
            return key
        return self._save(key.model_copy(update={"revoked_at": self.clock.now()}), key, act="revoked")

    def list(self) -> Iterator[ApiKey]:
        """Every key ever made, in no order."""
        for page in self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True):
            rows = map(from_dynamodb, page["Items"])
            yield from (_key(row) for row in rows if row["sk"] == "key")

    def trail(self) -> AuditLog:
        """Who changed which key."""
        return AuditLog(self.client, self.table)

    def _known(self, key_id: str) -> ApiKey:
        key = self.get(key_id)
        if key is None:
            raise NotFound(f"There is no key {key_id}.")
        return key

    def _save(self, key: ApiKey, before: ApiKey | None, *, act: str) -> ApiKey:
        """Write the key with its trail, unless somebody changed it meanwhile."""
        written: Any = {"TableName": self.table, "Item": to_dynamodb(_row(key))}
        if before is None:
            written["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            alike = "attribute_not_exists(revoked_at)" if before.revoked_at is None else "attribute_exists(revoked_at)"
            written["ConditionExpression"] = f"#hash = :hash AND {alike}"
            written["ExpressionAttributeNames"] = {"#hash": "hash"}
            written["ExpressionAttributeValues"] = to_dynamodb({":hash": before.hash})
        facts = {"account": key.account, "scopes": " ".join(key.scopes)}
        noted = AuditEvent(at=self.clock.now(), by=self.by, act=f"key {act}", what=key.id, facts=facts)
        try:
            self.client.transact_write_items(TransactItems=[{"Put": written}, self.trail().action(noted)])
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            raise Busy("The key was changed by somebody else just now; look at it and try again.") from error
        return key


def digest(secret: str) -> str:
    """What is kept of a secret. One hash is enough: it is 40 random letters, not a password."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _address(key_id: str) -> dict[str, str]:
    return {"pk": f"key#{key_id}", "sk": "key"}


def _row(key: ApiKey) -> dict[str, Any]:
    return {**_address(key.id), **key.model_dump(mode="json", exclude={"id"})}


def _key(row: dict[str, Any]) -> ApiKey:
    kept = {name: value for name, value in row.items() if name not in {"pk", "sk"}}
    return ApiKey.model_validate({"id": row["pk"].removeprefix("key#"), **kept})


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
