"""One OpenAPI document over the routes of every door, with the commands of lambda:Invoke beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from easel.http import parameters
from easel.http.door import Door
from easel.identity.session_cookie import Sessions
from easel.openapi import answers, command_schemas, problem_schema, response_headers
from easel.openapi.parameter_examples import EXAMPLES
from easel.schemas import published

REF = "#/components/schemas/{model}"
ABOUT = """Jobs make images; credits pay for them.

**Errors** are `application/problem+json` (RFC 9457) with a stable `code` and a `detail` that says the remedy. Every
answer carries `X-Request-Id`.

**Jobs.** Start one with an `Idempotency-Key`, so that a repeat is the same job. Follow it at `statusUrl` with
`wait=20`, or poll after `Retry-After` seconds. What it may cost is held when it starts, and it is charged for what was
delivered.

**Times** are RFC 3339 in UTC, amounts are whole credits. Fields that have nothing to say are left out of answers, and
may be left out of requests.
"""
TAGS = {
    "pictures": "A picture in one request, for as long as that can wait.",
    "jobs": "Jobs from their start to their end, their images, and references for them.",
    "credits": "What can be spent, the ledger, and movements by hand.",
    "webhooks": "Being told of the ends of jobs, by signed requests to a server of yours.",
    "session": "A cookie for a browser, in place of its token.",
    "catalog": "What may be named in a request.",
    "openai": "What OpenAI's own clients speak: a base URL and a key are all that changes.",
    "documentation": "This interface, and whether it answers.",
}
LICENSE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
CONTACT = {"name": "the operator of this stage"}
BEGUN = ("/api/generate-images", "/api/aiimage/start", "/api/ai-image")
FOLLOWED = {
    "status": ("/api/aiimage/status/{jobId}", "get"),
    "cancel": ("/api/aiimage/jobs/{jobId}/cancel", "post"),
    "image": ("/api/aiimage/jobs/{jobId}/images/{i}", "get"),
}


def build(doors: Sequence[Door[Any]], *, bodies: Sequence[type[BaseModel]], server: str) -> dict[str, Any]:
    """The whole interface. `bodies` are the models that routes name by `parameters.takes`."""
    found = get_openapi(
        title="Easel",
        version="0.1.0",
        summary="Image generation: jobs, credits, fallback.",
        description=ABOUT,
        routes=[route for door in doors for route in door.app.routes],
        servers=[{"url": server}],
        tags=[{"name": name, "description": said} for name, said in TAGS.items()],
        license_info=LICENSE,
        contact=CONTACT,
    )
    components = found.setdefault("components", {})
    commands = command_schemas.Commands(doors)
    components["schemas"] = _schemas(components.get("schemas", {}), bodies, commands)
    _name_credentials(components.get("securitySchemes", {}), server)
    for operations in found["paths"].values():
        for operation in operations.values():
            _complete(operation)
    components["headers"] = response_headers.components(found["paths"])
    components["examples"] = answers.problem_examples(found["paths"])
    _link(found["paths"])
    return {**found, **commands.published()}


def _schemas(
    views: Mapping[str, Any], bodies: Sequence[type[BaseModel]], commands: command_schemas.Commands
) -> dict[str, Any]:
    """Every schema of the document: of answers, of bodies, of problems, and what commands name beside them."""
    _, defined = models_json_schema([(each, "validation") for each in bodies], by_alias=True, ref_template=REF)
    asked = {name: published(each) for name, each in defined.get("$defs", {}).items()}
    given = {**views, **commands.answers}
    for leftover in ("HTTPValidationError", "ValidationError"):
        given.pop(leftover, None)
    answered = {name: _shown(each) for name, each in given.items()}
    found = {**commands.named, **answered, **asked, "Problem": problem_schema.PROBLEM}
    return {name: _untitled(each) for name, each in sorted(found.items())}


def _shown(schema: dict[str, Any]) -> dict[str, Any]:
    """An answer's schema: what may be left out is left out, never null, and has no value then."""
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        field.pop("default", None)
        kinds = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
        if name not in required and len(kinds) == 1:
            del field["anyOf"]
            field.update(kinds[0])
    return schema


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the titles that pydantic makes of fields' names: programs name types after them."""
    for field in schema.get("properties", {}).values():
        field.pop("title", None)
    return schema


def _name_credentials(schemes: dict[str, Any], server: str) -> None:
    """The cookie is called as this stage calls it, and anonymous callers need no scheme."""
    schemes.pop(parameters.ANONYMOUS.scheme_name, None)
    session = schemes.get(parameters.SESSION.scheme_name)
    if session:
        session["name"] = Sessions(server).name


def _complete(operation: dict[str, Any]) -> None:
    answers.complete(operation)
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
    if parameter["name"] in EXAMPLES:
        parameter["example"] = EXAMPLES[parameter["name"]]


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
