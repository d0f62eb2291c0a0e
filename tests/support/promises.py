"""Every answer of every door's test is held to what the document promises of its operation."""

import json
import re
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from api import meta
from jsonschema_rs import Draft202012Validator
from starlette.routing import Route

from easel.http import problems
from easel.openapi.response_headers import HEADERS

URL = "https://images.example"
TABLE = "functions/easel/openapi/operations.py"
OUTSIDE = frozenset({"method_not_allowed"})  # told of no operation: the address is not one for this method
KNOWN = frozenset(name.lower() for name in HEADERS)
UNSAID = ("cache-control", "no-store")  # of every answer that says nothing else


class BrokenPromise(AssertionError):
    """An answer that the document does not promise; the message says what to add."""


class Given(NamedTuple):
    """An answer as it left a door, with its headers' names in small letters."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def kind(self) -> str:
        """Its media type."""
        return self.headers.get("content-type", "").partition(";")[0]


def must_be_promised(door: ModuleType, method: str, path: str, given: Given) -> None:
    """Hold one answer to the document; what is not published is not looked at. Raises BrokenPromise."""
    operation = operation_of(door, method, path)
    if operation is None:
        return
    name, promised = operation["operationId"], operation["responses"].get(str(given.status))
    if given.kind == problems.MEDIA_TYPE:
        code = json.loads(given.text)["code"]
        if code in OUTSIDE:
            return
        if promised is None or f"`{code}`" not in promised["description"]:
            raise BrokenPromise(f"{name} answered {code}: add it to the `errors` of {name} in {TABLE}.")
    if promised is None:
        raise BrokenPromise(f"{name} answered {given.status}: add it to the `answers` of {name} in {TABLE}.")
    _must_have_its_headers(name, promised, given)
    if given.kind in ("application/json", problems.MEDIA_TYPE):
        _must_fit(name, promised["content"][given.kind]["schema"], given)


def whole(schema: Mapping[str, Any]) -> Draft202012Validator:
    """What checks a schema of the document, with the components that it names."""
    return _compiled(json.dumps(schema))


@cache
def _compiled(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": document()["components"]})


def _must_have_its_headers(name: str, promised: Mapping[str, Any], given: Given) -> None:
    told = {each.lower(): header["$ref"] for each, header in promised["headers"].items()}
    sent = {each for each, value in given.headers.items() if each in KNOWN and (each, value) != UNSAID}
    silent = sorted(sent - set(told))
    missing = sorted(each for each, ref in told.items() if not ref.endswith("-Sometimes") and each not in sent)
    if silent or missing:
        said = f"sent without being promised: {silent}; promised without being sent: {missing}"
        raise BrokenPromise(f"{name} answered {given.status} with other headers than {TABLE} says: {said}.")


def _must_fit(name: str, schema: Mapping[str, Any], given: Given) -> None:
    wrong = next(whole(schema).iter_errors(json.loads(given.text)), None)
    if wrong is not None:
        place = "/".join(map(str, wrong.instance_path))
        said = f"another body than its schema says, at {place or 'the top'}: {wrong.message}"
        raise BrokenPromise(f"{name} answered {given.status} with {said}.")


@cache
def document() -> dict[str, Any]:
    """The interface of the doors."""
    return meta.document(URL)


def operation_of(door: ModuleType, method: str, path: str) -> Mapping[str, Any] | None:
    """What is published at an address; None where nothing is."""
    for route in door.app.routes:
        if isinstance(route, Route) and route.path_regex.match(path) and method in (route.methods or ()):
            published = document()["paths"].get(re.sub(r":\w+}", "}", route.path), {})
            found: Mapping[str, Any] | None = published.get(method.lower())
            return found
    return None
