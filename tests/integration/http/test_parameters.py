"""The document and the doors, held against each other: what is promised has an effect, and nothing else has."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from api import credits, generate, meta, session, start, status
from fastapi.routing import APIRoute

from easel.http import parameters
from easel.openapi import document
from tests.support import promises
from tests.support.doors import ANN, LAMP, NOBODY, SHOP, STRANGER, Asked, a_done_job, send

FUNCTIONS = Path(meta.__file__).parents[1]
DOORS: tuple[ModuleType, ...] = (generate, start, status, credits, session, meta)
DOCUMENT = promises.document()
GIFT = {"owner": "user:local:ann", "amount": 1}
BODIES: dict[str, Any] = {
    "/api/aiimage/uploads": {"mimeType": "image/png"},
    "/api/aiimage/jobs/{jobId}": {"starred": True},
    "/api/aiimage/jobs/{jobId}/shares": {"seconds": 60},
    "/api/webhooks": {"url": "https://hooks.shop.example/easel"},
    "/api/webhooks/{webhookId}": {"enabled": False},
    "/api/credits/grants": GIFT,
    "/api/credits/adjustments": GIFT,
    "/api/credits/refunds": {"owner": "user:local:ann", "jobId": "job1"},
}


class Operation(NamedTuple):
    door: ModuleType
    method: str
    path: str
    promised: dict[str, Any]

    @property
    def declared(self) -> set[tuple[str, str]]:
        """The headers and query parameters that it promises to read, credentials among them."""
        schemes = DOCUMENT["components"]["securitySchemes"]
        named = [schemes[name] for each in self.promised.get("security", ()) for name in each]
        found = [*self.promised.get("parameters", ()), *(each for each in named if each["type"] == "apiKey")]
        return {(each["in"], each["name"]) for each in found if each["in"] in {"header", "query"}}


def operations() -> Iterator[Operation]:
    for door in DOORS:
        for route in door.app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in sorted(route.methods or ()):
                    path = route.path_format
                    yield Operation(door, method, path, DOCUMENT["paths"][path][method.lower()])


OPERATIONS = list(operations())
NAMED = [f"{each.method} {each.path}" for each in OPERATIONS]
PROBES: dict[tuple[str, str], str] = {
    ("header", "Idempotency-Key"): "another",
    ("header", "Easel-Owner"): "nobody of ours",
    ("header", "Prefer"): "wait=3",
    ("header", "Easel-Turnstile"): "a token",
    ("header", "If-None-Match"): "the tag",
    ("header", "Easel-Job-Token"): "a token",
    ("query", "jobToken"): "a token",
    ("query", "jobId"): "job2",
    ("query", "wait"): "5",
    ("query", "limit"): "7",
    ("query", "cursor"): "17",
    ("query", "download"): "lamp.png",
    ("query", "now"): "true",
    ("query", "token"): "another token",
    ("query", "include"): "request",
    ("query", "status"): "queued,running",
    ("query", "featureId"): "ai-baby-image",
    ("query", "modelId"): "gpt-image-2",
    ("query", "text"): "lamp",
    ("query", "starred"): "true",
    ("query", "createdAfter"): "2026-11-01T00:00:00Z",
    ("query", "createdBefore"): "2026-12-01T00:00:00+02:00",
}
# What reads a request past FastAPI's parameters, and why the document need not name it, or does so elsewhere.
READERS = {
    ("api/session.py", "_bearer", "headers"),  # the token of the scheme `bearer`
    ("easel/http/parameters.py", "json_of", "headers"),  # Content-Type, which `requestBody` names
    ("easel/http/static_files.py", "file", "headers"),  # of the page, which is not part of the interface
}


def sent_by(operation: Operation) -> Any:
    """A caller that gets as far as the operation's parameters can be read."""
    if operation.door is meta:
        return None
    if operation.path == "/api/generate-images":
        return STRANGER
    return SHOP if operation.door is credits else ANN


def outcome(operation: Operation, asked: Asked, *more: tuple[str, str, str]) -> Any:
    """All that a caller and the use cases see of one request, with these headers and query parameters."""
    asked.calls.clear()
    asked.shown.clear()
    parts = {
        "header": {"Idempotency-Key": "key-1", "Authorization": "Bearer a.b.c"},
        "query": {"jobId": "job1", "token": "a token"},
    }
    for place, name, value in more:
        parts[place][name] = value
    answer = send(
        operation.door,
        operation.method,
        operation.path.replace("{jobId}", "job1").replace("{i}", "0").replace("{shareId}", "s1"),
        caller=sent_by(operation),
        body=BODIES.get(operation.path, LAMP) if "requestBody" in operation.promised else None,
        headers=parts["header"],
        query=parts["query"],
    )
    assert answer.status < 500, answer.text
    return answer.status, dict(answer.headers), answer.text, list(asked.calls), list(asked.shown)


def movements(asked: Asked) -> Any:
    """The doors' use cases, with all three that move credits."""

    def refund(ask: Any, **how: Any) -> Any:
        return asked.grant(ask.model_copy(update={"amount": 1}), **how)

    use = asked.deps()
    use.accounts = SimpleNamespace(**{**vars(use.accounts), "adjust": asked.grant})
    use.refund = refund
    return use


@pytest.fixture
def doors(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked.job = a_done_job()
    monkeypatch.setattr(credits.door, "deps", lambda: movements(asked))
    return asked


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMED)
def test_what_is_sent_has_an_effect_just_where_the_document_promises_one(doors: Asked, operation: Operation) -> None:
    plain = outcome(operation, doors)
    tag = plain[1].get("etag", "the tag")

    effective = {
        (place, name)
        for (place, name), value in PROBES.items()
        if outcome(operation, doors, (place, name, tag if name == "If-None-Match" else value)) != plain
    }

    assert effective == operation.declared


def test_every_header_and_query_parameter_of_the_document_is_probed() -> None:
    assert {each for operation in OPERATIONS for each in operation.declared} == set(PROBES)


def test_doors_read_a_request_through_declared_parameters_alone() -> None:
    files = [*(FUNCTIONS / "api").glob("*.py"), *(FUNCTIONS / "easel" / "http").glob("*.py")]

    found = {
        (file.relative_to(FUNCTIONS).as_posix(), function.name, read.attr)
        for file in files
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for read in ast.walk(function)
        if isinstance(read, ast.Attribute) and read.attr in {"headers", "query_params", "cookies", "path_params"}
        if isinstance(read.value, ast.Name) and read.value.id == "request"
    } - {("easel/http/parameters.py", "body", "headers")}  # the function round `read`

    assert found == READERS


def test_what_a_route_reads_of_a_request_takes_no_thread_of_its_own() -> None:
    for operation in OPERATIONS:
        for route in operation.door.app.routes:
            if getattr(route, "path_format", "") == operation.path:
                for call in calls(route.dependant):
                    waits = inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__)
                    assert waits, f"{operation.path}: make {call} async: FastAPI runs it in a thread"


def calls(needed: Any) -> Iterator[Any]:
    """What FastAPI calls before a route's own function, at any depth."""
    for each in needed.dependencies:
        yield each.call
        yield from calls(each)


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMED)
def test_credentials_that_do_not_hold_matter_just_where_the_document_asks_for_some(
    doors: Asked, operation: Operation
) -> None:
    caller = None if operation.door is meta else NOBODY
    held = {"code": "origin_not_allowed", "problem": "Not from there."} if caller else {}
    path = operation.path.replace("{jobId}", "job1").replace("{i}", "0").replace("{shareId}", "s1")

    answer = send(operation.door, operation.method, path, caller=caller, query={"jobId": "job1", "token": "a"}, **held)

    assert (answer.status == 403) == (bool(operation.promised["security"]))


def test_each_operation_names_the_credentials_that_open_it() -> None:
    signed_in, token = ["bearer", "session"], ["bearer", "session", "jobToken"]
    named = {
        f"{each.method} {each.path}": [name for one in each.promised["security"] for name in one or ["nobody"]]
        for each in OPERATIONS
        if each.promised["security"]
    }

    others = {
        "POST /api/generate-images": [*signed_in, "nobody"],
        "POST /api/aiimage/quote": [*signed_in, "nobody"],
        "GET /api/aiimage/status/{jobId}": token,
        "GET /api/aiimage/status": token,
        "GET /api/aiimage/jobs/{jobId}/images/{i}": [*token, "jobTokenInQuery"],
        "GET /api/aiimage/jobs/{jobId}/images/{i}/thumbnail": [*token, "jobTokenInQuery"],
        "DELETE /api/aiimage/jobs/{jobId}": token,
        "POST /api/credits/grants": ["bearer"],
        "POST /api/credits/adjustments": ["bearer"],
        "POST /api/credits/refunds": ["bearer"],
        "POST /api/session": ["bearer"],
        "DELETE /api/session": ["session", "nobody"],
        "GET /api/session": [*signed_in, "nobody"],
    }
    assert {route: found for route, found in named.items() if found != signed_in} == others
    schemes = set(DOCUMENT["components"]["securitySchemes"])
    assert schemes == {name for found in named.values() for name in found} - {"nobody"}


def test_a_stage_without_tls_names_its_own_cookie() -> None:
    local = document.build([start.door], bodies=(), server="http://127.0.0.1:8080")

    assert DOCUMENT["components"]["securitySchemes"]["session"]["name"] == "__Host-easel"
    assert local["components"]["securitySchemes"]["session"]["name"] == "easel-local"


def test_a_key_is_required_where_credits_move_and_optional_where_a_job_starts() -> None:
    required = {
        operation.path: each["required"]
        for operation in OPERATIONS
        for each in operation.promised.get("parameters", ())
        if each["name"] == "Idempotency-Key"
    }

    assert required == {
        "/api/generate-images": False,
        "/api/aiimage/start": False,
        "/api/ai-image": False,
        "/api/credits/grants": True,
        "/api/credits/adjustments": True,
        "/api/credits/refunds": True,
    }
    assert "x-required" not in json.dumps(DOCUMENT)


def test_every_parameter_says_what_it_is_for_and_is_never_null() -> None:
    for operation in OPERATIONS:
        for each in operation.promised.get("parameters", ()):
            assert each["description"], (operation.path, each["name"])
            assert each["schema"]["type"] in {"string", "integer", "boolean"}, (operation.path, each["name"])


def test_the_body_that_a_route_names_is_the_body_that_it_reads() -> None:
    for operation in OPERATIONS:
        bodies = operation.promised.get("requestBody", {}).get("content", {}).values()
        named = {body["schema"]["$ref"].rpartition("/")[2] for body in bodies}
        assert named == set(bodies_read(operation)), operation.path


def bodies_read(operation: Operation) -> Iterator[str]:
    for route in operation.door.app.routes:
        if getattr(route, "path_format", "") == operation.path and operation.method in route.methods:
            for each in route.dependant.dependencies:
                if each.call.__module__ == parameters.__name__ and each.call.__name__ == "read":
                    yield inspect.getclosurevars(each.call).nonlocals["model"].__name__
