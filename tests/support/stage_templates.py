"""Fixtures of tests/infra and tests/aws_reality: templates, made once, of the real app's stack around empty layers."""

from collections.abc import Callable

import pytest

from infra import stages
from infra.stage_tables import Edge
from tests.support.assembly import reader
from tests.support.templates import Reading

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c-0000-4000-8000-000000000000"
EDGED = stages.load("prod").model_copy(
    update={
        "account": "123456789012",
        "region": "eu-central-1",
        "public_url": "https://images.example.com",
        "edge": Edge(domain="images.example.com", certificate=CERTIFICATE),
    }
)


@pytest.fixture(scope="session")
def read_stage(tmp_path_factory: pytest.TempPathFactory) -> Callable[[stages.Stage], Reading]:
    """A stage's template, ready to be asked."""
    return reader(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def prod(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    """The template of prod as it comes."""
    return read_stage(stages.load("prod"))
