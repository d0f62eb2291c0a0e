"""Words and scores that are not let through, and the endpoint asked in time."""

import socket
import threading
import time
from typing import Any

import pytest
from pydantic import ValidationError

from easel.moderation import endpoint
from easel.moderation import policy as moderation_policy
from easel.outbound.http import Unreachable


def found(words: list[str], text: str) -> bool:
    return bool(moderation_policy.refused_words(moderation_policy.load({"words": words}), text))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("lamp", "a LAMP."),
        ("red lamp", "a red,\n lamp"),
        ("self-harm", "Self harm"),
        ("evil*", "the evilest"),
        ("*evil", "medievil"),
        ("*evil*", "unevilly"),
        ("straße", "STRASSE"),
        ("lamp", "l\u200bamp"),
        ("lamp", "ｌａｍｐ"),
        ("灯", "一 灯 二"),
    ],
)
def test_a_word_is_found_whatever_it_is_dressed_in(word: str, text: str) -> None:
    assert found([word], text)


@pytest.mark.parametrize(
    ("word", "text"),
    [("lamp", "lamps"), ("evil*", "medieval"), ("red lamp", "red hot lamp"), ("red lamp", "red"), ("lamp", "")],
)
def test_other_words_are_left_alone(word: str, text: str) -> None:
    assert not found([word], text)


def test_a_thousand_words_against_the_longest_prompt_take_no_time() -> None:
    words = [f"w{number} x*" for number in range(900)] + [f"*y{number}*" for number in range(5)]
    began = time.process_time()

    assert not found(words, "w1 " * 10_000)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "changes", [{"words": ["*"]}, {"words": [""]}, {"openai": "yes!"}, {"word": []}, {"signed_in": "ajar"}]
)
def test_a_policy_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        moderation_policy.load(changes)


def test_a_category_is_refused_from_its_threshold_on() -> None:
    policy = moderation_policy.load({"thresholds": {"violence": 0.5}})

    assert moderation_policy.refused_scores(policy, {"violence": 0.5, "sexual": 1.0}) == ("violence",)
    assert moderation_policy.refused_scores(policy, {"violence": 0.49}) == ()
    assert moderation_policy.refused_scores(policy, {}) == ()


def test_an_endpoint_that_drips_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\n" * 100:
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Unreachable):
            endpoint.request_scores("a lamp", base_url=f"http://127.0.0.1:{port}/v1", model="m", key="k", seconds=0.5)
        assert time.monotonic() - began < 2
