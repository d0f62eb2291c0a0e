"""Doors with use cases that only remember what they were asked."""

import pytest

from tests.support.doors import Asked


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    from api import credits, generate, meta, session, start, status

    use_cases = Asked()
    for door in (generate, start, status, credits, session, meta):
        monkeypatch.setattr(door.door, "deps", use_cases.deps)
    return use_cases
