"""AWS clients with time limits; made on first use, anew after a SnapStart restore.

Only S3 repeats by itself: its calls are safe to repeat. Of the others `dynamodb` and `state_machine` know which are.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from easel.aws import snapstart

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_stepfunctions import SFNClient

CONNECT_SECONDS = 2
READ_SECONDS = 5
S3_READ_SECONDS = 20
S3_ATTEMPTS = 3
INVOKE_READ_SECONDS = 20


def dynamodb() -> "DynamoDBClient":
    """DynamoDB; `dynamodb` repeats what is worth repeating."""
    client: DynamoDBClient = _client("dynamodb")
    return client


def s3() -> "S3Client":
    """S3, whose objects take longer."""
    client: S3Client = _client(
        "s3",
        read_seconds=S3_READ_SECONDS,
        attempts=S3_ATTEMPTS,
        signature_version="s3v4",  # of forms too, everywhere
    )
    return client


def s3_unsigned() -> "S3Client":
    """S3 without credentials: it knows the addresses that `bucket` signs."""
    client: S3Client = _client("s3", signature_version=UNSIGNED)
    return client


def lambda_functions() -> "LambdaClient":
    """Lambda, for a function that asks another; the answer takes as long as that one does."""
    client: LambdaClient = _client("lambda", read_seconds=INVOKE_READ_SECONDS)
    return client


def lambda_at_once() -> "LambdaClient":
    """Lambda, for who asks without waiting for what comes of it."""
    client: LambdaClient = _client("lambda")
    return client


def events() -> Any:
    """EventBridge."""
    return _client("events")


def stepfunctions() -> "SFNClient":
    """Step Functions."""
    client: SFNClient = _client("stepfunctions")
    return client


def secretsmanager() -> "SecretsManagerClient":
    """Secrets Manager."""
    client: SecretsManagerClient = _client("secretsmanager")
    return client


@cache
def _client(service: str, *, read_seconds: int = READ_SECONDS, attempts: int = 1, signature_version: Any = None) -> Any:
    make: Any = boto3.client
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        # Both are needed to sign for the region's own host: the global one redirects, which breaks signatures.
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
        signature_version=signature_version,
    )
    client = make(service, config=config)
    client.meta.events.register("before-parse", _whole_answers_only)
    return client


def _whole_answers_only(operation_model: "OperationModel", response_dict: dict[str, Any], **_: Any) -> None:
    """Raise ConnectionClosedError for an answer whose body was cut off before its first byte.

    botocore asks urllib3 not to count, and would read it as an empty success: a row that is not there, a transaction
    that was applied.
    """
    declared, body = response_dict["headers"].get("Content-Length"), response_dict["body"]
    if isinstance(body, bytes) and declared and len(body) < int(declared) and operation_model.http["method"] != "HEAD":
        raise ConnectionClosedError(endpoint_url=operation_model.service_model.service_name)


snapstart.forget_after_restore(_client.cache_clear)
