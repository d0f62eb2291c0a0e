"""The routes about webhooks, from the door to the rows."""

from typing import Any

import pytest
from api import start

from easel.identity.callers import Caller
from tests.support.doors import ANN, NOBODY, Answer, a_gate, send
from tests.support.receiver import URL
from tests.support.world import World
from tests.support.world_doors import open_doors

ALL = "/api/webhooks"
BOB = Caller(owner="user:local:bob", scopes=ANN.scopes)
READER = Caller(owner="service:shop", scopes=frozenset({"read"}), account="shop", key_id="k1")


@pytest.fixture(autouse=True)
def _doors(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start.door, "deps", start.door.deps)
    open_doors(quick_world, a_gate(quick_world.clock))


def ask(world: World, method: str, path: str, **options: Any) -> Answer:
    return send(start, method, path, now=world.clock.now(), **{"caller": ANN, **options})


@pytest.fixture
def made(quick_world: World) -> Any:
    answer = ask(quick_world, "POST", ALL, body={"url": URL})
    assert answer.status == 201
    quick_world.clock.forward(1)
    return answer.json


def test_a_webhook_is_made_and_its_secret_is_shown_once(quick_world: World, made: Any) -> None:
    one = f"{ALL}/{made['webhookId']}"

    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["job.succeeded", "job.failed", "job.canceled"]
    shown = [ask(quick_world, "GET", path).text for path in (ALL, one, f"{one}/deliveries")]
    assert not [text for text in shown if "whsec_" in text]
    assert [each["webhookId"] for each in ask(quick_world, "GET", ALL).json["webhooks"]] == [
        made["webhookId"],
        "default",
    ]


def test_a_webhook_is_changed_and_deleted(quick_world: World, made: Any) -> None:
    one = f"{ALL}/{made['webhookId']}"

    changed = ask(quick_world, "PATCH", one, body={"events": ["job.failed"], "enabled": False})
    assert (changed.status, changed.json["events"], changed.json["enabled"]) == (200, ["job.failed"], False)
    assert ask(quick_world, "DELETE", one).status == 204
    assert ask(quick_world, "GET", one).status == 404


def test_a_secret_is_changed_by_half_or_at_once(quick_world: World, made: Any) -> None:
    one = f"{ALL}/{made['webhookId']}"

    first = ask(quick_world, "POST", f"{one}/rotate").json
    second = ask(quick_world, "POST", f"{one}/rotate", query={"now": "true"}).json

    assert len({made["secret"], first["secret"], second["secret"]}) == 3
    assert "olderSecretUntil" in first
    assert "olderSecretUntil" not in second


def test_what_was_delivered_is_shown_and_made_again(quick_world: World, made: Any) -> None:
    one = f"{ALL}/{made['webhookId']}"
    job = quick_world.run(quick_world.begin().job.id)
    quick_world.deliver_now(job.id)

    (found,) = ask(quick_world, "GET", f"{one}/deliveries", query={"limit": "5"}).json["deliveries"]
    assert (found["jobId"], found["state"], found["tries"][0]["status"]) == (job.id, "delivered", 204)
    again = ask(quick_world, "POST", f"{one}/deliveries/{found['deliveryId']}/redeliver")
    assert (again.status, again.json["state"], again.json["messageId"]) == (202, "pending", found["messageId"])
    assert ask(quick_world, "POST", f"{one}/test").json["type"] == "webhook.test"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://hooks.shop.example/"}, "url"),
        ({"url": "https://hooks.shop.example/#a"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": URL, "events": ["job.started"]}, "events[0]"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({"url": URL, "description": "x" * 257}, "description"),
        ({}, "url"),
    ],
)
def test_a_wrong_field_is_named(quick_world: World, body: dict[str, Any], field: str) -> None:
    answer = ask(quick_world, "POST", ALL, body=body)

    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert [each["field"] for each in answer.json["errors"]] == [field]


def test_another_owner_is_answered_as_if_it_were_not_there(quick_world: World, made: Any) -> None:
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/rotate"), ("POST", "/test")):
        foreign = ask(quick_world, method, f"{ALL}/{made['webhookId']}{rest}", caller=BOB)
        absent = ask(quick_world, method, f"{ALL}/{'0' * 26}{rest}", caller=BOB)
        assert (foreign.status, foreign.text) == (404, absent.text)


def test_who_has_not_signed_in_is_told_to(quick_world: World) -> None:
    assert ask(quick_world, "POST", ALL, body={"url": URL}, caller=NOBODY).status == 401
    assert ask(quick_world, "GET", ALL, caller=NOBODY).status == 401


def test_a_key_that_may_only_read_changes_nothing(quick_world: World) -> None:
    assert ask(quick_world, "POST", ALL, body={"url": URL}, caller=READER).status == 403
    assert ask(quick_world, "GET", ALL, caller=READER).status == 200
