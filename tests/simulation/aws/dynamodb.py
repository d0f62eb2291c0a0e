"""DynamoDB: reads, conditional writes and transactions, each one step that nothing else comes between."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.simulation.aws.conditions import holds
from tests.simulation.aws.expressions import Placeholders, condition, projection
from tests.simulation.aws.queries import query, scan
from tests.simulation.aws.replies import Call, Refusal, Reply, Wire, invalid
from tests.simulation.aws.tables import Key, Table
from tests.simulation.aws.updates import applied, update

TOKEN_MILLISECONDS = 600_000
TRANSACTION_ITEMS_MAX = 100
FAILED_MESSAGE = "The conditional request failed"


@dataclass(frozen=True)
class Planned:
    """One write of a request: where, on which condition, and what it would leave."""

    table: Table
    key: Key
    request: Wire
    item: Wire | None
    before: Wire | None
    allowed: bool


class DynamoDB:
    """Every table of the stage. `now` is asked for the age of client tokens and the lag of indexes."""

    def __init__(self, tables: Mapping[str, Table], now: Callable[[], int]) -> None:
        self.tables = dict(tables)
        self._now = now
        self.tokens: dict[str, tuple[int, bytes]] = {}
        self._operations: dict[str, Callable[[Wire], Wire]] = {
            "GetItem": self._get,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "DeleteItem": self._delete,
            "Query": lambda request: query(self._table(request), request, self._now()),
            "Scan": lambda request: scan(self._table(request), request),
            "TransactWriteItems": self._transact,
            "TransactGetItems": self._transact_get,
            "BatchGetItem": self._batch_get,
        }

    def answer(self, call: Call) -> Reply:
        """Carry out one request."""
        return Reply(json.dumps(self._operations[call.operation](call.params)).encode())

    def _table(self, request: Wire) -> Table:
        if request["TableName"] not in self.tables:
            raise Refusal("ResourceNotFoundException", "Requested resource not found")
        return self.tables[request["TableName"]]

    def _get(self, request: Wire) -> Wire:
        table = self._table(request)
        item = table.get(table.exact_key_of(request["Key"]))
        if item is None:
            return {}
        return {"Item": projected(item, request)}

    def _batch_get(self, request: Wire) -> Wire:
        found: Wire = {}
        for name, asked in request["RequestItems"].items():
            table = self._table({"TableName": name})
            keys = [table.exact_key_of(key) for key in asked["Keys"]]
            if len(set(keys)) < len(keys):
                raise invalid("Provided list of item keys contains duplicates")
            found[name] = [projected(item, asked) for key in keys if (item := table.get(key)) is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _transact_get(self, request: Wire) -> Wire:
        answers = [self._get({**action["Get"]}) for action in request["TransactItems"]]
        return {"Responses": answers}

    def _put(self, request: Wire) -> Wire:
        return self._single(self._planned_put(request))

    def _update(self, request: Wire) -> Wire:
        return self._single(self._planned_update(request))

    def _delete(self, request: Wire) -> Wire:
        return self._single(self._planned_delete(request))

    def _planned_put(self, request: Wire) -> Planned:
        table = self._table(request)
        key = table.key_of(request["Item"])
        table.check(request["Item"])
        return self._planned(table, key, request, lambda _before, _given: request["Item"])

    def _planned_update(self, request: Wire) -> Planned:
        table = self._table(request)
        key = table.exact_key_of(request["Key"])
        actions = update(request["UpdateExpression"])
        for action in actions:
            if action[1][1] in table.schema.key_names:
                raise invalid(f"Cannot update attribute {action[1][1]}. This attribute is part of the key")

        def changed(before: Wire | None, given: Placeholders) -> Wire:
            for action in actions:
                given.touch(action)
            after = applied(actions, before if before is not None else dict(request["Key"]), given)
            table.check(after)
            return after

        return self._planned(table, key, request, changed)

    def _planned_delete(self, request: Wire) -> Planned:
        table = self._table(request)
        return self._planned(table, table.exact_key_of(request["Key"]), request, lambda _before, _given: None)

    def _planned_check(self, request: Wire) -> Planned:
        table = self._table(request)
        return self._planned(table, table.exact_key_of(request["Key"]), request, lambda before, _given: before)

    def _planned(
        self, table: Table, key: Key, request: Wire, change: Callable[[Wire | None, Placeholders], Wire | None]
    ) -> Planned:
        given = Placeholders(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
        before = table.get(key)
        allowed = True
        if "ConditionExpression" in request:
            tree = condition(request["ConditionExpression"])
            given.touch(tree)
            allowed = holds(tree, before or {}, given)
        item = change(before, given) if allowed or "UpdateExpression" in request else None
        given.all_used()
        return Planned(table, key, request, item, before, allowed)

    def _single(self, planned: Planned) -> Wire:
        if not planned.allowed:
            facts: Wire = {}
            if planned.before is not None and _wants_old(planned.request):
                facts["Item"] = planned.before
            raise Refusal("ConditionalCheckFailedException", FAILED_MESSAGE, **facts)
        planned.table.put(planned.key, planned.item, self._now())
        match planned.request.get("ReturnValues", "NONE"):
            case "ALL_OLD" if planned.before is not None:
                return {"Attributes": planned.before}
            case "ALL_NEW" if planned.item is not None:
                return {"Attributes": planned.item}
        return {}

    def _transact(self, request: Wire) -> Wire:
        token, print_ = request.get("ClientRequestToken"), b""
        if token is not None:
            if not 1 <= len(token) <= 36:
                raise invalid("Value at 'clientRequestToken' failed to satisfy constraint: length 1 to 36")
            print_ = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).digest()
            if self._is_repeat(token, print_):
                return {}
        plans = self._plans(request["TransactItems"])
        if not all(plan.allowed for plan in plans):
            raise canceled([_reason(plan) for plan in plans])
        for plan in plans:
            if plan.item is not plan.before:
                plan.table.put(plan.key, plan.item, self._now())
        if token is not None:
            self.tokens[token] = (self._now(), print_)
        return {}

    def _is_repeat(self, token: str, print_: bytes) -> bool:
        at, known = self.tokens.get(token, (0, b""))
        if not known or at + TOKEN_MILLISECONDS <= self._now():
            return False
        if known != print_:
            raise Refusal("IdempotentParameterMismatchException", "Another request came with this token before")
        return True

    def _plans(self, actions: list[Wire]) -> list[Planned]:
        if len(actions) > TRANSACTION_ITEMS_MAX:
            raise invalid("Member must have length less than or equal to 100")
        kinds: dict[str, Callable[[Wire], Planned]] = {
            "Put": self._planned_put,
            "Update": self._planned_update,
            "Delete": self._planned_delete,
            "ConditionCheck": self._planned_check,
        }
        plans = []
        for action in actions:
            ((kind, request),) = action.items()
            plans.append(kinds[kind](request))
        places = {(plan.request["TableName"], plan.key) for plan in plans}
        if len(places) < len(plans):
            raise invalid("Transaction request cannot include multiple operations on one item")
        return plans


def projected(item: Wire, request: Wire) -> Wire:
    """The attributes of an item that were asked for; only top-level ones are needed here."""
    if "ProjectionExpression" not in request:
        return item
    given = Placeholders(request.get("ExpressionAttributeNames", {}), {})
    names = [given.name(path[1]) for path in projection(request["ProjectionExpression"])]
    return {name: item[name] for name in names if name in item}


def canceled(reasons: list[Wire]) -> Refusal:
    """A transaction that was canceled, with one reason for each of its actions."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return Refusal(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _reason(plan: Planned) -> Wire:
    if plan.allowed:
        return {"Code": "None"}
    reason: Wire = {"Code": "ConditionalCheckFailed", "Message": FAILED_MESSAGE}
    if plan.before is not None and _wants_old(plan.request):
        reason["Item"] = plan.before
    return reason


def _wants_old(request: Wire) -> bool:
    return bool(request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")
