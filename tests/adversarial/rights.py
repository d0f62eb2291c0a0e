"""What IAM asks of whoever makes an AWS call, for the calls that Easel makes.

From the Service Authorization Reference, "Actions, resources, and condition keys for" Amazon DynamoDB, Amazon S3, AWS
Secrets Manager, AWS Step Functions, AWS Lambda, Amazon EventBridge and Amazon Bedrock; of transactions the DynamoDB
Developer Guide, "Using IAM with DynamoDB transactions": each write in one needs the right to that write, and there is
none to the whole; of conditional writes the S3 User Guide, "How to prevent object overwrites": If-Match reads as well.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from tests.support.templates import text

Json = dict[str, Any]
TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
TRIED = {"StringLike", "StringEquals"}  # the conditions that can be judged here


@dataclass(frozen=True)
class Use:
    """One action on one resource, as a call needed it."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grant:
    """Some action on resources of a form, as a policy allows it."""

    action: str
    resource: str
    conditions: tuple[tuple[str, str], ...] = field(default=())

    def covers(self, use: Use) -> bool:
        """Whether IAM would let this use pass because of it."""
        context = dict(use.context)
        return (
            fits(self.action, use.action)
            and fits(self.resource, use.resource)
            and all(key in context and fits(wanted, context[key]) for key, wanted in self.conditions)
        )

    def __str__(self) -> str:
        return " ".join((self.action, self.resource, *(f"where {key} is {value}" for key, value in self.conditions)))


def fits(pattern: str, value: str) -> bool:
    """IAM's comparison: `*` is anything, `?` any one character."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def granted(statement: Json, named: Callable[[str], str]) -> Iterator[Grant]:
    """What a policy's statement allows; `named` turns what the template calls a thing into what it is called."""
    if statement["Effect"] != "Allow":
        return
    conditions = tuple(_conditions(statement.get("Condition", {})))
    for action in _several(statement["Action"]):
        for resource in _several(statement["Resource"]):
            yield Grant(action, named(text(resource)), conditions)


def _conditions(said: Json) -> Iterator[tuple[str, str]]:
    for operator, keys in said.items():
        if operator not in TRIED:
            raise ValueError(f"{operator} cannot be judged here")
        for key, value in keys.items():
            yield key, str(value)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def uses(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    """What a call needs; raises KeyError for one that nobody looked up yet."""
    yield from CALLS[f"{service}:{operation}"](operation, params)


def absent(params: Mapping[str, Any]) -> Use:
    """S3 API Reference, GetObject: only who may list a bucket learns that an object is not there, others get 403."""
    return Use("s3:ListBucket", params["Bucket"])


def _item(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
    yield Use(f"dynamodb:{operation}", params["TableName"] + index)


def _batch(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    for table in params["RequestItems"]:
        yield Use(f"dynamodb:{operation}", table)


def _transaction(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    for write in params["TransactItems"]:
        for kind, request in write.items():
            yield Use(f"dynamodb:{TRANSACTED[kind]}", request["TableName"])


def _object(action: str) -> Callable[[str, Mapping[str, Any]], Iterator[Use]]:
    def needed(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
        place = f"{params['Bucket']}/{params['Key']}"
        yield Use(action, place)
        if "IfMatch" in params:
            yield Use("s3:GetObject", place)

    return needed


def _copy(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    yield Use("s3:GetObject", unquote(params["CopySource"]))  # as boto3 writes it into the request
    yield Use("s3:PutObject", f"{params['Bucket']}/{params['Key']}")


def _delete(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    for one in params["Delete"]["Objects"]:
        action = "s3:DeleteObjectVersion" if "VersionId" in one else "s3:DeleteObject"
        yield Use(action, f"{params['Bucket']}/{one['Key']}")


def _list(action: str) -> Callable[[str, Mapping[str, Any]], Iterator[Use]]:
    def needed(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
        yield Use(action, params["Bucket"], (("s3:prefix", params.get("Prefix", "")),))

    return needed


def _on(action: str, parameter: str) -> Callable[[str, Mapping[str, Any]], Iterator[Use]]:
    def needed(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
        yield Use(action, params[parameter])

    return needed


def _bus(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    for entry in params["Entries"]:
        yield Use("events:PutEvents", entry["EventBusName"])


def _model(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    yield Use("bedrock:InvokeModel", f"arn:aws:bedrock:{params['region']}::foundation-model/{params['modelId']}")


CALLS: Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[Use]]] = {
    "dynamodb:GetItem": _item,
    "dynamodb:BatchGetItem": _batch,
    "dynamodb:Query": _item,
    "dynamodb:PutItem": _item,
    "dynamodb:UpdateItem": _item,
    "dynamodb:DeleteItem": _item,
    "dynamodb:TransactWriteItems": _transaction,
    "s3:GetObject": _object("s3:GetObject"),
    "s3:HeadObject": _object("s3:GetObject"),
    "s3:PutObject": _object("s3:PutObject"),
    "s3:CreateMultipartUpload": _object("s3:PutObject"),
    "s3:UploadPart": _object("s3:PutObject"),
    "s3:CompleteMultipartUpload": _object("s3:PutObject"),
    "s3:AbortMultipartUpload": _object("s3:AbortMultipartUpload"),
    "s3:CopyObject": _copy,
    "s3:DeleteObjects": _delete,
    "s3:ListObjectsV2": _list("s3:ListBucket"),
    "s3:ListObjectVersions": _list("s3:ListBucketVersions"),
    "secretsmanager:GetSecretValue": _on("secretsmanager:GetSecretValue", "SecretId"),
    "stepfunctions:StartExecution": _on("states:StartExecution", "stateMachineArn"),
    "events:PutEvents": _bus,
    "lambda:Invoke": _on("lambda:InvokeFunction", "FunctionName"),
    "bedrock-runtime:InvokeModel": _model,
}
