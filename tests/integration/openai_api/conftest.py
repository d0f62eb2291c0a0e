"""A shop for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.openai_api.stage import Shop, a_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with a_shop() as found:
        yield found
