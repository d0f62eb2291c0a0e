"""The challenge that strangers solve, where the operator asks for one."""

import json
from urllib.parse import parse_qs

import pytest
from api import generate

from easel.errors import Busy, Unauthenticated
from easel.limits.turnstile import Turnstile
from easel.outbound.http import Unreachable
from tests.support.doors import LAMP, STRANGER, Asked, a_done_job, send


class Cloudflare:
    """Answers as siteverify does, or not at all."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.forms: list[dict[str, list[str]]] = []

    def __call__(self, url: str, form: bytes) -> bytes:
        self.forms.append(parse_qs(form.decode()))
        if self.answer is None:
            raise Unreachable(url)
        return self.answer


def turnstile(cloudflare: Cloudflare) -> Turnstile:
    return Turnstile(secret=lambda: b"key", post=cloudflare)


def test_a_solved_challenge_lets_a_stranger_pass() -> None:
    cloudflare = Cloudflare(json.dumps({"success": True}).encode())

    turnstile(cloudflare)("token", "192.0.2.1")

    assert cloudflare.forms == [{"secret": ["key"], "response": ["token"], "remoteip": ["192.0.2.1"]}]


@pytest.mark.parametrize("answer", [b'{"success": false}', b'{"success": "true"}', b"{}", b"[]"])
def test_a_token_that_does_not_hold_is_refused(answer: bytes) -> None:
    with pytest.raises(Unauthenticated):
        turnstile(Cloudflare(answer))("token", "192.0.2.1")


@pytest.mark.parametrize("token", [None, "", "x" * 2049])
def test_without_a_token_nobody_is_asked(token: str | None) -> None:
    cloudflare = Cloudflare(b"{}")

    with pytest.raises(Unauthenticated, match="Easel-Turnstile"):
        turnstile(cloudflare)(token, "192.0.2.1")
    assert cloudflare.forms == []


@pytest.mark.parametrize("answer", [None, b"<html>"])
def test_when_nobody_can_tell_strangers_wait(answer: bytes | None) -> None:
    with pytest.raises(Busy):
        turnstile(Cloudflare(answer))("token", "192.0.2.1")


def test_only_strangers_are_asked(asked: Asked) -> None:
    asked.job = a_done_job()

    send(generate, "POST", "/api/generate-images", body=LAMP)
    assert asked.shown == []
    send(generate, "POST", "/api/generate-images", body=LAMP, caller=STRANGER, headers={"Easel-Turnstile": "t"})
    assert asked.shown == [("t", "192.0.2.1")]
