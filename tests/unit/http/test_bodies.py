"""Bodies: what is read as one, and what is refused before it is read whole."""

import gzip
import json
from types import SimpleNamespace

import pytest
from api import start

from tests.support.doors import LAMP, Asked, send, web_event

START = "/api/aiimage/start"


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_not_called_json_is_refused(asked: Asked, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    event = web_event("POST", START, body=json.dumps(LAMP).encode())
    event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    event["headers"] = headers

    answer = start.handler(event, SimpleNamespace())

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (415, "unsupported_media_type")
    assert asked.calls == []


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_however_it_is_called(asked: Asked, content_type: str) -> None:
    assert send(start, "POST", START, body=LAMP, headers={"Content-Type": content_type}).status == 202


def test_a_body_over_the_limit_is_told_the_limit_and_what_to_do(asked: Asked) -> None:
    answer = send(start, "POST", START, body=b" " * 4_400_001)

    assert (answer.status, answer.json["code"], answer.json["limitBytes"]) == (413, "payload_too_large", 4_400_000)
    assert "smaller" in answer.json["remedy"]
    assert asked.calls == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"prompt": "\xff"}'])
def test_a_body_that_is_no_json_object_is_refused(asked: Asked, raw: bytes) -> None:
    answer = send(start, "POST", START, body=raw)

    assert (answer.status, answer.json["code"]) == (400, "invalid_json")
    assert asked.calls == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, gzip", "x" * 5_000])
def test_a_packed_body_is_refused_with_the_remedy(asked: Asked, encoding: str) -> None:
    packed = gzip.compress(json.dumps(LAMP).encode())

    answer = send(start, "POST", START, body=packed, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert encoding[:40] in answer.json["detail"]
    assert "without that header" in answer.json["detail"]
    assert answer.headers["accept-encoding"] == "identity"
    assert asked.calls == []


def test_identity_is_no_packing(asked: Asked) -> None:
    assert send(start, "POST", START, body=LAMP, headers={"Content-Encoding": "identity"}).status == 202
