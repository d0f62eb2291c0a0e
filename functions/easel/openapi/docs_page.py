"""The documentation page: our OpenAPI document as plain HTML, with no script and nothing fetched from elsewhere."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from easel.http import problems
from easel.openapi.schema_tables import Schemas, fields, kind, need, prose, table

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 2.5rem auto; padding: 0 1.25rem }
h1 { font-size: 2rem; margin: 0 }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) } h3 { margin-bottom: .2rem }
code, pre { font: 14px/1.5 ui-monospace, monospace } pre { overflow-x: auto; padding: .8rem 1rem; border-radius: .5rem;
  background: color-mix(in srgb, currentColor 6%, transparent) }
.method { font-weight: 700; letter-spacing: .03em } table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line) }
summary { cursor: pointer; opacity: .75 }
"""


def page(document: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [
        f"<h1>{escape(document['info']['title'])}</h1>",
        f"<p>{escape(document['info']['summary'])} The same for machines: <a href='openapi.json'>openapi.json</a>.</p>",
        f"<p>{prose(document['info']['description'])}</p>",
        *_routes(document),
        *_schemes(document["components"]["securitySchemes"]),
        *_commands(document["x-easel-commands"]),
        *_errors(),
        *_schemas(document["components"]["schemas"]),
    ]
    head = "<meta charset=utf-8><meta name=viewport content='width=device-width'><title>Easel: the interface</title>"
    return f"<!doctype html><html lang=en>{head}<style>{STYLE}</style><body>{''.join(parts)}</body></html>"


def _routes(document: Mapping[str, Any]) -> Iterator[str]:
    schemas = document["components"]["schemas"]
    yield "<h2 id=routes>Routes</h2>"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"<h3><code><span class=method>{method.upper()}</span> {escape(path)}</code></h3>"
            yield f"<p><b>{escape(operation.get('summary', ''))}.</b> {prose(operation.get('description', ''))}</p>"
            yield from _credentials(operation.get("security", ()))
            yield _parameters(operation.get("parameters", ()))
            yield from _body(operation, schemas)
            yield _answers(operation["responses"])


def _credentials(alternatives: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if alternatives:
        names = [f"<a href='#credentials'>{escape(name)}</a>" for each in alternatives for name in each]
        yield f"<p>Credentials: {' or '.join([*names, *(['none'] if {} in alternatives else [])])}</p>"


def _parameters(parameters: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            f"<code>{escape(each['name'])}</code>",
            escape(each["in"]),
            kind(each["schema"]),
            need(each["required"]),
            prose(each.get("description", "")),
        )
        for each in parameters
    ]
    return table(("parameter", "in", "type", "", "meaning"), rows)


def _body(operation: Mapping[str, Any], schemas: Schemas) -> Iterator[str]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield f"<p>Body: {kind(content['schema'])}</p>"
        yield fields(schemas[content["schema"]["$ref"].rpartition("/")[2]], schemas)
        for example in content.get("examples", {}).values():
            yield _json(example["value"])


def _answers(responses: Mapping[str, Any]) -> str:
    rows = []
    for status, answer in responses.items():
        schemas = [kind(content.get("schema", {})) for content in answer.get("content", {}).values()]
        rows.append((f"<code>{escape(status)}</code>", " ".join(schemas), prose(answer["description"])))
    return table(("answer", "body", "meaning"), rows)


def _schemes(schemes: Mapping[str, Any]) -> Iterator[str]:
    """How each of the credentials that routes name is sent."""
    yield "<h2 id=credentials>Credentials</h2>"
    rows = []
    for name, scheme in schemes.items():
        sent = ("header", "Authorization: Bearer …") if scheme["type"] == "http" else (scheme["in"], scheme["name"])
        rows.append((escape(name), escape(sent[0]), f"<code>{escape(sent[1])}</code>", prose(scheme["description"])))
    yield table(("credentials", "in", "name", "meaning"), rows)


def _commands(functions: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2 id=commands>Commands (lambda:Invoke)</h2>"
    yield (
        "<p>IAM says who may. Each function is found by its SSM parameter. The answer is the matching route's body, or "
        "<code>{&quot;error&quot;: {…}}</code>. Asynchronous (<code>Event</code>) invocations need an "
        "<code>idempotencyKey</code>: the job is found by it.</p>"
    )
    for function, commands in functions.items():
        for name, schema in commands.items():
            yield f"<h3><code>{escape(function)}: {escape(name)}</code></h3>"
            yield f"<details><summary>JSON Schema</summary>{_json(schema)}</details>"


def _errors() -> Iterator[str]:
    yield "<h2 id=errors>Error codes</h2><table><tr><th>status<th>code<th>meaning</tr>"
    for code, answer in problems.ANSWERS.items():
        yield f"<tr id='{code}'><td>{answer.status}<td><code>{code}</code><td>{escape(answer.title)}</tr>"
    yield "</table>"


def _schemas(schemas: Schemas) -> Iterator[str]:
    yield "<h2 id=schemas>Schemas</h2>"
    for name, schema in sorted(schemas.items()):
        yield f"<h3 id='schema-{escape(name)}'><code>{escape(name)}</code></h3>"
        yield f"<p>{prose(schema.get('description', ''))} {kind(schema) if 'properties' not in schema else ''}</p>"
        yield fields(schema, schemas, nested=False)
        yield f"<details><summary>JSON Schema</summary>{_json(schema)}</details>"


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
