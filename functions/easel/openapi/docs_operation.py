"""One operation on the documentation page: what it takes, code that calls it, what it answers and refuses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from easel.http import problems
from easel.openapi import samples
from easel.openapi.schema_tables import Schemas, fields, kind, need, prose, table

SOMETIMES = "-Sometimes"


def operation(document: Mapping[str, Any], path: str, method: str) -> Iterator[str]:
    """Its part of the page."""
    told = document["paths"][path][method]
    yield f"<section id='{anchor(told)}'>"
    yield f"<h3><code><span class=method>{method.upper()}</span> {escape(path)}</code></h3>"
    yield f"<p><b>{prose(told.get('summary', ''))}.</b> {prose(told.get('description', ''))}</p>"
    yield from _credentials(told.get("security", ()))
    yield _parameters(told.get("parameters", ()))
    yield from _body(told, document["components"]["schemas"])
    yield from _code(samples.samples(samples.request(document, path, method)))
    yield from _answers(told["responses"])
    yield from _refusals(told["responses"])
    yield "</section>"


def anchor(told: Mapping[str, Any]) -> str:
    """Where on the page an operation is."""
    return f"operation-{escape(told['operationId'])}"


def shown(value: object) -> str:
    """A value as JSON."""
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def folded(title: str, within: str) -> str:
    """What is seen once it is asked for; `title` is HTML."""
    return f"<details><summary>{title}</summary>{within}</details>"


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
            prose(each.get("description", "")) + _such_as(each),
        )
        for each in parameters
    ]
    return table(("parameter", "in", "type", "", "meaning"), rows)


def _such_as(parameter: Mapping[str, Any]) -> str:
    given = parameter.get("example", "")
    return "" if given == "" else f" <small>such as <code>{escape(str(given))}</code></small>"


def _body(told: Mapping[str, Any], schemas: Schemas) -> Iterator[str]:
    for content in told.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        yield f"<p>Body: {kind(schema)}</p>"
        yield fields(schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema, schemas)


def _code(by_language: Mapping[str, str]) -> Iterator[str]:
    for language, code in by_language.items():
        opened = " open" if language == samples.LANGUAGES[0] else ""
        yield f"<details class=code{opened}><summary>{escape(language)}</summary><pre>{escape(code)}</pre></details>"


def _answers(responses: Mapping[str, Any]) -> Iterator[str]:
    given = {status: answer for status, answer in responses.items() if status < "4"}
    rows = [
        (f"<code>{escape(status)}</code>", _bodies(answer), _headers(answer), prose(answer["description"]))
        for status, answer in given.items()
    ]
    yield table(("answer", "body", "headers", "meaning"), rows)
    for status, answer in given.items():
        for content in answer.get("content", {}).values():
            for name, example in content.get("examples", {}).items():
                yield folded(f"Example: <code>{escape(status)}</code> {escape(name)}", shown(example["value"]))


def _refusals(responses: Mapping[str, Any]) -> Iterator[str]:
    """Its codes, each leading to the table of all; examples where they are its own."""
    refused = {status: answer for status, answer in responses.items() if status[0] in "45"}
    rows, own = [], []
    for status, answer in refused.items():
        examples = answer["content"][problems.MEDIA_TYPE].get("examples", {})
        codes = [f"<a href='#{escape(code)}'><code>{escape(code)}</code></a>" for code in examples]
        rows.append((f"<code>{escape(status)}</code>", ", ".join(codes), _headers(answer)))
        own += [(code, example["value"]) for code, example in examples.items() if "value" in example]
    yield table(("refusal", "code", "headers"), rows)
    if own:
        within = "".join(f"<p><code>{escape(code)}</code></p>{shown(value)}" for code, value in own)
        yield folded("Examples of refusals", within)


def _bodies(answer: Mapping[str, Any]) -> str:
    return " ".join(kind(content.get("schema", {})) for content in answer.get("content", {}).values())


def _headers(answer: Mapping[str, Any]) -> str:
    """The headers that come, those that come only sometimes in brackets."""
    named = {name: header["$ref"].endswith(SOMETIMES) for name, header in answer.get("headers", {}).items()}
    links = {name: f"<a href='#header-{escape(name)}'><code>{escape(name)}</code></a>" for name in named}
    return ", ".join(f"({links[name]})" if sometimes else links[name] for name, sometimes in named.items())
