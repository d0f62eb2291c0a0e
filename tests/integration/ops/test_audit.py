"""Every movement of credits by hand is on the audit once, with who ordered it, whichever way the order came."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from api import credits

from easel.identity.audit_log import AuditEvent
from easel.identity.callers import caller_of_command
from ops import audit
from tests.support.doors import SHOP, invoke, send
from tests.support.operator import ANN_OF_OPERATIONS, DeployedWorld, Ran, easel
from tests.support.world import ANN, NOBODY, World


@pytest.fixture
def stage(world: World) -> Iterator[DeployedWorld]:
    made = DeployedWorld(world)
    with made.functions_answering():
        yield made


def order(stage: DeployedWorld, *words: str, code: int = 0) -> Ran:
    """What `easel credits WORDS` comes to."""
    ran = easel(stage, "credits", *words, "--stage", "dev", "--yes")
    assert ran.code == code, ran.err
    return ran


def moved(stage: DeployedWorld) -> list[tuple[str, str, str, str]]:
    """What the audit says of credits: the act, the amount, the key and who."""
    found = audit.acts(stage)  # type: ignore[arg-type]
    own = [act for act in found if act.act.startswith("credits ") and act.by != "test"]  # the world's own gift
    return [(act.act, act.facts["amount"], act.facts["key"], act.by) for act in own]


def test_an_order_of_an_operator_is_there_once_with_its_operator(stage: DeployedWorld) -> None:
    for _ in range(2):
        order(stage, "grant", ANN.owner, "--amount", "40", "--key", "invoice-17")

    assert moved(stage) == [("credits grant", "40", "invoice-17", ANN_OF_OPERATIONS)]


def test_an_order_by_an_api_key_is_there_with_the_key(stage: DeployedWorld) -> None:
    for _ in range(2):
        body = {"owner": ANN.owner, "amount": 40}
        answer = send(credits, "POST", "/api/credits/grants", body=body, caller=SHOP, headers={"Idempotency-Key": "p1"})
        assert answer.status == 201

    assert moved(stage) == [("credits grant", "40", "p1", "API key k1")]


def test_an_order_by_invoke_is_there_with_the_name_it_gave_or_the_word_that_it_gave_none(stage: DeployedWorld) -> None:
    command = {"command": "adjust", "owner": ANN.owner, "request": {"amount": -5}}

    invoke(credits, {**command, "idempotencyKey": "a1", "by": "payments-job"})
    invoke(credits, {**command, "idempotencyKey": "a2"})

    (_, amount, _, named), (_, _, _, unnamed) = moved(stage)
    assert (amount, named) == ("-5", "payments-job")
    assert unnamed.startswith("whoever may invoke")


def test_a_full_refund_is_there_with_its_amount_and_its_job(stage: DeployedWorld) -> None:
    job = stage.world.run(stage.world.begin().job.id)

    order(stage, "refund", ANN.owner, "--job", job.id, "--key", "r1")

    assert moved(stage) == [("credits refund", str(job.charged), "r1", ANN_OF_OPERATIONS)]
    found = [act for act in audit.acts(stage) if act.act == "credits refund"]  # type: ignore[arg-type]
    assert found[0].facts["job"] == job.id


def test_a_refund_of_a_job_that_has_nothing_left_says_so(stage: DeployedWorld) -> None:
    job = stage.world.run(stage.world.begin().job.id)
    order(stage, "refund", ANN.owner, "--job", job.id, "--key", "r1")

    ran = order(stage, "refund", ANN.owner, "--job", job.id, "--key", "r2", code=1)

    assert "nothing of this job to give back: all 6 credits are refunded" in ran.err


def test_what_easel_gives_by_itself_is_nobodys_doing(stage: DeployedWorld) -> None:
    stage.world.allowing(welcome_credits=20)
    stage.world.begin()

    assert moved(stage) == []


def test_a_row_that_an_earlier_release_wrote_beside_a_movement_is_told_with_it_once(stage: DeployedWorld) -> None:
    invoke(credits, {"command": "grant", "owner": ANN.owner, "request": {"amount": 9}, "idempotencyKey": "old"})
    facts = {"key": "old", "amount": "9"}
    beside = AuditEvent(at=stage.world.clock.now(), by="arn:bob", act="credits grant", what=ANN.owner, facts=facts)
    audit.commit(stage, beside)  # type: ignore[arg-type]

    assert moved(stage) == [("credits grant", "9", "old", "arn:bob")]


def test_pauses_and_keys_are_on_the_same_trail_by_time(stage: DeployedWorld) -> None:
    early = AuditEvent(at=1, by="arn:bob", act="spending paused", what="stage", facts={})
    audit.commit(stage, early)  # type: ignore[arg-type]
    order(stage, "grant", ANN.owner, "--amount", "1", "--key", "k")

    first, *_ = audit.acts(stage)  # type: ignore[arg-type]
    assert first.act == "spending paused"


@pytest.mark.parametrize("amount", ["0", "-1", "x"])
@pytest.mark.parametrize("command", ["grant", "refund"])
def test_nothing_and_less_is_no_amount(stage: DeployedWorld, command: str, amount: str) -> None:
    more = ["--job", "j"] if command == "refund" else []
    ran = order(stage, command, ANN.owner, "--amount", amount, "--key", "k", *more, code=2)

    assert "--amount" in ran.err
    assert moved(stage) == []


def test_a_gift_may_be_promotional(stage: DeployedWorld) -> None:
    order(stage, "grant", ANN.owner, "--amount", "7", "--key", "k", "--kind", "promotional", "--priority", "0")

    given = stage.world.accounts.balance(ANN.owner).grants[0]
    assert (given.kind, given.priority, given.amount) == ("promotional", 0, 7)


def test_credits_for_people_of_an_issuer_that_the_stage_does_not_know_are_refused(stage: DeployedWorld) -> None:
    ran = order(stage, "grant", "user:locl:ann", "--amount", "7", "--key", "k", code=1)

    assert "no tokens of an issuer called 'locl'; its issuers: local" in ran.err
    assert moved(stage) == []


def test_every_erasing_is_there_by_time_with_who_asked_for_it(stage: DeployedWorld) -> None:
    world = stage.world.allowing(anonymous_daily_credits=100)
    job = world.run(world.begin().job.id)
    theirs = world.begin(NOBODY)
    world.forget(caller=replace(SHOP, owner=ANN.owner))
    world.clock.forward(1)
    world.forget.take_back(caller=ANN)
    world.clock.forward(1)
    world.erase(job.id, caller=caller_of_command(ANN.owner))
    world.clock.forward(1)
    world.erase(theirs.job.id, caller=replace(NOBODY, job_token=theirs.job_token or ""))

    found = [act for act in audit.acts(stage) if not act.act.startswith("credits")]  # type: ignore[arg-type]

    said = [(act.act, act.what, act.by.partition(" (")[0]) for act in found]
    assert said == [
        ("erasure asked", ANN.owner, "API key k1"),
        ("erasure taken back", ANN.owner, ANN.owner),
        ("job erased", job.id, "whoever may invoke `start`"),
        ("job erased", theirs.job.id, "whoever had the job's token"),
    ]
