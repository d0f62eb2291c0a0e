"""The headers of answers: what each says, for the document."""

from collections.abc import Mapping
from typing import Any

from easel.http import problems
from easel.openapi.operations import SOMETIMES

TEXT = {"type": "string"}
HEADERS: Mapping[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "names this request to the operator, whatever came of it",
        "schema": TEXT,
        "example": "6f2c5b0e-3c1d-4a53-8b4e-0d6f9a1c2e7b",
    },
    "Location": {
        "description": "where to go on: the job's status, or the link to an image",
        "schema": {**TEXT, "format": "uri-reference"},
        "example": "https://images.example/api/aiimage/status/01m7vzt1pfxbywsyjm9mqt0f8y",
    },
    "Retry-After": {
        "description": "seconds to wait before the next request",
        "schema": {"type": "integer", "minimum": 0},
        "example": 2,
    },
    "ETag": {"description": "to be sent back as `If-None-Match`", "schema": TEXT, "example": 'W/"4-0-15"'},
    "Cache-Control": {
        "description": "how long the answer may be kept, and by whom",
        "schema": TEXT,
        "example": "private, no-cache",
    },
    "Preference-Applied": {
        "description": "the seconds that were waited at most, of those that `Prefer` asked for",
        "schema": TEXT,
        "example": "wait=20",
    },
    "Idempotency-Replayed": {
        "description": "the same `Idempotency-Key` came before, and nothing was begun or moved now",
        "schema": {**TEXT, "enum": ["true"]},
        "example": "true",
    },
    "Set-Cookie": {
        "description": "begins or ends the session in this browser",
        "schema": TEXT,
        "example": "__Host-easel=eyJhbGciOi…; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax",
    },
    problems.SHOULD_RETRY: {
        "description": "false: OpenAI's clients would repeat the request by themselves, and should not",
        "schema": {**TEXT, "enum": ["false"]},
        "example": "false",
    },
    "OpenAI-Processing-Ms": {
        "description": "how long it took here, in milliseconds",
        "schema": {"type": "integer", "minimum": 0},
        "example": 7350,
    },
    "WWW-Authenticate": {"description": "how to sign in", "schema": TEXT, "example": 'Bearer realm="easel"'},
    "Accept-Encoding": {
        "description": "the Content-Encoding that is taken, where another one was sent",
        "schema": TEXT,
        "example": "identity",
    },
}
ALWAYS = ("X-Request-Id",)
STATUS_HEADERS: Mapping[int, tuple[str, ...]] = {401: ("WWW-Authenticate",), 415: (f"Accept-Encoding{SOMETIMES}",)}


def of_refusals(codes: tuple[str, ...], status: int) -> tuple[str, ...]:
    """The headers that come with refusals of these codes, which have this status."""
    waits = [problems.ANSWERS[code].retry_after is not None for code in codes]
    again = (f"Retry-After{'' if all(waits) else SOMETIMES}",) if any(waits) else ()
    once = [code in problems.NOT_TO_BE_REPEATED for code in codes]
    never = (f"{problems.SHOULD_RETRY}{'' if all(once) else SOMETIMES}",) if any(once) else ()
    return (*again, *never, *STATUS_HEADERS.get(status, ()))


def shown(named: tuple[str, ...]) -> dict[str, Any]:
    """The headers of one answer, those of every answer with them, as references to `components`."""
    every = (*ALWAYS, *named)
    return {each.removesuffix(SOMETIMES): {"$ref": f"#/components/headers/{_component(each)}"} for each in every}


def components(paths: Mapping[str, Any]) -> dict[str, Any]:
    """The headers that answers refer to, one way where they always come and another where they come sometimes."""
    used = {
        header["$ref"].rpartition("/")[2]
        for operations in paths.values()
        for operation in operations.values()
        for answer in operation["responses"].values()
        for header in answer["headers"].values()
    }
    always = {_component(name): {**header, "required": True} for name, header in HEADERS.items()}
    found = {**always, **{_component(f"{name}{SOMETIMES}"): header for name, header in HEADERS.items()}}
    return {name: header for name, header in found.items() if name in used}


def _component(name: str) -> str:
    return f"{name.removesuffix(SOMETIMES)}-Sometimes" if name.endswith(SOMETIMES) else name
