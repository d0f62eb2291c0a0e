"""The document's examples are what the doors answer today."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from easel.openapi.examples import FILE
from easel.openapi.operations import ASKED, EVERYWHERE, OPERATIONS, SENT
from tests.interface.scenes import play
from tests.support.promises import document

REMEDY = "play it in tests/interface/scenes.py, then run PYTHONPATH=functions python -m tests.interface.record"
SHARED = {*ASKED, *SENT, *EVERYWHERE}  # refused before a route is asked, in the same words for all
KEPT: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))["answers"]


def test_the_examples_are_what_the_doors_answer() -> None:
    kept, played = json.loads(FILE.read_text("utf-8")), json.loads(play().recorded())

    for part in ("problems", "commands", "answers"):
        for name, found in played[part].items():
            assert kept[part].get(name) == found, f"{part}, {name}: the answer has changed: {REMEDY}, and look at it"
        assert set(kept[part]) == set(played[part]), f"{part}: {REMEDY}"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_an_example_of_each_answer(name: str) -> None:
    every = (each for operations in document()["paths"].values() for each in operations.values())
    operation = next(each for each in every if each["operationId"] == name)
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if schema and name != "getInterface":  # which would show itself
            assert KEPT.get(name, {}).get(status), f"{name} has no example of {status}: {REMEDY}"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_refusal_of_an_operations_own_was_really_answered(name: str) -> None:
    shown = {example for kept in KEPT.get(name, {}).values() for example in kept}

    missing = sorted(set(OPERATIONS[name].errors) - SHARED - shown)

    assert not missing, f"{name} says it answers {missing}, and no example does: {REMEDY}"
