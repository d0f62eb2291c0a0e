"""A world on moto's tables and bucket: slower than `quick_world`, and not of our making."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws

from tests.support.world import World

REGION: Any = "eu-central-1"
KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}
STRINGS: list[Any] = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
JOB_INDEXES: list[Any] = [
    {
        "IndexName": "by_owner",
        "KeySchema": [
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "ownerSort", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    },
    {
        "IndexName": "open",
        "KeySchema": [
            {"AttributeName": "openShard", "KeyType": "HASH"},
            {"AttributeName": "wakeBy", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    },
]
JOB_ATTRIBUTES: list[Any] = [
    *STRINGS,
    *({"AttributeName": name, "AttributeType": "S"} for name in ("owner", "ownerSort", "openShard")),
    {"AttributeName": "wakeBy", "AttributeType": "N"},
]


def dynamodb_client() -> Any:
    """A client of an empty DynamoDB: moto's, or Amazon's own engine where EASEL_DYNAMODB_URL says where it runs.

    That engine keeps what callers of different access keys store apart, so a new key is an empty database.
    """
    once = Config(retries={"total_max_attempts": 1})
    address = os.environ.get("EASEL_DYNAMODB_URL")
    if not address:
        return boto3.client("dynamodb", region_name=REGION, config=once)
    key = uuid.uuid4().hex
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        config=once,
        endpoint_url=address,
        aws_access_key_id=key,
        aws_secret_access_key=key,
    )


@contextmanager
def a_world(*, moto: Any = None, **options: Any) -> Iterator[World]:
    """A world on moto, with Ann's hundred credits."""
    with mock_aws(config=moto):
        unsigned = boto3.client("s3", region_name=REGION, config=Config(signature_version=UNSIGNED))
        dynamodb = dynamodb_client()
        s3 = boto3.client("s3", region_name=REGION)
        dynamodb.create_table(
            TableName="jobs", AttributeDefinitions=JOB_ATTRIBUTES, GlobalSecondaryIndexes=JOB_INDEXES, **KEYS
        )
        for table in ("credits", "limits", "keys"):
            dynamodb.create_table(TableName=table, AttributeDefinitions=STRINGS, **KEYS)
        s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION})
        world = World(dynamodb, s3, unsigned, **options)
        world.give()
        yield world
