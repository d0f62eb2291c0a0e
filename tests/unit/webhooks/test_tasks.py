"""The functions `deliver` and `post`, as Lambda calls them."""

from types import SimpleNamespace
from typing import Any

import pytest
from tasks import deliver, post

from easel.outbound.guarded_post import Posted
from easel.outbound.urls import FetchFailed
from easel.wiring import webhooks

CONTEXT: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 90_000)
ASKED = {"url": "https://shop.example/", "headers": {"webhook-id": "msg_1"}, "body": '{"é":1}'}


def test_what_a_server_answers_is_handed_on_short(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    def posting(url: str, body: bytes, headers: Any) -> Posted:
        sent.append((url, body, headers))
        return Posted(503, b"\xff" * 5_000, "7" * 500)

    monkeypatch.setattr(post, "post", posting)

    answer = post.handler(dict(ASKED), CONTEXT)

    assert sent == [("https://shop.example/", '{"é":1}'.encode(), {"webhook-id": "msg_1"})]
    assert (answer["status"], len(answer["answer"]), answer["retryAfter"]) == (503, 1_024, "7" * 64)


def test_where_there_was_no_answer_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Posted:
        raise FetchFailed("the address leads to a network that is not public")

    monkeypatch.setattr(post, "post", failing)

    answer = post.handler(dict(ASKED), CONTEXT)

    assert answer["reason"] == "the address leads to a network that is not public"
    assert "status" not in answer


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ({"jobId": "job1"}, {"delivered": "job1"}),
        ({"delivery": {"owner": "o", "endpoint": "e", "id": "d"}}, {"pending": ("o", "e", "d")}),
        ({}, {"looked": True}),
        ({"secretOf": {"owner": "o", "endpoint": "e", "version": 2}}, {"secret": "whsec_of o e 2"}),
    ],
)
def test_each_event_leads_to_its_part(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any], answer: dict[str, Any]
) -> None:
    def secret_of(_: object, *, owner: str, endpoint: str, version: int) -> str:
        return f"whsec_of {owner} {endpoint} {version}"

    use = SimpleNamespace(job=lambda name, *, until: name, one=lambda *named: named, due=lambda *, until: until > 0)
    monkeypatch.setattr(deliver, "_deliver", lambda: use)
    monkeypatch.setattr(deliver, "_settings", lambda: None)
    monkeypatch.setattr(webhooks, "secret_of", secret_of)

    assert deliver.handler(event, CONTEXT) == answer
