"""What the interface allows, it serves: every field at its limit, in characters of one to four bytes."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from easel.errors import CallerError, InvalidReference
from easel.http import problems
from easel.submission import references, request
from tests.support.moto_world import a_world
from tests.support.world import World

ROW_BYTES_MAX = 400 * 1024  # DynamoDB's, for one item with its names
LETTERS = st.sampled_from(["a", "é", "写", "🦊"])  # of one, two, three and four bytes
KEYS = itertools.count()


def _wide(letter: str, count: int) -> str:
    return letter * count


def _address(letter: str) -> str:
    start = "https://example.com/"
    room = references.URL_BYTES_MAX - len(start)
    return start + letter * (room // len(letter.encode()))


def _address_of_characters(letter: str) -> str:
    start = "https://example.com/"
    return start + letter * (references.URL_BYTES_MAX - len(start))


def _pairs(letter: str, count: int) -> dict[str, str]:
    return {
        f"{number:02}{letter * (request.METADATA_CHARS_MAX - 2)}": letter * request.METADATA_CHARS_MAX
        for number in range(count)
    }


BODIES = st.fixed_dictionaries(
    {"prompt": st.builds(_wide, LETTERS, st.sampled_from([1, 31_000, request.PROMPT_CHARS_MAX]))},
    optional={
        "metadata": st.builds(_pairs, LETTERS, st.sampled_from([1, request.METADATA_KEYS_MAX])),
        "references": st.lists(
            st.builds(lambda letter: {"url": _address(letter)}, LETTERS)
            | st.builds(lambda letter: {"url": _address_of_characters(letter)}, LETTERS),
            min_size=1,
            max_size=request.REFERENCES_MAX,
        ),
        "mask": st.builds(lambda letter: {"url": _address(letter)}, LETTERS),
        "featureId": st.sampled_from(["ai-baby-image", "restore-photo"]),
        "n": st.sampled_from([1, request.N_MAX]),
        "outputFormat": st.sampled_from(["png", "jpeg", "webp"]),
        "quality": st.sampled_from(["low", "high"]),
        "priority": st.sampled_from(["quality", "economy"]),
    },
)
LARGEST: dict[str, Any] = {
    "prompt": "🦊" * request.PROMPT_CHARS_MAX,
    "metadata": _pairs("🦊", request.METADATA_KEYS_MAX),
    "references": [{"url": _address("🦊")}] * request.REFERENCES_MAX,
    "mask": {"url": _address("🦊")},
}


def _size(value: object) -> int:
    """As DynamoDB counts: UTF-8, and some bytes for each list, map and number."""
    if isinstance(value, dict):
        return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in value.items())
    if isinstance(value, list | tuple):
        return 3 + sum(1 + _size(each) for each in value)
    return len(value.encode()) if isinstance(value, str) else 21


def _row_bytes(world: World, job_id: str) -> int:
    found = world.store.find(job_id)
    assert found
    assert found.request
    return _size(found.request.model_dump(mode="json", exclude_none=True)) + 200  # its keys


@pytest.fixture(name="world")
def a_roomy_world() -> Iterator[World]:
    with a_world() as made:
        made.allowing(jobs_in_flight=10_000, owner_per_minute=10_000, daily_cap_micros=10**12)
        for number in range(5):
            made.give(amount=100_000 + number)
        yield made


@given(fields=BODIES)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_legal_body_is_served_or_refused_with_a_reason(world: World, fields: dict[str, Any]) -> None:
    try:
        job = world.begin(key=f"key{next(KEYS)}", **fields).job
    except CallerError as refusal:
        status, size = problems.ANSWERS[refusal.code].status, 0
    else:
        status, size = 202, _row_bytes(world, job.id)

    assert status < 500
    assert size < ROW_BYTES_MAX


def test_the_largest_body_of_all_fits_into_its_row(world: World) -> None:

    job = world.begin(**LARGEST).job

    assert 300_000 < _row_bytes(world, job.id) < ROW_BYTES_MAX


def test_an_address_is_counted_in_bytes_as_it_is_kept(world: World) -> None:
    longer = [{"url": _address("🦊") + "🦊"}]

    with pytest.raises(InvalidReference, match="bytes as UTF-8; at most 2,048"):
        world.begin(references=longer)
