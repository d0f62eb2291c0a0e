"""Which of their jobs an owner sees in a list, in what order, and what comes with them."""

from collections.abc import Callable
from typing import Any

import pytest

from easel.aws.dynamodb import Database
from easel.clock import SECOND
from easel.errors import InvalidRequest
from easel.jobs import listing
from easel.jobs.listing import Wanted
from easel.jobs.model import Status
from easel.jobs.store import ANY_TIME, Page
from easel.providers.errors import ProviderRefused
from tests.support.fakes import only, pictures
from tests.support.world import ANN, BOB, World


def begun(world: World, number: int, **fields: Any) -> list[str]:
    """Jobs a second apart, the newest first."""
    found: list[str] = []
    for _ in range(number):
        world.clock.forward(1)
        found.insert(0, world.begin(**fields).job.id)
    return found


def listed(world: World, *, limit: int = 50, cursor: str | None = None, **wanted: Any) -> Page:
    return world.status.list(caller=ANN, limit=limit, cursor=cursor, wanted=Wanted(**wanted))


def versions(page: Page) -> list[tuple[str, int]]:
    return [(job.id, job.version) for job in page.jobs]


def ids(page: Page) -> list[str]:
    return [job.id for job in page.jobs]


@pytest.fixture(autouse=True)
def _room(quick_world: World) -> None:
    quick_world.allowing(jobs_in_flight=500, owner_per_minute=1_000)
    quick_world.give(amount=5_000)


def test_only_what_is_wanted_is_listed(quick_world: World) -> None:
    world = quick_world
    [plain] = begun(world, 1)
    [baby] = begun(world, 1, featureId="ai-baby-image")
    [other] = begun(world, 1, modelId="gpt-image-1-mini")
    world.run(plain)
    world.providers["openai"].script[:] = [ProviderRefused("no", stage="input")]
    world.run(baby)

    assert ids(listed(world)) == [other, baby, plain]
    assert ids(listed(world, statuses=frozenset({Status.QUEUED, Status.RUNNING}))) == [other]
    assert ids(listed(world, statuses=frozenset({Status.FAILED}))) == [baby]
    assert ids(listed(world, feature_id="ai-baby-image")) == [baby]
    assert ids(listed(world, model_id="gpt-image-1-mini")) == [other]
    assert ids(listed(world, model_id="gpt-image-1-mini", statuses=frozenset({Status.FAILED}))) == []


def test_a_model_is_found_by_the_name_that_was_sent_and_by_who_made_it(quick_world: World) -> None:
    [job] = begun(quick_world, 1, modelId="dall-e-3")

    for name in ("dall-e-3", "gpt-image-2"):
        assert ids(listed(quick_world, model_id=name)) == [job]


def test_jobs_are_listed_from_a_time_on_and_before_another(quick_world: World) -> None:
    world = quick_world
    found = begun(world, 5)
    at = [world.job(each).created_at for each in found]

    assert ids(listed(world, span=(at[3], at[1]))) == found[2:4]
    assert ids(listed(world, span=(at[1], ANY_TIME[1]))) == found[:2]
    assert ids(listed(world, span=(at[1], at[3]))) == []
    assert ids(listed(world, span=(-5, 10**20))) == found


def test_a_prompt_is_found_by_its_words_in_either_case_and_comes_if_asked_for(quick_world: World) -> None:
    world = quick_world
    [lamp], [boat] = begun(world, 1, prompt="A Ceramic LAMP, größer"), begun(world, 1, prompt="a boat")

    assert ids(listed(world, text="ceramic lamp")) == [lamp]
    assert ids(listed(world, text="GRÖSSER")) == [lamp]
    assert listed(world).requests == {}
    assert listed(world, text="boat").requests == {}
    told = listed(world, requests=True).requests
    assert {job: said.prompt for job, said in told.items()} == {lamp: "A Ceramic LAMP, größer", boat: "a boat"}


def test_an_erased_job_is_listed_without_its_prompt_and_found_by_no_word(quick_world: World) -> None:
    world = quick_world
    [job] = begun(world, 1, prompt="a secret lamp")
    world.run(job)
    world.eraser.ask(job, caller=ANN)

    for _ in ("asked", "swept"):
        page = listed(world, requests=True)
        assert (ids(page), page.requests, page.jobs[0].images) == ([job], {}, ())
        assert ids(listed(world, text="secret")) == []
        world.eraser.sweep(job)


def test_nobody_finds_the_jobs_of_another(quick_world: World) -> None:
    world = quick_world
    world.give(BOB)
    world.begin(BOB, prompt="a lamp of bob")
    [own] = begun(world, 1, prompt="a lamp of ann")

    assert ids(listed(world, text="lamp")) == [own]
    assert list(listed(world, requests=True).requests) == [own]


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_of_what_is_wanted_have_each_job_once_and_end(quick_world: World, limit: int) -> None:
    world = quick_world
    found = [begun(world, 1, prompt="a lamp" if number % 3 else "a boat")[0] for number in range(12)]
    wanted = [job for job in reversed(found) if world.store.requests([job])[job].prompt == "a lamp"]

    seen: list[str] = []
    cursor: str | None = None
    for _ in range(len(found) + 2):
        page = listed(world, limit=limit, cursor=cursor, text="lamp")
        assert len(page.jobs) <= limit
        seen += ids(page)
        cursor = page.cursor
        if cursor is None:
            break

    assert (seen, cursor) == (wanted, None)


def test_a_search_among_many_reads_a_bounded_number_and_leads_on(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = quick_world
    monkeypatch.setattr(listing, "LOOKED_AT", 2)
    [rare] = begun(world, 1, prompt="a boat")
    begun(world, 2 * listing.LOOKS_MAX)

    first = listed(world, text="boat")

    assert first.jobs == ()
    assert ids(listed(world, text="boat", cursor=first.cursor)) == [rare]


def test_a_cursor_of_another_owner_leads_nowhere_else(quick_world: World) -> None:
    world = quick_world
    world.give(BOB)
    begun(world, 3)
    cursor = listed(world, limit=1).cursor
    mine = world.begin(BOB).job.id

    page = world.status.list(caller=BOB, limit=50, cursor=cursor, wanted=Wanted())

    assert set(ids(page)) <= {mine}
    with pytest.raises(InvalidRequest):
        listed(world, cursor="bm9uc2Vuc2U=", text="lamp")


def test_a_list_shows_what_a_running_job_has_delivered(quick_world: World) -> None:
    world, seen = quick_world, []
    [job] = begun(world, 1, n=2)

    def look(order: Any) -> Any:
        seen.append(listed(world).jobs[0].images)
        return pictures(order)

    world.providers["openai"].script[:] = [only(1)]
    world.providers["openai_compatible"].script[:] = [look]
    world.run(job)

    assert [[image.slot for image in images] for images in seen] == [[0]]


def test_one_long_poll_hears_of_every_running_job(quick_world: World) -> None:
    world = quick_world
    first, second = begun(world, 2)
    for move in (lambda: world.run(second), lambda: world.run(first), lambda: begun(world, 1)):
        before = versions(listed(world))

        def moves_once(move: Callable[[], object] = move) -> None:
            world.clock.on_sleep = None
            move()

        def is_news(now: Page, before: list[tuple[str, int]] = before) -> bool:
            return versions(now) != before

        world.clock.on_sleep = moves_once

        page = world.watch_page(
            listed(world), lambda: listed(world), is_news=is_news, until=world.clock.now() + 20 * SECOND
        )

        assert versions(page) != before


def test_a_poll_without_news_ends_in_time_and_without_a_seat_at_once(quick_world: World) -> None:
    world, looks = quick_world, []

    def look() -> Page:
        looks.append(world.clock.now())
        return listed(world)

    begin = world.clock.now()
    world.watch_page(look(), look, is_news=lambda _: False, until=begin + 20 * SECOND)
    assert begin + 18 * SECOND < looks[-1] < begin + 20 * SECOND

    looks.clear()
    with world.waiting.seat(), world.waiting.seat():
        taken = world.watch_page.waiting
        with taken.seat(), taken.seat():
            world.watch_page(look(), look, is_news=lambda _: False, until=world.clock.now() + 20 * SECOND)
    assert len(looks) == 1


def test_what_a_batch_leaves_over_is_asked_for_again(quick_world: World) -> None:
    world = quick_world
    jobs = begun(world, 3)
    plain = world.dynamodb.batch_get_item

    class Sparing:
        """Hands out one row at a time."""

        def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's word
            [(table, asked)] = RequestItems.items()
            first, *rest = asked["Keys"]
            answer = plain(RequestItems={table: {"Keys": [first]}})
            return {**answer, "UnprocessedKeys": {table: {"Keys": rest}} if rest else {}}

    client: Any = Sparing()
    rows = Database(client, world.clock).batch("jobs", [(f"job#{job}", "request") for job in jobs])

    assert {row["pk"] for row in rows} == {f"job#{job}" for job in jobs}
