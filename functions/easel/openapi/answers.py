"""The answers of one operation in the document: what it gives, with headers and examples, and what it refuses."""

from collections.abc import Mapping
from typing import Any

from easel.http import problems
from easel.openapi import examples, response_headers
from easel.openapi.operations import EVERYWHERE, OPERATIONS, UNTOLD, Answer, Operation

PROBLEM = {"$ref": "#/components/schemas/Problem"}
REST = "Any other refusal, by `code`: what the gateway itself turns away, too"


def complete(operation: dict[str, Any]) -> None:
    """Add what FastAPI does not know to the answers of an operation."""
    name = operation["operationId"]
    told = OPERATIONS.get(name, UNTOLD)
    given = {status: answer for status, answer in operation["responses"].items() if status != "422"}
    for status, answer in given.items():  # 422 is FastAPI's own shape, which we never answer with
        _succeeds(answer, told.answers.get(status, Answer(answer["description"])), name, status)
    refused = _by_status(told)
    refusals = {str(status): _refusal(name, status, refused[status]) for status in sorted(refused)}
    operation["responses"] = {**dict(sorted(given.items())), **refusals, "default": _rest()}


def problem_examples(paths: Mapping[str, Any]) -> dict[str, Any]:
    """The problems that several operations show, for the document's components."""
    used = {
        code
        for operations in paths.values()
        for operation in operations.values()
        for answer in operation["responses"].values()
        for code, shown in answer.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {}).items()
        if "$ref" in shown
    }
    found = examples.load().problems
    return {code: {"summary": problems.ANSWERS[code].title, "value": found[code]} for code in sorted(used)}


def _succeeds(answer: dict[str, Any], told: Answer, operation: str, status: str) -> None:
    answer["description"] = told.description
    answer["headers"] = response_headers.shown(told.headers)
    found = examples.load().answers.get(operation, {}).get(status, {})
    for content in answer.get("content", {}).values():
        if found:
            content["examples"] = {name: {"value": value} for name, value in found.items()}


def _refusal(operation: str, status: int, codes: tuple[str, ...]) -> dict[str, Any]:
    own = examples.load().answers.get(operation, {}).get(str(status), {})
    shown = {**_shared(*codes), **{code: {"value": own[code]} for code in codes if code in own}}
    said = "; ".join(f"`{code}`: {problems.ANSWERS[code].title}" for code in codes)
    return {
        "description": said,
        "headers": response_headers.shown(response_headers.of_refusals(codes, status)),
        "content": {problems.MEDIA_TYPE: {"schema": PROBLEM, "examples": shown}},
    }


def _rest() -> dict[str, Any]:
    content = {"schema": PROBLEM, "examples": _shared("not_found")}
    return {
        "description": REST,
        "headers": response_headers.shown(()),
        "content": {problems.MEDIA_TYPE: content},
    }


def _shared(*codes: str) -> dict[str, Any]:
    """What is shown of these codes where an operation has no example of its own."""
    known = examples.load().problems
    return {code: {"$ref": f"#/components/examples/{code}"} for code in codes if code in known}


def _by_status(told: Operation) -> Mapping[int, tuple[str, ...]]:
    """Its codes in the order of the table, by their status."""
    found: dict[int, tuple[str, ...]] = {}
    for code in problems.ANSWERS:
        if code in told.errors or code in EVERYWHERE:
            found[told.status(code)] = (*found.get(told.status(code), ()), code)
    return found
