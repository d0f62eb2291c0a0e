"""Operators stop spending and start it again, and it is written down who did."""

from typing import Any

import pytest

from easel.errors import SpendingPaused
from ops import pause
from ops.audit import trail_of
from ops.deployed import Deployed
from tests.support.world import World


class Stage(Deployed):
    """A stage of which only the tables are there."""

    def __init__(self, world: World) -> None:
        clients = {"dynamodb": world.dynamodb, "sts": self}
        super().__init__("test", lambda service: clients[service])

    def setting(self, function: str, variable: str) -> str:
        return variable.removesuffix("_TABLE").lower()

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Arn": "arn:aws:iam::123456789012:user/olga"}


def test_on_stops_new_jobs_and_off_lets_them_in_again(world: World) -> None:
    stage = Stage(world)
    pause.turn(stage, on=True, reason="a key leaked")
    assert pause.show(stage) == "spending is paused, by arn:aws:iam::123456789012:user/olga a key leaked"

    with pytest.raises(SpendingPaused):
        world.begin()
    pause.turn(stage, on=False, reason="")
    world.clock.forward(2)

    assert world.begin().job.held == 6


def test_who_paused_and_why_stays_on_the_trail(world: World) -> None:
    stage = Stage(world)
    pause.turn(stage, on=True, reason="a key leaked")
    pause.turn(stage, on=False, reason="")

    acts = [(act.act, act.by.rpartition("/")[2], act.facts) for act in trail_of(stage).acts()]

    assert sorted(acts) == [("spending paused", "olga", {"reason": "a key leaked"}), ("spending resumed", "olga", {})]


def test_a_stage_that_was_never_paused_says_so(world: World) -> None:
    assert pause.show(Stage(world)) == "spending is allowed; it was never paused"
