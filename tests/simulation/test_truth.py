"""The truth table, held against the double and against moto, or Amazon's own engine (`make test-dynamodb-local`)."""

import os
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.simulation.aws.deviations import MOTO
from tests.simulation.aws.services import made_in, the_double
from tests.simulation.aws.truth import CLAIMS, Services
from tests.simulation.aws.wire import REGION
from tests.support.moto_world import dynamodb_client

CLAIMS_MIN = 50


@pytest.fixture(scope="module")
def double() -> Services:
    return the_double()[0]


@pytest.fixture(scope="module")
def moto() -> Iterator[Services]:
    with mock_aws():
        yield made_in(
            lambda service: dynamodb_client() if service == "dynamodb" else boto3.client(service, region_name=REGION),
            "truth",
        )


def test_the_table_is_long_enough_and_every_claim_has_its_source() -> None:
    assert len(CLAIMS) >= CLAIMS_MIN
    assert all(claim.source.startswith("https://docs.aws.amazon.com/") for claim in CLAIMS.values())


@pytest.mark.parametrize("name", list(CLAIMS))
def test_the_double_does_what_aws_does(double: Services, name: str) -> None:
    CLAIMS[name].see(double)


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if not claim.needs_time])
def test_moto_does_what_aws_does_but_for_known_deviations(
    moto: Services, name: str, request: pytest.FixtureRequest
) -> None:
    if name in MOTO and "EASEL_DYNAMODB_URL" not in os.environ:  # Amazon's own engine deviates nowhere
        request.applymarker(pytest.mark.xfail(reason=MOTO[name], strict=True))
    CLAIMS[name].see(moto)
