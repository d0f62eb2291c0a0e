"""A body that is refused costs no more than one that is served, and neither does its answer."""

import contextlib
import json
from typing import Any

import pytest
from api import start
from api.meta import BODIES
from pydantic import BaseModel

from easel.errors import CallerError, InvalidRequest
from easel.http import bodies, problems, refusals, strict_json
from easel.submission.request import JobRequest
from tests.support.doors import ANN, LAMP, Asked, invoke, send
from tests.support.work import HEAVY, calls

CALLS_MAX = 10_000  # ten for each value that a body may have


def parsed(model: type[BaseModel], raw: bytes) -> None:
    with contextlib.suppress(CallerError):
        bodies.parse(model, raw)


@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.parametrize("model", BODIES)
def test_no_body_makes_a_door_work_more_than_a_request_does(model: type[BaseModel], name: str) -> None:
    parsed(model, b"{}")  # what is built on first use is nobody's request

    assert calls(lambda: parsed(model, HEAVY[name])) <= CALLS_MAX


@pytest.mark.parametrize("name", HEAVY)
def test_no_refusal_is_larger_than_a_page(asked: Asked, name: str) -> None:
    answer = send(start, "POST", "/api/aiimage/start", body=HEAVY[name])

    assert 400 <= answer.status < 500
    assert len(answer.text.encode()) <= problems.BYTES_MAX
    assert len(answer.json.get("errors", ())) <= problems.ERRORS_MAX


@pytest.mark.parametrize("name", HEAVY)
def test_a_command_is_held_to_the_same_bounds(asked: Asked, name: str) -> None:
    event = {"command": "start_job", "owner": "user:local:ann", "request": json.loads(HEAVY[name])}
    invoke(start, {**event, "request": {}})

    assert calls(lambda: invoke(start, event)) <= CALLS_MAX
    assert len(json.dumps(invoke(start, event))) <= problems.BYTES_MAX


def test_a_command_of_a_thousand_fields_names_the_first(asked: Asked) -> None:
    event = {"command": "start_job", "owner": "user:local:ann", "request": LAMP}

    error = invoke(start, {**event, **{f"field{number}": 1 for number in range(1_000)}})["error"]

    assert len(error["errors"]) == problems.ERRORS_MAX


def test_twenty_wrong_fields_are_named_and_the_others_counted() -> None:
    with pytest.raises(InvalidRequest) as caught:
        bodies.check(JobRequest, {"prompt": "a lamp", **{f"field{number}": 1 for number in range(60)}})

    assert len(caught.value.errors) == problems.ERRORS_MAX
    assert caught.value.detail.endswith("and 57 more.")


def test_a_likely_name_is_looked_for_three_times_and_no_more() -> None:
    with pytest.raises(InvalidRequest) as caught:
        bodies.check(JobRequest, {"prompt": "a lamp", **{f"aspectRatio{number}": 1 for number in range(60)}})

    near = ["did you mean aspectRatio" in message for _, message in caught.value.errors]
    assert near == [True] * refusals.SHOWN_MAX + [False] * (problems.ERRORS_MAX - refusals.SHOWN_MAX)


def test_a_name_as_long_as_a_book_is_told_by_its_beginning() -> None:
    with pytest.raises(InvalidRequest) as caught:
        bodies.check(JobRequest, {"prompt": "a lamp", "k" * 10_000: 1})

    assert caught.value.errors[0][0] == "k" * (refusals.NAME_CHARS_MAX - 1) + "…"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({f"k{number}": 1 for number in range(strict_json.ENTRIES_MAX + 1)}, "an object of more than 100 entries"),
        ({"references": [1] * (strict_json.ENTRIES_MAX + 1)}, "a list of more than 100 entries"),
        ({"references": [[1] * 100] * 11}, "more than 1,000 values in all"),
        ({"references": [{"a": 1, "b": 2, "c": [1] * 90}] * 11}, "more than 1,000 values in all"),
    ],
)
def test_a_body_of_too_many_parts_is_refused_by_what_there_is_too_much_of(body: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        strict_json.read(json.dumps(body).encode())


def test_as_much_as_is_allowed_is_read() -> None:
    body = {f"k{number}": [1] * 8 for number in range(strict_json.ENTRIES_MAX)}

    assert strict_json.read(json.dumps(body).encode()) == body


def test_a_refused_body_never_reaches_the_use_case(asked: Asked) -> None:
    send(start, "POST", "/api/aiimage/start", body=HEAVY["unknown fields"], caller=ANN)

    assert asked.calls == []
