"""An owner's request to be erased: there is time to take it back, and who asked is on the audit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from easel.aws.dynamodb import Database
from easel.errors import NotFound, Unauthenticated
from easel.identity.audit_log import AuditEvent, AuditLog
from easel.identity.callers import Caller, caller_of_command
from easel.maintenance.erasure_store import ErasureStore
from easel.maintenance.request_erasure import RequestErasure
from tests.support.fakes import png
from tests.support.world import ANN, BOB, NOBODY, PAYMENTS, World

DAY = 86_400
GRACE = 3 * DAY
BY_KEY = replace(PAYMENTS, owner=ANN.owner)  # a service's key on behalf of Ann


@pytest.fixture
def asked(world: World) -> World:
    """Ann has a job and an upload, and a key asked for all to be erased."""
    world.run(world.begin(references=[{"uploadId": world.upload(png())}]).job.id)
    world.forget(caller=BY_KEY)
    return world


def acts(world: World) -> list[AuditEvent]:
    return list(AuditLog(world.dynamodb, "jobs").acts())


def the_job(world: World) -> str:
    return world.status.list(caller=ANN, limit=1, cursor=None).jobs[0].id


def after(world: World, seconds: int) -> None:
    """Time passes, and then the schedule runs for some minutes."""
    world.clock.forward(seconds)
    world.reconciled(300)


def test_nothing_is_erased_before_it_is_final_and_all_is_afterwards(asked: World) -> None:
    after(asked, GRACE - 400)
    assert asked.status.read(the_job(asked), caller=ANN).request

    after(asked, 400)

    assert asked.job(the_job(asked)).swept


def test_the_answer_says_when_it_becomes_final(world: World) -> None:
    request = world.forget(caller=ANN)

    assert request.final_at == world.clock.now() + GRACE * 1000
    assert world.forget.scheduled(caller=ANN) == request.model_copy(update={"version": 1})
    assert world.forget.scheduled(caller=BOB) is None


def test_what_is_taken_back_in_time_is_never_erased(asked: World) -> None:
    asked.clock.forward(GRACE - 1)
    asked.forget.take_back(caller=ANN)

    after(asked, 2 * GRACE)

    assert not asked.job(the_job(asked)).erased
    assert asked.forget.scheduled(caller=ANN) is None
    asked.forget.take_back(caller=ANN)  # nothing to take back is nothing wrong


def test_what_is_final_is_not_taken_back(asked: World) -> None:
    asked.clock.forward(GRACE)
    with pytest.raises(NotFound, match="final"):
        asked.forget.take_back(caller=ANN)

    asked.forgetting(until=asked.clock.now() + 50_000)

    with pytest.raises(NotFound, match="final"):
        asked.forget.take_back(caller=ANN)
    assert asked.job(the_job(asked)).erased


def test_another_owner_takes_nothing_back(asked: World) -> None:
    asked.forget.take_back(caller=BOB)

    after(asked, GRACE)

    assert asked.job(the_job(asked)).swept


def test_a_request_after_one_that_was_taken_back_is_carried_out(asked: World) -> None:
    asked.forget.take_back(caller=ANN)
    asked.forget(caller=ANN)

    after(asked, GRACE)

    assert asked.job(the_job(asked)).swept


def test_a_request_that_is_repeated_waits_anew_and_takes_what_came_between(asked: World) -> None:
    asked.clock.forward(DAY)
    between = asked.run(asked.begin().job.id).id
    asked.forget(caller=ANN)

    after(asked, GRACE - 400)
    assert not asked.job(between).erased
    after(asked, 400)

    assert asked.job(between).swept


def test_a_request_while_another_is_carried_out_has_its_own_time_and_stops_nothing(asked: World) -> None:
    first = the_job(asked)
    asked.clock.forward(GRACE)
    asked.forgetting(until=asked.clock.now() + 50_000)  # has begun, and rests
    later = asked.run(asked.begin().job.id).id
    asked.forget(caller=ANN)

    asked.reconciled(300)
    assert (asked.job(first).swept, asked.job(later).erased) == (True, False)
    after(asked, GRACE)

    assert asked.job(later).swept
    assert "erasure#" not in str(asked.dynamodb.scan(TableName="jobs")["Items"])


def test_a_take_back_that_meets_the_schedule_wins_whole_or_loses_whole(asked: World) -> None:
    """The schedule has read the request as due by a clock that runs ahead; its owner takes it back before it writes."""
    store = ErasureStore(asked.database, "jobs")
    ahead = asked.clock.now() + (GRACE + 60) * 1000
    due = store.due

    def read_then_taken_back(**how: Any) -> Any:
        found = due(now=ahead, limit=how["limit"])
        asked.forget.take_back(caller=ANN)
        return found

    object.__setattr__(store, "due", read_then_taken_back)
    object.__setattr__(asked.forgetting, "erasures", store)

    assert asked.forgetting(until=asked.clock.now() + 50_000) == 0
    assert not asked.job(the_job(asked)).erased


class LosesReplies(Database):
    """Writes, and says that nobody answered."""

    def commit(self, *how: Any, **named: Any) -> bool:
        super().commit(*how, **named)
        return False


def test_a_lost_reply_is_one_request_and_one_row_on_the_audit(world: World) -> None:
    store = ErasureStore(LosesReplies(world.dynamodb, world.clock), "jobs")
    forget = RequestErasure(store, world.clock, lambda: b"secret", grace_seconds=GRACE)

    forget(caller=ANN)
    assert [act.act for act in acts(world)] == ["erasure asked"]
    world.clock.forward(1)
    forget.take_back(caller=ANN)

    assert [act.act for act in acts(world)] == ["erasure asked", "erasure taken back"]
    assert world.forget.scheduled(caller=ANN) is None


def test_the_audit_says_who_asked_when_for_whom_and_who_took_it_back(asked: World) -> None:
    at = asked.clock.now()
    asked.clock.forward(60)
    asked.forget.take_back(caller=ANN)

    begun, ended = acts(asked)
    assert (begun.at, begun.act, begun.what, begun.by) == (at, "erasure asked", ANN.owner, "key:k1")
    assert begun.facts["finalAt"] > begun.facts["askedAt"]
    assert (ended.act, ended.what, ended.by) == ("erasure taken back", ANN.owner, ANN.owner)


@pytest.mark.parametrize(
    ("caller", "by"),
    [(ANN, ANN.owner), (BY_KEY, "key:k1"), (caller_of_command(ANN.owner, by="command:arn:ann"), "command:arn:ann")],
)
def test_one_erased_job_is_on_the_audit_with_who_asked(world: World, caller: Caller, by: str) -> None:
    job = world.run(world.begin().job.id)
    for _ in range(2):
        world.erase(job.id, caller=caller)

    (act,) = acts(world)
    assert (act.act, act.what, act.by, act.facts) == ("job erased", job.id, by, {"owner": ANN.owner})
    assert world.job(job.id).erased_by == by


def test_a_tombstone_says_who_wanted_its_owner_erased(asked: World) -> None:
    after(asked, GRACE)

    assert asked.job(the_job(asked)).erased_by == "key:k1"


@pytest.mark.parametrize("act", [lambda world: world.forget, lambda world: world.forget.take_back])
def test_nobody_has_no_data(world: World, act: Callable[[World], Any]) -> None:
    with pytest.raises(Unauthenticated):
        act(world)(caller=NOBODY)


@pytest.mark.parametrize(("caller", "name"), [(ANN, ANN.owner), (BY_KEY, "key:k1")])
def test_a_job_keeps_who_started_it(world: World, caller: Caller, name: str) -> None:
    assert world.job(world.begin(caller).job.id).started_by == name
