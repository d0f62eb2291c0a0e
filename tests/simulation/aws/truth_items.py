"""What the double claims about DynamoDB's single reads and writes."""

from typing import Any

from tests.simulation.aws.truth import DYNAMODB, Services, claim, item, key, refused

CONDITIONS = DYNAMODB + "developerguide/Expressions.OperatorsAndFunctions.html"
UPDATES = DYNAMODB + "developerguide/Expressions.UpdateExpressions.html"
VALUES = DYNAMODB + "developerguide/Expressions.ExpressionAttributeValues.html"
NAMES = DYNAMODB + "developerguide/Expressions.ExpressionAttributeNames.html"
LIMITS = DYNAMODB + "developerguide/Constraints.html"
PUT = DYNAMODB + "APIReference/API_PutItem.html"
GET = DYNAMODB + "APIReference/API_GetItem.html"
FAILED = "ConditionalCheckFailedException"


def _put(aws: Services, row: dict[str, Any], **options: Any) -> Any:
    return aws.dynamodb.put_item(TableName=aws.table, Item=row, **options)


def _update(aws: Services, pk: str, expression: str, **options: Any) -> Any:
    return aws.dynamodb.update_item(TableName=aws.table, Key=key(pk), UpdateExpression=expression, **options)


def _get(aws: Services, pk: str) -> Any:
    return aws.dynamodb.get_item(TableName=aws.table, Key=key(pk), ConsistentRead=True).get("Item")


def _values(**values: Any) -> dict[str, Any]:
    return {f":{name}": {"N": str(v)} if isinstance(v, int) else {"S": v} for name, v in values.items()}


@claim(GET)
def a_get_of_nothing_answers_without_an_item(aws: Services) -> None:
    assert _get(aws, "nothing") is None


@claim(GET)
def a_get_must_name_the_whole_key(aws: Services) -> None:
    refused("ValidationException", lambda: aws.dynamodb.get_item(TableName=aws.table, Key={"pk": {"S": "a"}}))


@claim(GET)
def a_consistent_read_shows_the_last_write(aws: Services) -> None:
    _put(aws, item("fresh", n=1))
    _put(aws, item("fresh", n=2))
    assert _get(aws, "fresh")["n"] == {"N": "2"}


@claim(PUT)
def a_put_replaces_the_whole_item(aws: Services) -> None:
    _put(aws, item("whole", a=1))
    _put(aws, item("whole", b=1))
    assert set(_get(aws, "whole")) == {"pk", "sk", "b"}


@claim(PUT)
def a_put_without_its_sort_key_is_refused(aws: Services) -> None:
    refused("ValidationException", lambda: _put(aws, {"pk": {"S": "a"}}))


@claim(LIMITS)
def an_empty_key_is_refused(aws: Services) -> None:
    refused("ValidationException", lambda: _put(aws, item("", n=1)))


@claim(LIMITS)
def an_item_over_400_kb_is_refused(aws: Services) -> None:
    refused("ValidationException", lambda: _put(aws, item("large", text="x" * 410_000)))


@claim(CONDITIONS)
def put_if_absent_lets_one_put_through(aws: Services) -> None:
    _put(aws, item("once"), ConditionExpression="attribute_not_exists(pk)")
    refused(FAILED, lambda: _put(aws, item("once"), ConditionExpression="attribute_not_exists(pk)"))


@claim(PUT)
def a_refused_put_shows_the_old_item_when_asked(aws: Services) -> None:
    _put(aws, item("shown", n=7))
    options = {
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    answer = refused(FAILED, lambda: _put(aws, item("shown"), **options))
    assert answer["Item"]["n"] == {"N": "7"}


@claim(PUT)
def a_refused_put_shows_nothing_unasked(aws: Services) -> None:
    _put(aws, item("hidden", n=7))
    answer = refused(FAILED, lambda: _put(aws, item("hidden"), ConditionExpression="attribute_not_exists(pk)"))
    assert "Item" not in answer


@claim(CONDITIONS)
def a_comparison_with_a_missing_attribute_fails(aws: Services) -> None:
    _put(aws, item("missing"))
    for comparator in ("=", "<", "<=", ">", ">="):
        options = {"ConditionExpression": f"version {comparator} :v", "ExpressionAttributeValues": _values(v=1)}
        refused(FAILED, lambda options=options: _put(aws, item("missing"), **options))  # type: ignore[misc]


@claim(CONDITIONS)
def numbers_compare_as_numbers(aws: Services) -> None:
    _put(aws, item("numbers", n=9))
    _put(aws, item("numbers", n=9), ConditionExpression="n < :v", ExpressionAttributeValues=_values(v=10))


@claim(CONDITIONS)
def a_number_is_no_text(aws: Services) -> None:
    _put(aws, item("typed", n=9))
    options = {"ConditionExpression": "n = :v", "ExpressionAttributeValues": _values(v="9")}
    refused(FAILED, lambda: _put(aws, item("typed"), **options))


@claim(CONDITIONS)
def and_binds_closer_than_or(aws: Services) -> None:
    _put(aws, item("bound", a=1, b=2, c=3))
    options: dict[str, Any] = {"ConditionExpression": "a = :one OR b = :one AND c = :one"}
    _put(aws, item("bound"), **options, ExpressionAttributeValues=_values(one=1))


@claim(CONDITIONS)
def between_and_in_and_not_are_understood(aws: Services) -> None:
    _put(aws, item("words", n=5))
    condition = "n BETWEEN :low AND :high AND n IN (:five, :low) AND NOT n = :low"
    values = _values(low=1, high=9, five=5)
    _put(aws, item("words"), ConditionExpression=condition, ExpressionAttributeValues=values)


@claim(CONDITIONS)
def begins_with_and_size_are_understood(aws: Services) -> None:
    _put(aws, item("functions", text="hello"))
    condition = "begins_with(#t, :start) AND size(#t) = :five"
    options: dict[str, Any] = {"ExpressionAttributeNames": {"#t": "text"}}
    _put(
        aws,
        item("functions"),
        ConditionExpression=condition,
        ExpressionAttributeValues=_values(start="he", five=5),
        **options,
    )


@claim(VALUES)
def an_undefined_value_is_refused(aws: Services) -> None:
    refused("ValidationException", lambda: _put(aws, item("undefined"), ConditionExpression="n = :absent"))


@claim(VALUES)
def an_unused_value_is_refused(aws: Services) -> None:
    options = {"ConditionExpression": "attribute_not_exists(zz)", "ExpressionAttributeValues": _values(unused=1)}
    refused("ValidationException", lambda: _put(aws, item("unused"), **options))


@claim(DYNAMODB + "developerguide/ReservedWords.html")
def a_reserved_word_needs_a_name(aws: Services) -> None:
    condition = "attribute_not_exists(owner) AND attribute_not_exists(#s)"
    refused("ValidationException", lambda: _put(aws, item("reserved"), ConditionExpression="attribute_exists(status)"))
    refused(
        "ValidationException",
        lambda: _put(aws, item("reserved"), ConditionExpression=condition, ExpressionAttributeNames={"#s": "status"}),
    )


@claim(NAMES)
def version_and_committed_are_not_reserved(aws: Services) -> None:
    condition = "attribute_not_exists(version) AND attribute_not_exists(spent) AND attribute_not_exists(openShard)"
    _put(aws, item("free"), ConditionExpression=condition)


@claim(UPDATES)
def add_to_a_missing_number_starts_at_zero(aws: Services) -> None:
    _update(aws, "counter", "ADD n :v", ExpressionAttributeValues=_values(v=5))
    _update(aws, "counter", "ADD n :v", ExpressionAttributeValues=_values(v=-7))
    assert _get(aws, "counter")["n"] == {"N": "-2"}


@claim(UPDATES)
def an_update_of_a_missing_item_creates_it(aws: Services) -> None:
    _update(aws, "made", "SET a = :v", ExpressionAttributeValues=_values(v=1))
    assert _get(aws, "made") == item("made", a=1)


@claim(UPDATES)
def set_and_add_in_one_update_apply_together(aws: Services) -> None:
    _update(aws, "both", "SET a = :v ADD n :v", ExpressionAttributeValues=_values(v=1))
    assert _get(aws, "both") == item("both", a=1, n=1)


@claim(UPDATES)
def if_not_exists_keeps_what_is_there(aws: Services) -> None:
    for value in (1, 2):
        _update(aws, "kept", "SET a = if_not_exists(a, :v)", ExpressionAttributeValues=_values(v=value))
    assert _get(aws, "kept")["a"] == {"N": "1"}


@claim(UPDATES)
def set_reads_the_item_as_it_was(aws: Services) -> None:
    _put(aws, item("swap", a=1, b=2))
    _update(aws, "swap", "SET a = b, b = a")
    assert _get(aws, "swap") == item("swap", a=2, b=1)


@claim(UPDATES)
def remove_takes_an_attribute_away(aws: Services) -> None:
    _put(aws, item("less", a=1, b=2))
    _update(aws, "less", "REMOVE a")
    assert _get(aws, "less") == item("less", b=2)


@claim(UPDATES)
def an_update_may_not_change_the_key(aws: Services) -> None:
    refused("ValidationException", lambda: _update(aws, "k", "SET sk = :v", ExpressionAttributeValues=_values(v="2")))


@claim(UPDATES)
def an_update_refused_by_its_condition_changes_nothing(aws: Services) -> None:
    _put(aws, item("still", n=1))
    options = {"ConditionExpression": "n > :v", "ExpressionAttributeValues": _values(v=3)}
    refused(FAILED, lambda: _update(aws, "still", "ADD n :v", **options))
    assert _get(aws, "still")["n"] == {"N": "1"}


@claim(DYNAMODB + "APIReference/API_GetItem.html")
def a_table_that_is_not_there_is_named_so(aws: Services) -> None:
    refused("ResourceNotFoundException", lambda: aws.dynamodb.get_item(TableName="absent", Key=key("a")))


@claim(DYNAMODB + "APIReference/API_DeleteItem.html")
def deleting_what_is_not_there_is_no_error(aws: Services) -> None:
    aws.dynamodb.delete_item(TableName=aws.table, Key=key("never"))
