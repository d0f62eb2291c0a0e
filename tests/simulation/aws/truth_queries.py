"""What the double claims about DynamoDB's queries and indexes."""

from typing import Any

from tests.simulation.aws.truth import DYNAMODB, Services, claim, item, key, refused

QUERY = DYNAMODB + "APIReference/API_Query.html"
INDEX = DYNAMODB + "developerguide/GSI.html"


def _put(aws: Services, row: dict[str, Any]) -> None:
    aws.dynamodb.put_item(TableName=aws.table, Item=row)


@claim(QUERY)
def a_query_answers_in_the_order_of_the_sort_key(aws: Services) -> None:
    for sort in ("entry#10", "entry#02", "entry#01"):
        _put(aws, item("ordered", sort))
    values = {":pk": {"S": "ordered"}}
    found = aws.dynamodb.query(
        TableName=aws.table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values, ConsistentRead=True
    )
    assert [row["sk"]["S"] for row in found["Items"]] == ["entry#01", "entry#02", "entry#10"]


@claim(QUERY)
def a_full_page_says_where_to_go_on(aws: Services) -> None:
    for sort in "abc":
        _put(aws, item("paged", sort))
    request: dict[str, Any] = {
        "TableName": aws.table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "paged"}},
        "ScanIndexForward": False,
        "Limit": 2,
    }
    first = aws.dynamodb.query(**request)
    rest = aws.dynamodb.query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert first["LastEvaluatedKey"] == key("paged", "b")
    assert [row["sk"]["S"] for row in rest["Items"]] == ["a"]
    assert "LastEvaluatedKey" not in rest


@claim(QUERY)
def a_query_without_its_partition_is_refused(aws: Services) -> None:
    request = {
        "TableName": aws.table,
        "KeyConditionExpression": "sk = :v",
        "ExpressionAttributeValues": {":v": {"S": "a"}},
    }
    refused("ValidationException", lambda: aws.dynamodb.query(**request))


@claim(INDEX)
def an_index_shows_only_items_that_have_its_keys(aws: Services) -> None:
    _put(aws, item("sparse", "1", openShard="s", wakeBy=5))
    _put(aws, item("sparse", "2", openShard="s"))
    _put(aws, item("sparse", "3", openShard="s", wakeBy=50))
    found = aws.dynamodb.query(
        TableName=aws.table,
        IndexName="open",
        KeyConditionExpression="openShard = :s AND wakeBy <= :now",
        ExpressionAttributeValues={":s": {"S": "s"}, ":now": {"N": "10"}},
    )
    assert [row["sk"]["S"] for row in found["Items"]] == ["1"]


@claim(INDEX)
def an_index_cannot_be_read_consistently(aws: Services) -> None:
    request = {
        "TableName": aws.table,
        "IndexName": "open",
        "KeyConditionExpression": "openShard = :s",
        "ExpressionAttributeValues": {":s": {"S": "s"}},
        "ConsistentRead": True,
    }
    refused("ValidationException", lambda: aws.dynamodb.query(**request))
