"""A provider's pace, in every order of what is asked of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from easel.clock import MINUTE
from easel.providers.availability import Availability, Pace
from tests.support.fakes import NOON


def traffic(**changes: int) -> Availability:
    return Availability(provider="openai", model="m").model_copy(update=changes)


@given(
    st.integers(2, 60),
    st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 4)), min_size=1, max_size=80),
)
@settings(max_examples=100, deadline=None)
def test_no_minute_sees_more_images_than_the_provider_allows(limit: int, asks: list[tuple[int, int]]) -> None:
    pace, known, now, given_out = Pace(images_per_minute=limit), traffic(), NOON, []
    for passed, wanted in asks:
        now += passed
        images = min(wanted, pace.at_once)
        given_out.append((known.opening_at(pace, images, now), images))
        known = known.taken(pace, images, now)

    for start, _ in given_out:
        in_this_minute = sum(images for at, images in given_out if start <= at < start + MINUTE)
        assert in_this_minute <= limit
