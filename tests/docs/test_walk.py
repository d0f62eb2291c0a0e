"""The way of one start through the packages stays as short as it was made."""

import pytest
from api import start, status

from tools.walk import walks


def test_a_start_makes_few_calls_between_few_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    for door in (start.door, status.door):
        monkeypatch.setattr(door, "deps", door.deps)  # the walk puts its own there

    started = walks()["start"]

    assert started.package_calls <= 60
    assert len(started.packages) <= 14
    assert started.prompt_returns <= 5  # half of the 11 of the flat layout
