"""What the double claims about DynamoDB's transactions."""

from typing import Any

from tests.simulation.aws.truth import DYNAMODB, Services, claim, item, key, refused

TRANSACT = DYNAMODB + "APIReference/API_TransactWriteItems.html"
IDEMPOTENCY = DYNAMODB + "developerguide/transaction-apis.html"
ABSENT = "attribute_not_exists(pk)"
CANCELED = "TransactionCanceledException"


def _put(aws: Services, row: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"Put": {"TableName": aws.table, "Item": row, **options}}


def _commit(aws: Services, *actions: Any, **options: Any) -> Any:
    return aws.dynamodb.transact_write_items(TransactItems=list(actions), **options)


def _get(aws: Services, pk: str, sk: str = "1") -> Any:
    return aws.dynamodb.get_item(TableName=aws.table, Key=key(pk, sk), ConsistentRead=True).get("Item")


def _codes(answer: Any) -> list[str]:
    return [reason["Code"] for reason in answer["CancellationReasons"]]


@claim(TRANSACT)
def all_writes_of_a_transaction_apply(aws: Services) -> None:
    _commit(aws, _put(aws, item("all", "1")), _put(aws, item("all", "2")))
    assert _get(aws, "all", "1")
    assert _get(aws, "all", "2")


@claim(TRANSACT)
def one_failed_condition_cancels_them_all(aws: Services) -> None:
    _commit(aws, _put(aws, item("none", "1")))
    actions = _put(aws, item("none", "2")), _put(aws, item("none", "1"), ConditionExpression=ABSENT)
    refused(CANCELED, lambda: _commit(aws, *actions))
    assert _get(aws, "none", "2") is None


@claim(TRANSACT)
def reasons_stand_in_the_order_of_the_actions(aws: Services) -> None:
    _commit(aws, _put(aws, item("reasons", "2")))
    actions = _put(aws, item("reasons", "1")), _put(aws, item("reasons", "2"), ConditionExpression=ABSENT)
    assert _codes(refused(CANCELED, lambda: _commit(aws, *actions))) == ["None", "ConditionalCheckFailed"]


@claim(TRANSACT)
def every_failed_condition_is_reported(aws: Services) -> None:
    rows = [item("every", "1"), item("every", "2")]
    _commit(aws, *(_put(aws, row) for row in rows))
    answer = refused(CANCELED, lambda: _commit(aws, *(_put(aws, r, ConditionExpression=ABSENT) for r in rows)))
    assert _codes(answer) == ["ConditionalCheckFailed"] * 2


@claim(TRANSACT)
def a_reason_shows_the_old_item_when_asked(aws: Services) -> None:
    _commit(aws, _put(aws, item("old", n=3)))
    options = {"ConditionExpression": ABSENT, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    answer = refused(CANCELED, lambda: _commit(aws, _put(aws, item("old"), **options)))
    assert answer["CancellationReasons"][0]["Item"]["n"] == {"N": "3"}


@claim(TRANSACT)
def a_reason_shows_no_item_where_there_was_none(aws: Services) -> None:
    options = {"ConditionExpression": "attribute_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    answer = refused(CANCELED, lambda: _commit(aws, _put(aws, item("new"), **options)))
    assert not answer["CancellationReasons"][0].get("Item")


@claim(TRANSACT)
def one_item_may_be_written_once(aws: Services) -> None:
    actions = _put(aws, item("twice", n=1)), _put(aws, item("twice", n=2))
    refused("ValidationException", lambda: _commit(aws, *actions))


@claim(TRANSACT)
def a_hundred_actions_are_the_most(aws: Services) -> None:
    refused("ValidationException", lambda: _commit(aws, *(_put(aws, item("many", str(n))) for n in range(101))))


@claim(TRANSACT)
def an_update_in_a_transaction_adds(aws: Services) -> None:
    fields = {"TableName": aws.table, "Key": key("sum"), "UpdateExpression": "ADD n :v"}
    _commit(aws, {"Update": {**fields, "ExpressionAttributeValues": {":v": {"N": "4"}}}})
    assert _get(aws, "sum")["n"] == {"N": "4"}


@claim(TRANSACT)
def a_condition_check_writes_nothing(aws: Services) -> None:
    check = {"ConditionCheck": {"TableName": aws.table, "Key": key("checked"), "ConditionExpression": ABSENT}}
    _commit(aws, check, _put(aws, item("checker")))
    assert _get(aws, "checked") is None


@claim(TRANSACT)
def a_delete_in_a_transaction_deletes(aws: Services) -> None:
    _commit(aws, _put(aws, item("gone")))
    _commit(aws, {"Delete": {"TableName": aws.table, "Key": key("gone")}})
    assert _get(aws, "gone") is None


@claim(IDEMPOTENCY)
def the_same_token_and_request_apply_once(aws: Services) -> None:
    fields = {"TableName": aws.table, "Key": key("token"), "UpdateExpression": "ADD n :v"}
    action = {"Update": {**fields, "ExpressionAttributeValues": {":v": {"N": "1"}}}}
    for _ in range(2):
        _commit(aws, action, ClientRequestToken="token-1")
    assert _get(aws, "token")["n"] == {"N": "1"}


@claim(IDEMPOTENCY)
def a_repeat_by_token_succeeds_though_its_condition_no_longer_holds(aws: Services) -> None:
    action = _put(aws, item("repeat"), ConditionExpression=ABSENT)
    for _ in range(2):
        _commit(aws, action, ClientRequestToken="token-2")


@claim(IDEMPOTENCY)
def the_same_token_with_another_request_is_refused(aws: Services) -> None:
    _commit(aws, _put(aws, item("one")), ClientRequestToken="token-3")
    refused(
        "IdempotentParameterMismatchException",
        lambda: _commit(aws, _put(aws, item("two")), ClientRequestToken="token-3"),
    )


@claim(IDEMPOTENCY)
def a_canceled_transaction_does_not_use_up_its_token(aws: Services) -> None:
    action = _put(aws, item("untouched"), ConditionExpression="attribute_exists(pk)")
    refused(CANCELED, lambda: _commit(aws, action, ClientRequestToken="token-4"))
    _commit(aws, _put(aws, item("untouched")))
    _commit(aws, action, ClientRequestToken="token-4")


@claim(IDEMPOTENCY, needs_time=True)
def a_token_is_forgotten_after_ten_minutes(aws: Services) -> None:
    fields = {"TableName": aws.table, "Key": key("forgot"), "UpdateExpression": "ADD n :v"}
    action = {"Update": {**fields, "ExpressionAttributeValues": {":v": {"N": "1"}}}}
    assert aws.pass_time is not None
    for _ in range(2):
        _commit(aws, action, ClientRequestToken="token-5")
        aws.pass_time(601)
    assert _get(aws, "forgot")["n"] == {"N": "2"}
