"""The documentation page: our OpenAPI document as plain HTML, with no script and nothing fetched from elsewhere."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from easel.http import problems
from easel.openapi import examples, response_headers
from easel.openapi.command_schemas import ANSWERS, EVENTS
from easel.openapi.docs_operation import anchor, folded, operation, shown
from easel.openapi.schema_tables import Schemas, fields, kind, paragraphs, prose, table

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 2.5rem auto; padding: 0 1.25rem }
h1 { font-size: 2rem; margin: 0 }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) } h3 { margin: 2.5rem 0 .2rem }
section, h3, tr { scroll-margin-top: 1rem } main { overflow-wrap: break-word }
code, pre { font: 14px/1.5 ui-monospace, monospace } pre { overflow-x: auto; padding: .8rem 1rem; border-radius: .5rem;
  background: color-mix(in srgb, currentColor 6%, transparent) }
.method { font-weight: 700; letter-spacing: .03em } table { border-collapse: collapse; width: 100%; margin: .8rem 0 }
td, th { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line) }
summary { cursor: pointer; opacity: .75 } summary:hover, summary:focus-visible { opacity: 1 } small { opacity: .75 }
nav { font-size: .9rem } nav ul { list-style: none; margin: .2rem 0 1rem; padding: 0 } nav a { text-decoration: none }
nav .method { font-size: .7rem; opacity: .6 }
@media (max-width: 40rem) { table { display: block; overflow-x: auto } nav { columns: 2 } }
@media (min-width: 78rem) { body { max-width: 76rem; display: grid; grid-template-columns: 17rem minmax(0, 1fr);
  gap: 3rem } nav { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto } }
"""
HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PARTS = {
    "credentials": "Credentials",
    "commands": "Commands (lambda:Invoke)",
    "headers": "Headers of answers",
    "errors": "Error codes",
    "schemas": "Schemas",
}
INVOKING = (
    "IAM says who may. Each function is found by its SSM parameter, `/easel/<stage>/functions/<function>`. The answer "
    'is the matching route\'s body, or `{"error": {…}}`. Asynchronous (`Event`) invocations should bring an '
    "`idempotencyKey`: the job is found by it."
)


def page(document: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [
        f"<h1>{escape(document['info']['title'])}</h1>",
        f"<p>{escape(document['info']['summary'])} The same for machines: <a href='openapi.json'>openapi.json</a>.</p>",
        paragraphs(document["info"]["description"]),
        "<h2 id=routes>Routes</h2>",
        *_operations(document),
        *_schemes(document["components"]["securitySchemes"]),
        *_commands(document),
        *_headers(),
        *_errors(),
        *_schemas(document["components"]["schemas"]),
    ]
    head = "<meta charset=utf-8><meta name=viewport content='width=device-width'><title>Easel: the interface</title>"
    body = f"<nav aria-label='On this page'>{''.join(_contents(document))}</nav><main>{''.join(parts)}</main>"
    return f"<!doctype html><html lang=en>{head}<style>{STYLE}</style><body>{body}</body></html>"


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method in methods:
            yield from operation(document, path, method)


def _contents(document: Mapping[str, Any]) -> Iterator[str]:
    """Every operation by its tag, every command, and the other parts of the page."""
    told = [(method, each) for methods in document["paths"].values() for method, each in methods.items()]
    for tag, operations in groupby(told, key=lambda each: each[1].get("tags", ["others"])[0]):
        listed = [_entry(anchor(each), each.get("summary", ""), method.upper()) for method, each in operations]
        yield f"<b>{escape(tag.capitalize())}</b><ul>{''.join(listed)}</ul>"
    commands = [_entry(f"command-{name}", name) for known in document[EVENTS].values() for name in known]
    yield f"<b>Commands</b><ul>{''.join(commands)}</ul>"
    yield f"<b>More</b><ul>{''.join(_entry(part, title) for part, title in PARTS.items())}</ul>"


def _entry(where: str, title: str, method: str = "") -> str:
    before = f"<span class=method>{method}</span> " if method else ""
    return f"<li><a href='#{escape(where)}'>{before}{prose(title)}</a>"


def _title(part: str) -> str:
    return f"<h2 id={part}>{escape(PARTS[part])}</h2>"


def _schemes(schemes: Mapping[str, Any]) -> Iterator[str]:
    """How each of the credentials that routes name is sent."""
    yield _title("credentials")
    rows = []
    for name, scheme in schemes.items():
        sent = ("header", "Authorization: Bearer …") if scheme["type"] == "http" else (scheme["in"], scheme["name"])
        rows.append((escape(name), escape(sent[0]), f"<code>{escape(sent[1])}</code>", prose(scheme["description"])))
    yield table(("credentials", "in", "name", "meaning"), rows)


def _commands(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_title('commands')}<p>{prose(INVOKING)}</p>"
    schemas = document["components"]["schemas"]
    for function, commands in document[EVENTS].items():
        for name, event in commands.items():
            answer = document[ANSWERS][function][name]
            yield f"<section id='command-{escape(name)}'><h3><code>{escape(function)}: {escape(name)}</code></h3>"
            yield f"<p>{prose(event['properties']['request'].get('description', ''))}</p>"
            yield fields(event, schemas)
            yield f"<p>Answer: {kind({'anyOf': [each for each in answer['anyOf'] if '$ref' in each]})}</p>"
            for title, example in (("Event", event), ("Answer", answer)):
                for value in example.get("examples", ()):
                    yield folded(title, shown(value))
            yield f"{folded('JSON Schema', shown(event))}</section>"


def _headers() -> Iterator[str]:
    yield _title("headers")
    rows = [
        (f"<code id='header-{escape(name)}'>{escape(name)}</code>", prose(each["description"]), _code(each["example"]))
        for name, each in response_headers.HEADERS.items()
    ]
    yield table(("header", "meaning", "such as"), rows)


def _errors() -> Iterator[str]:
    yield f"{_title('errors')}<table><tr><th>status<th>code<th>meaning<th>wait</tr>"
    found = examples.load().problems
    for code, answer in problems.ANSWERS.items():
        example = folded("Example", shown(found[code])) if code in found else ""
        wait = "" if answer.retry_after is None else _code("Retry-After")
        yield f"<tr id='{code}'><td>{answer.status}<td>{_code(code)}<td>{escape(answer.title)}{example}<td>{wait}</tr>"
    yield "</table>"


def _schemas(schemas: Schemas) -> Iterator[str]:
    yield _title("schemas")
    for name, schema in sorted(schemas.items()):
        yield f"<h3 id='schema-{escape(name)}'><code>{escape(name)}</code></h3>"
        yield f"<p>{prose(schema.get('description', ''))} {kind(schema) if 'properties' not in schema else ''}</p>"
        yield fields(schema, schemas, nested=False)
        yield folded("JSON Schema", shown(schema))


def _code(value: object) -> str:
    return f"<code>{escape(str(value))}</code>"
