"""Rows as DynamoDB has them, each value with its type, and as Python has them."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]


def from_dynamodb(value: Mapping[str, Any]) -> Item:
    """A row from DynamoDB's typed form."""
    deserializer = TypeDeserializer()
    return {name: deserializer.deserialize(typed) for name, typed in value.items()}


def to_dynamodb(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row in DynamoDB's typed form, fields of None left out."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items() if value is not None}
