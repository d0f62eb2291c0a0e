"""The doors behind a socket."""

from collections.abc import Iterator

import pytest

from tests.interface.shop import Shop, a_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with a_shop() as opened:
        yield opened
