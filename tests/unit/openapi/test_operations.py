"""The table of operations and the routes of all doors, held against each other: each failure says what to add."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from api import credits, generate, meta, openai, session, start, status
from fastapi.routing import APIRoute

from easel.http import problems
from easel.openapi.operations import OPERATIONS, SOMETIMES
from easel.openapi.response_headers import HEADERS
from tests.support.promises import TABLE, document

ROUTES = {
    route.operation_id or f"{sorted(route.methods or ())[0]} {route.path}": route
    for door in (generate, start, status, credits, session, openai, meta)
    for route in door.app.routes
    if isinstance(route, APIRoute) and route.include_in_schema
}
PUBLISHED: Mapping[str, Any] = {
    operation["operationId"]: operation
    for operations in document()["paths"].values()
    for operation in operations.values()
}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_route_has_an_entry_with_all_that_it_answers(name: str) -> None:
    route = ROUTES[name]
    assert route.operation_id, f"give {name} an operation_id such as `startJob`, and an entry in OPERATIONS of {TABLE}"
    assert name in OPERATIONS, f"add {name} to OPERATIONS in {TABLE}: its answers by status with headers, its errors"

    ours = {str(code) for code in (route.status_code or 200, *route.responses)}

    assert ours == set(OPERATIONS[name].answers), f"{name}: the route and its entry in {TABLE} name other statuses"


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_route_says_what_it_is_for(name: str) -> None:
    promised = PUBLISHED[name]

    assert promised.get("summary"), f"give {name} a summary"
    assert promised.get("description"), f"give the function of {name} a docstring: it is published"
    for each in promised.get("parameters", ()):
        assert each.get("description"), f"describe the parameter {each['name']} of {name}"
        assert "example" in each, f"give {each['name']} a value in functions/easel/openapi/parameter_examples.py"
    for content in promised.get("requestBody", {}).get("content", {}).values():
        assert content.get("examples"), f"give the body of {name} an example: parameters.takes(Model, name={{…}})"
    assert promised.get("tags"), f"give {name} one of the tags of functions/easel/openapi/document.py"
    for code, answer in promised["responses"].items():
        for kind, content in answer.get("content", {}).items():
            assert content["schema"], f"{name} answers {code} with {kind} without a schema: give it a response_model"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_entry_is_of_a_route_and_names_what_there_is(name: str) -> None:
    entry = OPERATIONS[name]

    assert name in ROUTES, f"no route has the operation_id {name}: take its entry out of {TABLE}"
    assert set(entry.errors) <= set(problems.ANSWERS), f"{name}: codes are those of functions/easel/http/problems.py"
    headers = {header.removesuffix(SOMETIMES) for answer in entry.answers.values() for header in answer.headers}
    assert headers <= set(HEADERS), f"{name}: describe its headers in functions/easel/openapi/response_headers.py"


def test_every_refusal_is_told_with_its_status_its_headers_and_an_example_of_each_code() -> None:
    for name, promised in PUBLISHED.items():
        for code, answer in promised["responses"].items():
            if not code.startswith(("4", "5")):
                continue
            content = answer["content"][problems.MEDIA_TYPE]
            codes = re.findall(r"`(\w+)`", answer["description"])
            assert codes == list(content["examples"]), (name, code)
            assert {OPERATIONS[name].status(each) for each in codes} == {int(code)}, (name, code)
            assert "X-Request-Id" in answer["headers"], (name, code)
            waits = [each for each in codes if problems.ANSWERS[each].retry_after is not None]
            assert ("Retry-After" in answer["headers"]) == bool(waits), (name, code)


def test_a_route_without_an_entry_is_published_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {name: entry for name, entry in OPERATIONS.items() if name != "listJobs"}
    monkeypatch.setattr("easel.openapi.answers.OPERATIONS", entries)

    found = meta.document("https://another.example")["paths"]["/api/aiimage/jobs"]["get"]

    assert found["responses"]["200"]["content"]["application/json"]["schema"]
    assert {"401", "403", "500", "default"} <= set(found["responses"])
