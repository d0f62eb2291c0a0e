"""One OpenAPI document over the routes of every door, with the commands of lambda:Invoke beside them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from easel.http import openai_errors, parameters, problems
from easel.http.door import Door
from easel.identity.session_cookie import Sessions
from easel.schemas import published

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
        "error": openai_errors.SCHEMA,
        "errors": {
            "type": "array",
            "maxItems": problems.ERRORS_MAX,
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
BEGUN = ("/api/generate-images", "/api/aiimage/start", "/api/ai-image")
FOLLOWED = {
    "status": ("/api/aiimage/status/{jobId}", "get"),
    "cancel": ("/api/aiimage/jobs/{jobId}/cancel", "post"),
    "image": ("/api/aiimage/jobs/{jobId}/images/{i}", "get"),
}


def document(doors: Sequence[Door[Any]], *, bodies: Sequence[type[BaseModel]], server: str) -> dict[str, Any]:
    """The whole interface. `bodies` are the models that routes name by `parameters.takes`."""
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
    asked = {name: published(each) for name, each in defined.get("$defs", {}).items()}
    schemas |= {**asked, "Problem": PROBLEM}
    _name_credentials(components.get("securitySchemes", {}), server)
    for operations in found["paths"].values():
        for operation in operations.values():
            _complete(operation)
    _link(found["paths"])
    found["x-easel-commands"] = {door.name: _commands(door, schemas) for door in doors if door.commands}
    return found


def _name_credentials(schemes: dict[str, Any], server: str) -> None:
    """The cookie is called as this stage calls it, and anonymous callers need no scheme."""
    schemes.pop(parameters.ANONYMOUS.scheme_name, None)
    session = schemes.get(parameters.SESSION.scheme_name)
    if session:
        session["name"] = Sessions(server).name


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's own shape, which we never answer with
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}, "example": EXAMPLE}}
    answers["default"] = {"description": "What went wrong, by `code`", "content": content}
    anonymous: dict[str, list[str]] = {parameters.ANONYMOUS.scheme_name: []}
    if "security" in operation:
        operation["security"] = [{} if each == anonymous else each for each in operation["security"]]
    else:
        operation["security"] = []  # said aloud: nobody is asked who they are
    for parameter in operation.get("parameters", ()):
        _tidy(parameter)


def _tidy(parameter: dict[str, Any]) -> None:
    """A parameter that may be left out is never null; what the parameter itself says is not said twice."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    for kind in kinds:  # one: nothing here is of two types
        schema.update(kind)
    for said in ("title", "description"):
        schema.pop(said, None)
    parameter["required"] = schema.pop(parameters.REQUIRED, parameter["required"])


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


def _commands(door: Door[Any], schemas: dict[str, Any]) -> Mapping[str, Any]:
    """The commands of a door; what their schemas name is among the document's own."""
    found = {name: command.schema for name, command in sorted(door.commands.items())}
    for schema in found.values():
        for name, each in _led(schema.pop("$defs", {})).items():
            schemas.setdefault(name, each)
    return _led(found)


def _led(schemas: dict[str, Any]) -> dict[str, Any]:
    """The same, with references that hold within the document."""
    led: dict[str, Any] = json.loads(json.dumps(schemas).replace('"#/$defs/', '"#/components/schemas/'))
    return led
