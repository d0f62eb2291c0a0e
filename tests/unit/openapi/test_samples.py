"""The code on the documentation page is code, and sends what the interface takes."""

import ast
import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from easel.openapi import samples
from tests.support.promises import document


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in document()["paths"].items():
        for method in methods:
            yield path, method


def sampled(path: str, method: str) -> dict[str, str]:
    return samples.samples(samples.request(document(), path, method))


EVERY = pytest.mark.parametrize(("path", "method"), list(operations()))


@EVERY
def test_curl_sends_the_example_where_the_interface_is(path: str, method: str) -> None:
    made = samples.request(document(), path, method)
    words = shlex.split(sampled(path, method)["curl"])

    assert words[0] == "curl"
    assert words[words.index("-X") + 1 :][:2] == [method.upper(), made.url]
    assert "{" not in made.url
    headers = [words[at + 1] for at, word in enumerate(words) if word == "-H"]
    assert ("Authorization: Bearer $EASEL_TOKEN" in headers) == made.signed
    sent = [json.loads(words[at + 1]) for at, word in enumerate(words) if word == "-d"]
    assert sent == ([] if made.json is None else [made.json])


@EVERY
def test_python_is_python_and_has_a_time_limit(path: str, method: str) -> None:
    code = ast.parse(sampled(path, method)["Python"])

    calls = [each for each in ast.walk(code) if isinstance(each, ast.Call)]
    [call] = [each for each in calls if ast.unparse(each.func) == f"requests.{method}"]
    named = {each.arg: each.value for each in call.keywords}
    assert "timeout" in named
    made = samples.request(document(), path, method)
    assert (ast.literal_eval(named["json"]) if "json" in named else None) == made.json


def test_what_must_be_sent_is_sent_and_what_changes_something_has_a_key() -> None:
    by_query = samples.request(document(), "/api/aiimage/status", "get")
    grant = samples.request(document(), "/api/credits/grants", "post")

    assert by_query.url.endswith("/api/aiimage/status?jobId=01m7vzt1pfxbywsyjm9mqt0f8y")
    assert grant.headers == {"Idempotency-Key": "order-17"}
    assert (grant.signed, grant.answers_json, grant.file) == (True, True, False)


def test_a_picture_is_saved_and_not_printed() -> None:
    shown = sampled("/api/aiimage/jobs/{jobId}/images/{i}", "get")

    assert all(("picture" in code and "json" not in code.splitlines()[-1]) for code in shown.values())


def test_an_apostrophe_stays_one_word_of_the_shell() -> None:
    said: Any = {"prompt": "the painter's lamp"}
    made = samples.SampleRequest(
        "POST", "https://images.example", {}, signed=False, json=said, file=False, answers_json=True
    )

    words = shlex.split(samples.samples(made)["curl"])

    assert json.loads(words[-1]) == said


def test_an_operation_that_lacks_examples_is_shown_all_the_same() -> None:
    told = {"parameters": [{"name": "id", "in": "path", "required": True}], "responses": {"200": {}}}
    told |= {"requestBody": {"content": {"application/json": {"schema": {}}}}}
    bare = {"servers": [{"url": "https://images.example"}], "paths": {"/x/{id}": {"post": told}}}

    made = samples.request(bare, "/x/{id}", "post")

    assert (made.url, made.json) == ("https://images.example/x/id", {})
