"""Who changed what: rows that are only ever added, and a line in the log of whoever changes it."""

import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from easel.aws.dynamodb import Put, put
from easel.aws.rows import from_dynamodb, to_dynamodb
from easel.records import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOG = logging.getLogger("easel.trail")
PARTITION = "audit"


class AuditEvent(Record):
    """One change: when, by whom, what was done to what."""

    at: int
    by: str
    act: str
    what: str
    facts: dict[str, str] = {}


def audit_put(table: str, event: AuditEvent) -> Put:
    """The write that keeps an event in a table, to be part of the transaction that does it. It is not logged."""
    return put(PARTITION, table, _row(event), condition="attribute_not_exists(pk)")


def _row(event: AuditEvent) -> dict[str, Any]:
    return {"pk": PARTITION, "sk": f"{event.at:013}#{secrets.token_hex(4)}", **event.model_dump(mode="json")}


@dataclass(frozen=True)
class AuditLog:
    """The acts kept in one table, under a partition of their own."""

    client: "DynamoDBClient"
    table: str

    def action(self, act: AuditEvent) -> Any:
        """The act as part of the transaction that does it; said in the log too."""
        LOG.info(json.dumps({"audit": act.act, **act.model_dump(mode="json", exclude={"act"})}))
        absent = "attribute_not_exists(pk)"
        return {"Put": {"TableName": self.table, "Item": to_dynamodb(_row(act)), "ConditionExpression": absent}}

    def acts(self) -> Iterator[AuditEvent]:
        """Every act, oldest first."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_dynamodb({":pk": PARTITION}),
            ConsistentRead=True,
        )
        for page in pages:
            for row in map(from_dynamodb, page["Items"]):
                yield AuditEvent.model_validate(
                    {name: value for name, value in row.items() if name not in {"pk", "sk"}}
                )
