"""The bucket's own rules, on answers that no emulator gives."""

from typing import Any, cast

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from easel.aws.bucket import PUT_ONCE_TRIES, Bucket
from tests.support.fakes import NOON


class Answering:
    """S3 that answers each PutObject with the next of these codes; after the last it stores."""

    def __init__(self, *codes: str) -> None:
        self.codes, self.asked = list(codes), 0

    def put_object(self, **asked: Any) -> None:
        self.asked += 1
        assert asked["IfNoneMatch"] == "*"
        if self.codes:
            raise ClientError({"Error": {"Code": self.codes.pop(0), "Message": ""}}, "PutObject")


def put(s3: Answering) -> None:
    Bucket(cast(Any, s3), cast(Any, None), "assets").put_once("jobs/1/1/0.png", b"png", "image/png")


def test_a_picture_that_was_paid_for_survives_another_write_of_its_key_that_is_under_way() -> None:
    s3 = Answering("ConditionalRequestConflict", "ConditionalRequestConflict")

    put(s3)

    assert s3.asked == 3


def test_who_comes_second_changes_nothing() -> None:
    s3 = Answering("ConditionalRequestConflict", "PreconditionFailed")

    put(s3)

    assert s3.asked == 2


@pytest.mark.parametrize("codes", [("ConditionalRequestConflict",) * PUT_ONCE_TRIES, ("AccessDenied",)])
def test_a_conflict_without_end_and_other_refusals_are_errors(codes: tuple[str, ...]) -> None:
    s3 = Answering(*codes)

    with pytest.raises(ClientError):
        put(s3)

    assert s3.asked == len(codes)


@pytest.mark.parametrize("seconds", [300, 3_600])
def test_a_link_is_good_as_long_as_the_stage_says(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    s3 = boto3.client("s3", region_name="eu-central-1")
    unsigned = boto3.client("s3", region_name="eu-central-1", config=Config(signature_version=UNSIGNED))

    link = Bucket(s3, unsigned, "assets", link_seconds=seconds).link("jobs/1/1/0.png", now=NOON + 7_000)

    assert f"X-Amz-Expires={seconds}" in link.url
    assert link.expires_at == NOON + seconds * 1_000
