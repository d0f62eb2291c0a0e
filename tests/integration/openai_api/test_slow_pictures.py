"""Pictures slower than the gateway, answers larger than Lambda, and connections that break: paid once."""

import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from easel.openai_api.collect import HOPS_MAX
from easel.openai_api.kept_answers import INLINE_BYTES_MAX
from easel.providers.protocol import Made, Order
from tests.integration.openai_api.stage import SHOP, Shop, a_shop
from tests.support.fakes import png
from tests.support.gateway import Ask
from tests.support.world import BOB

LAMP: dict[str, Any] = {"model": "gpt-image-2", "prompt": "a lamp", "size": "1024x1024", "quality": "low"}


@pytest.fixture
def shop() -> Iterator[Shop]:
    with a_shop() as found:
        found.seconds = 60
        yield found


def large(order: Order) -> Made:
    noise = png(64, 64) + bytes(INLINE_BYTES_MAX)  # what follows a PNG's end is nobody's, and is kept as it came
    return Made(images=(noise,) * order.n, cost_micros=40_000, usage={}, request_id="r")


def test_a_picture_of_a_minute_is_followed_to_its_end(shop: Shop) -> None:
    made = shop.client().images.generate(**LAMP)

    assert made.data
    job = shop.job.id
    assert shop.served.paths() == [
        "POST /v1/images/generations",
        f"GET /v1/images/jobs/{job}?hop=1",
        f"GET /v1/images/jobs/{job}?hop=2",
    ]
    assert shop.paid() == (1, 1)


def test_an_edit_and_a_stream_are_followed_too(shop: Shop) -> None:
    made = shop.client().images.edit(image=[png(64, 64, "red"), png(64, 64, "blue")], prompt="join them")
    events = list(shop.client().images.edit(image=png(80, 80), prompt="red", stream=True))

    assert made.data
    assert [event.type for event in events] == ["image_edit.completed"]
    assert "as=edit_stream" in shop.served.paths()[-1]
    assert shop.paid() == (2, 2)


def test_who_does_not_follow_is_told_how(shop: Shop) -> None:
    answer = shop.post(LAMP)

    assert answer.status == 303
    assert answer.headers["location"] == f"jobs/{shop.job.id}?hop=1"  # relative: below whatever stage or domain
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["error"]["code"] == "still_generating"
    assert "-L" in answer.json["error"]["message"]


def test_the_last_hop_says_when_to_come_again_and_the_picture_is_found_then(shop: Shop) -> None:
    shop.seconds = 10_000
    with pytest.raises(openai.InternalServerError) as caught:
        shop.client(max_retries=0).images.generate(**LAMP)

    assert (caught.value.status_code, caught.value.code) == (503, "still_generating")
    assert caught.value.response.headers["retry-after"] == "5"
    assert shop.served.paths()[-1].endswith(f"hop={HOPS_MAX}")
    assert len(shop.served.asked) == HOPS_MAX + 1  # of 20 that clients follow, one is for a large answer

    shop.seconds = 0
    made = shop.client().images.generate(**LAMP)  # without a mark: nobody waits for what it left behind

    assert (made.model_extra or {})["easel"]["jobId"] == shop.job.id
    assert shop.paid() == (1, 1)


def test_without_a_seat_nobody_is_led_anywhere(shop: Shop) -> None:
    with shop.world.waiting.seat(), shop.world.waiting.seat():
        answer = shop.post(LAMP)
        again = shop.get(f"/v1/images/jobs/{shop.job.id}?hop=3")

    for each in (answer, again):
        assert (each.status, each.headers["retry-after"]) == (503, "10")
        assert each.json["error"]["code"] == "still_generating"
    assert shop.post(LAMP).headers["location"].startswith(f"jobs/{shop.job.id}?")


@pytest.mark.parametrize("hop", ["0", "19", "x", "", "-1", "1e3", "٣"])
def test_a_hop_that_is_no_number_is_refused(shop: Shop, hop: str) -> None:
    shop.post(LAMP)

    answer = shop.get(f"/v1/images/jobs/{shop.job.id}?hop={hop}".encode().decode("latin-1"))

    assert (answer.status, answer.json["error"]["param"]) == (400, "hop")


def test_another_owners_job_is_not_there(shop: Shop) -> None:
    job = shop.world.begin(BOB) if not shop.world.give(BOB) else None  # type: ignore[func-returns-value]
    assert job

    answer = shop.get(f"/v1/images/jobs/{job.job.id}?hop=1")

    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_a_large_answer_lies_behind_a_signed_link_that_no_key_is_sent_to(shop: Shop) -> None:
    shop.world.providers["openai"].script = [large]

    made = shop.client().images.generate(**LAMP, n=4)

    assert [len(image.b64_json or "") > INLINE_BYTES_MAX for image in made.data or []] == [True] * 4
    [key] = shop.keys("answers/")
    assert key == f"answers/{shop.job.id}.json"
    assert shop.paid() == (1, 1)


def test_a_large_answer_is_written_once_and_goes_with_its_job(shop: Shop) -> None:
    shop.world.s3.put_bucket_versioning(Bucket="assets", VersioningConfiguration={"Status": "Enabled"})
    shop.world.providers["openai"].script = [large]
    shop.client().images.generate(**LAMP)
    job = shop.job.id

    again = shop.get(f"/v1/images/jobs/{job}?hop=1")

    versions = shop.world.s3.list_object_versions(Bucket="assets", Prefix="answers/")["Versions"]
    assert (again.status, len(versions)) == (303, 1)
    shop.world.erase(job, caller=SHOP)
    assert shop.keys("answers/") == []


def test_an_answer_of_a_job_that_is_erased_meanwhile_is_not_left_behind(shop: Shop) -> None:
    shop.world.s3.put_bucket_versioning(Bucket="assets", VersioningConfiguration={"Status": "Enabled"})
    shop.world.providers["openai"].script = [large]
    shop.seconds = 0
    read = shop.world.assets.read

    def erased_while_read(key: str) -> bytes | None:
        shop.world.eraser.ask(shop.job.id, caller=SHOP)
        return read(key)

    shop.world.assets.read = erased_while_read  # type: ignore[method-assign]

    with pytest.raises(openai.APIStatusError) as caught:
        shop.client().images.generate(**LAMP)

    assert caught.value.status_code == 410
    assert shop.keys("answers/") == []


@pytest.mark.parametrize("cut", range(4))
def test_a_connection_cut_at_any_hop_costs_no_second_picture(shop: Shop, cut: int) -> None:
    shop.cut_after(cut)

    made = shop.client().images.generate(**LAMP)

    assert made.data
    assert shop.paid() == (1, 1)


def test_two_cuts_of_one_request_cost_no_second_picture(shop: Shop) -> None:
    shop.cut_after(0, 1)

    made = shop.client().images.generate(**LAMP)

    assert made.data
    assert shop.paid() == (1, 1)


def test_an_edit_that_is_cut_is_known_by_its_fields_and_images(shop: Shop) -> None:
    shop.cut_after(0)

    made = shop.client().images.edit(image=[png(64, 64, "red"), png(64, 64, "blue")], prompt="join them")

    assert made.data
    assert shop.paid() == (1, 1)


def test_equal_requests_one_after_the_other_are_different_pictures(shop: Shop) -> None:
    shop.seconds = 0
    client = shop.client()

    first, second = (client.images.generate(**LAMP) for _ in range(2))

    assert (first.model_extra or {})["easel"]["jobId"] != (second.model_extra or {})["easel"]["jobId"]
    assert shop.paid() == (2, 2)


def test_equal_requests_at_once_are_different_pictures_and_a_cut_one_is_paid_once(shop: Shop) -> None:
    shop.seconds = 0  # this stage answers one request after the other, and its clock moves for all of them
    shop.cut_after(1, 4)
    answers: list[Any] = []

    def ask() -> None:
        answers.append(shop.client(timeout=60.0).images.generate(**LAMP))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)

    assert len([answer for answer in answers if answer.data]) == 8
    assert shop.paid() == (8, 8)


def test_a_job_that_failed_is_taken_over_by_nobody(shop: Shop) -> None:
    shop.seconds = 0
    marked = {"x-stainless-retry-count": "1"}
    shop.script(*shop.refusals(1))
    assert shop.post(LAMP).status == 400

    again = shop.post(LAMP, **marked)

    assert again.status == 200
    assert len(shop.jobs) == 2


def test_a_door_that_died_before_the_job_was_written_leaves_a_key_that_begins_it(shop: Shop) -> None:
    shop.seconds = 0
    start, deaths = shop.world.start, iter([True])

    def dying(*args: Any, **how: Any) -> Any:
        if next(deaths, False):
            raise SystemError("the function is gone")
        return start(*args, **how)

    shop.world.start = dying  # type: ignore[assignment]
    shop.rewire()

    made = shop.client().images.generate(**LAMP)

    assert made.data
    assert shop.paid() == (1, 1)
    assert len(shop.tickets()) == 1


def test_a_door_that_died_after_the_job_began_leaves_it_to_the_repeat(shop: Shop) -> None:
    shop.seconds = 0
    collect, deaths = shop.world.collect, iter([True])

    def dying(*args: Any, **how: Any) -> Any:
        if next(deaths, False):
            raise SystemError("the function is gone")
        return collect(*args, **how)

    shop.world.collect = dying  # type: ignore[assignment]
    shop.rewire()

    made = shop.client().images.generate(**LAMP)

    assert made.data
    assert shop.paid() == (1, 1)


def test_of_two_repeats_at_once_one_takes_the_job_and_the_other_begins_its_own(shop: Shop) -> None:
    claims, now = shop.world.claims, shop.world.clock.now()
    first = claims.key(SHOP, "hash", repeats=0, until=now)
    rows = list(claims._left_behind(claims._partition(SHOP, "hash"), 1))

    taken = [claims._take(row, 1, now) for row in rows * 2]

    assert [row["jobKey"] for row in rows] == [first]
    assert taken == [True, False]


def test_a_repeat_of_somebody_else_takes_nothing(shop: Shop) -> None:
    now = shop.world.clock.now()
    first = shop.world.claims.key(SHOP, "hash", repeats=0, until=now)

    other = shop.world.claims.key(BOB, "hash", repeats=1, until=now)

    assert first != other


def test_what_was_left_behind_is_forgotten_after_a_quarter_of_an_hour(shop: Shop) -> None:
    claims = shop.world.claims
    first = claims.key(SHOP, "hash", repeats=0, until=shop.world.clock.now())

    shop.world.clock.forward(14 * 60)
    soon = claims.key(SHOP, "hash", repeats=1, until=shop.world.clock.now())
    shop.world.clock.forward(16 * 60)
    late = claims.key(SHOP, "hash", repeats=2, until=shop.world.clock.now())

    assert first == soon != late


def test_a_cut_is_a_request_that_the_door_carried_out(shop: Shop) -> None:
    shop.cut_after(0)

    shop.client().images.generate(**LAMP)

    counts = [ask.headers.get("x-stainless-retry-count") for ask in shop.served.asked if ask.method == "POST"]
    assert counts == ["0", "1"]
    assert isinstance(shop.served.asked[0], Ask)
