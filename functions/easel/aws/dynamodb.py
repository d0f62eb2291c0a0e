"""DynamoDB as the adapters use it: plain rows in and out, and every refusal told apart.

A failed condition is a decision and goes to the caller with the row that stood in the way. Conflicts, throttles and
lost replies are tried again by time, with jitter; boto3 would not retry a canceled transaction, so its
CancellationReasons are read here. Anything else is a bug and passes through.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from easel.aws.rows import Item, from_dynamodb, to_dynamodb
from easel.clock import SECOND, Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AGAIN = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
AGAIN_ERRORS = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
PAUSE_FIRST = 0.02  # seconds, doubled up to PAUSE_MAX, each with full jitter
BATCH_TRIES = 8  # a batch hands out up to 16 MB at once, and says what is left
PAUSE_MAX = 0.6
PATIENCE = 5 * SECOND  # how long a single read or write is tried


@dataclass(frozen=True)
class Put:
    """A row to put on a condition, under a name of its own; `values` are the condition's `:name` values."""

    name: str
    table: str
    item: Mapping[str, Any]
    condition: str
    values: Mapping[str, Any]

    def request(self) -> dict[str, Any]:
        """The put as the API wants it, asking for the old row where its condition fails."""
        return {"TableName": self.table, "Item": to_dynamodb(self.item), **_conditioned(self.condition, self.values)}

    def action(self) -> dict[str, Any]:
        """The put as one action of a transaction."""
        return {"Put": self.request()}


@dataclass(frozen=True)
class Update:
    """A change of a row's numbers, for rows too shared to be read first; on a condition where one is given."""

    name: str
    table: str
    pk: str
    sk: str
    expression: str
    values: Mapping[str, Any]
    condition: str | None = None

    def request(self) -> dict[str, Any]:
        """The update as the API wants it, asking for the old row where its condition fails."""
        key = to_dynamodb({"pk": self.pk, "sk": self.sk})
        conditioned = _conditioned(self.condition, self.values)
        return {"TableName": self.table, "Key": key, "UpdateExpression": self.expression, **conditioned}

    def action(self) -> dict[str, Any]:
        """The update as one action of a transaction."""
        return {"Update": self.request()}


Write = Put | Update


def put(name: str, table: str, item: Mapping[str, Any], *, condition: str, **values: Any) -> Put:
    """A named conditional put."""
    return Put(name, table, item, condition, values)


def _conditioned(condition: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if condition:
        fields |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if values:
        fields["ExpressionAttributeValues"] = to_dynamodb({f":{name}": value for name, value in values.items()})
    return fields


class ConditionFailed(Exception):
    """Writes were refused by their conditions: for each failed one, by name, the row found (None: no row)."""

    def __init__(self, found: Mapping[str, Item | None]) -> None:
        super().__init__(f"conditions failed: {', '.join(found)}")
        self.found = found


class Contended(Exception):
    """Conflicts or throttles, or no reply at all, until time ran out; whether it was applied is not known."""


class Database:
    """Consistent reads, conditional writes and transactions, each bounded in time."""

    def __init__(self, client: "DynamoDBClient", clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def get(self, table: str, pk: str, sk: str) -> Item | None:
        """One row as it is now."""
        key = to_dynamodb({"pk": pk, "sk": sk})
        answer = self._again(lambda: self._client.get_item(TableName=table, Key=key, ConsistentRead=True))
        return from_dynamodb(answer["Item"]) if "Item" in answer else None

    def query(
        self, table: str, condition: str, values: Mapping[str, Any], **options: Any
    ) -> tuple[list[Item], Item | None]:
        """Rows of one partition, and the key to go on from where there are more."""
        request = {"TableName": table, "KeyConditionExpression": condition, **options}
        request["ExpressionAttributeValues"] = to_dynamodb({f":{name}": value for name, value in values.items()})
        answer = self._again(lambda: self._client.query(**request))
        last = answer.get("LastEvaluatedKey")
        return [from_dynamodb(row) for row in answer["Items"]], from_dynamodb(last) if last else None

    def batch(self, table: str, keys: Sequence[tuple[str, str]]) -> list[Item]:
        """The rows of up to 100 keys that are there, in no order. Raises Contended where some were not handed out."""
        left: Any = {table: {"Keys": [to_dynamodb({"pk": pk, "sk": sk}) for pk, sk in keys]}} if keys else {}
        found: list[Item] = []
        for _ in range(BATCH_TRIES):
            if not left:
                return found
            answer = self._again(partial(self._client.batch_get_item, RequestItems=left))
            found += map(from_dynamodb, answer["Responses"].get(table, []))
            left = answer.get("UnprocessedKeys")
        if left:
            raise Contended("the database did not hand out every row in time")
        return found

    def scan(self, table: str, **options: Any) -> Iterator[list[Item]]:
        """Every row of a table, a page at a time: for audits, never for doors."""
        start: dict[str, Any] = {}
        while True:
            answer = self._again(partial(self._client.scan, TableName=table, ConsistentRead=True, **options, **start))
            yield [from_dynamodb(row) for row in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    @staticmethod
    def key(row: Mapping[str, Any]) -> dict[str, Any]:
        """A key as a query goes on from it."""
        return to_dynamodb(row)

    def put(self, write: Put) -> None:
        """Write one row, or raise ConditionFailed.

        A repeat after a lost reply can meet the row it wrote itself: callers look for their own mark on it.
        """
        self._single(write, lambda: self._client.put_item(**write.request()))

    def update(self, write: Update) -> None:
        """Change one row, or raise ConditionFailed. A repeat after a lost reply counts twice."""
        self._single(write, lambda: self._client.update_item(**write.request()))

    def delete(self, table: str, pk: str, sk: str) -> None:
        """Delete a row, there or not."""
        key = to_dynamodb({"pk": pk, "sk": sk})
        self._again(lambda: self._client.delete_item(TableName=table, Key=key))

    def commit(self, writes: Sequence[Write], *, token: str, until: int) -> bool:
        """Apply all writes or none, trying until `until` (ms).

        False where a reply was lost on the way: a repeat was told that all is well, and callers read before they say
        so too.

        `token` (≤36 characters) names this very plan, so that a repeat after a lost reply applies nothing twice for
        ten minutes; a new plan needs a new one. Raises ConditionFailed or Contended.
        """
        request: dict[str, Any] = {
            "TransactItems": [write.action() for write in writes],
            "ClientRequestToken": token,
        }
        lost: list[Exception] = []
        self._again(lambda: self._client.transact_write_items(**request), writes=writes, until=until, lost=lost)
        return not lost

    def _single(self, write: Write, call: Callable[[], Any]) -> None:
        try:
            self._again(call)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            row: Any = error.response.get("Item")
            raise ConditionFailed({write.name: from_dynamodb(row) if row else None}) from error

    def _again(
        self,
        call: Callable[[], Any],
        *,
        writes: Sequence[Write] = (),
        until: int | None = None,
        lost: list[Exception] | None = None,
    ) -> Any:
        until = self._clock.now() + PATIENCE if until is None else until
        pause = PAUSE_FIRST
        while True:
            try:
                return call()
            except ClientError as error:
                _raise_unless_worth_repeating(error, writes)
                reason: Exception = error
            except (ConnectionError, HTTPClientError) as error:  # nobody knows whether it was applied
                reason = error
                if lost is not None:
                    lost.append(error)
            wait = pause * self._clock.jitter()
            if self._clock.now() + wait * SECOND >= until:
                raise Contended("the database did not let this through in time") from reason
            self._clock.sleep(wait)
            pause = min(pause * 2, PAUSE_MAX)


def _raise_unless_worth_repeating(error: ClientError, writes: Sequence[Write]) -> None:
    code = error.response["Error"]["Code"]
    if code in AGAIN_ERRORS:
        return
    if code != "TransactionCanceledException":
        raise error
    reasons: Any = error.response.get("CancellationReasons", [])
    failed = {
        write.name: from_dynamodb(reason["Item"]) if reason.get("Item") else None
        for write, reason in zip(writes, reasons, strict=True)
        if reason["Code"] == "ConditionalCheckFailed"
    }
    if failed:
        raise ConditionFailed(failed) from error
    if not any(reason["Code"] in AGAIN for reason in reasons):
        raise error
