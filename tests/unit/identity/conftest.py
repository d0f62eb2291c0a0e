"""A desk for each test."""

import pytest

from tests.support.identity_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
