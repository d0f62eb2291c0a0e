"""Links and upload forms lead to the host that S3 documents for the bucket's region."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from easel.aws import clients
from easel.aws.bucket import Bucket

REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "eu-central-1",
    "eu-west-1",
    "eu-south-1",
    "eu-central-2",
    "ap-east-1",
    "ap-southeast-3",
    "af-south-1",
    "il-central-1",
    "sa-east-1",
)


@pytest.fixture(params=REGIONS)
def region(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", request.param)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    clients._client.cache_clear()
    yield request.param
    clients._client.cache_clear()


def test_every_link_and_form_leads_to_the_buckets_own_region(region: str) -> None:
    assets = Bucket(clients.s3(), clients.s3_unsigned(), "bucket")

    links = [
        assets.link("jobs/a.png", now=0).url,
        assets.link("jobs/a.png", now=0, disposition='attachment; filename="a.png"').url,
        assets.form("uploads/a", "image/png", bytes_min=1, bytes_max=2, seconds=60).url,
    ]

    assert {urlsplit(url).hostname for url in links} == {f"bucket.s3.{region}.amazonaws.com"}
