"""One OpenAPI document over the routes of every door, with the commands of lambda:Invoke beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from easel.http import problems
from easel.http.door import Door

REF = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "requestId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(problems.ANSWERS)},
        "detail": {"type": "string", "description": "what is wrong, and what to do about it"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
}
EXAMPLE = {
    "type": "urn:easel:error:invalid_request",
    "title": "The request is not valid",
    "status": 400,
    "code": "invalid_request",
    "detail": "aspectRatio: must be W:H from 1:3 to 3:1, such as 1:1, 3:2 or 9:16.",
    "requestId": "6f2c5b0e-3c1d-4a53-8b4e-0d6f9a1c2e7b",
    "errors": [{"field": "aspectRatio", "message": "must be W:H from 1:3 to 3:1, such as 1:1, 3:2 or 9:16"}],
}
SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "a token of a trusted issuer, or an API key (easel_…)",
    },
    "jobToken": {"type": "apiKey", "in": "header", "name": "Easel-Job-Token"},
}
HEADERS = {  # parameters that dependencies read, by the methods they make sense for
    "post": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "1 to 255 visible ASCII characters, remembered 30 days: the same key and body, the same job",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    ],
}
BEGUN = ("/api/generate-images", "/api/aiimage/start", "/api/ai-image")
FOLLOWED = {
    "status": ("/api/aiimage/status/{jobId}", "get"),
    "cancel": ("/api/aiimage/jobs/{jobId}/cancel", "post"),
    "image": ("/api/aiimage/jobs/{jobId}/images/{i}", "get"),
}
ON_BEHALF = {
    "name": "Easel-Owner",
    "in": "header",
    "required": False,
    "description": "user:<issuer>:<id>, on whose behalf a key with the scope act_for asks",
    "schema": {"type": "string"},
}


def document(doors: Sequence[Door[Any]], *, bodies: Sequence[type[BaseModel]], server: str) -> dict[str, Any]:
    """The whole interface. `bodies` are the models that routes name by `door.takes`."""
    found = get_openapi(
        title="Easel",
        version="0.1.0",
        summary="Image generation: jobs, credits, fallback.",
        description="Errors are problem+json with a stable `code`. Every answer carries `X-Request-Id`.",
        routes=[route for door in doors for route in door.app.routes],
        servers=[{"url": server}],
    )
    _, defined = models_json_schema([(each, "validation") for each in bodies], by_alias=True, ref_template=REF)
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for leftover in ("HTTPValidationError", "ValidationError"):
        schemas.pop(leftover, None)
    schemas |= {**defined.get("$defs", {}), "Problem": PROBLEM}
    components["securitySchemes"] = SECURITY
    closed = {
        route.path for door in doors if not door.open_to_all for route in door.app.routes if hasattr(route, "path")
    }
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(operation, method, signed=path in closed)
    _link(found["paths"])
    found["x-easel-commands"] = {door.name: _commands(door) for door in doors if door.commands}
    return found


def _complete(operation: dict[str, Any], method: str, *, signed: bool) -> None:
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's own shape, which we never answer with
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}, "example": EXAMPLE}}
    answers["default"] = {"description": "What went wrong, by `code`", "content": content}
    if signed:
        operation["security"] = [{"bearer": []}, {}]
        operation.setdefault("parameters", []).extend([*HEADERS.get(method, ()), ON_BEHALF])


def _link(paths: Mapping[str, Any]) -> None:
    """What can be asked next about a job that a route answers with."""
    if not all(path in paths for path, _ in FOLLOWED.values()):
        return
    links = {
        name: {"operationId": paths[path][method]["operationId"], "parameters": {"jobId": "$response.body#/jobId"}}
        for name, (path, method) in FOLLOWED.items()
    }
    for path in BEGUN:
        for status, answer in paths[path]["post"]["responses"].items():
            if status in ("200", "202"):
                answer["links"] = links


def _commands(door: Door[Any]) -> Mapping[str, Any]:
    return {name: command.schema for name, command in sorted(door.commands.items())}
