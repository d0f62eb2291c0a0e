"""How many forms for uploads an owner is given, so that nobody who signed in can fill the bucket."""

import random
from typing import Any

import pytest

from easel.errors import RateLimited
from easel.identity.callers import Caller
from easel.policy import Policy
from easel.submission.uploads import UploadRequest
from tests.simulation.concurrent_calls import mix
from tests.simulation.stage import Setting, Stage
from tests.support.world import ANN, BOB, World

PNG = UploadRequest.model_validate({"mimeType": "image/png"})
SHOP = Caller(owner="service:shop", scopes=ANN.scopes, account="shop", key_id="k1")


def ask(world: World, times: int, caller: Caller = ANN) -> None:
    for _ in range(times):
        world.uploads(PNG, caller=caller)


def test_an_owner_is_given_so_many_forms_an_hour_and_told_when_there_are_more(world: World) -> None:
    world.allowing(owner_uploads_per_hour=2)
    world.clock.forward(20 * 60)
    ask(world, 2)

    with pytest.raises(RateLimited, match="2 forms for uploads") as refusal:
        ask(world, 1)

    assert refusal.value.retry_after_seconds == 40 * 60
    world.clock.forward(40 * 60)
    ask(world, 2)


def test_one_owners_forms_are_not_anothers(world: World) -> None:
    world.allowing(owner_uploads_per_hour=1)
    ask(world, 1)

    ask(world, 1, BOB)


def test_a_service_has_a_limit_of_its_own_and_whom_it_acts_for_has_a_persons(world: World) -> None:
    world.allowing(owner_uploads_per_hour=1, service_uploads_per_hour=2)
    ask(world, 2, SHOP)

    with pytest.raises(RateLimited):
        ask(world, 1, SHOP)
    ask(world, 1, Caller(owner=ANN.owner, scopes=ANN.scopes, account="shop", key_id="k1"))
    with pytest.raises(RateLimited):
        ask(world, 1)


def test_forms_and_starts_are_counted_apart(world: World) -> None:
    world.allowing(owner_per_minute=1, owner_uploads_per_hour=1)
    ask(world, 1)

    world.begin()


@pytest.mark.parametrize("lot", range(20))
def test_of_many_who_ask_at_once_exactly_as_many_as_allowed_are_given_a_form(lot: int) -> None:
    stage = Stage(Setting(policy=Policy(owner_uploads_per_hour=3)))

    def upload(_payload: dict[str, Any]) -> str:
        return stage.world.uploads(PNG, caller=ANN).id

    stage.region.functions["upload"] = upload
    asking = [stage.region.spawn("upload", {}) for _ in range(6)]

    mix(stage.region, asking, random.Random(lot))  # noqa: S311 - the same lot every time

    assert len({actor.answer for actor in asking if actor.answer}) == 3
    assert [type(actor.error) for actor in asking if actor.error] == [RateLimited] * 3
