"""JSON Schemas as HTML for people: a type in a few words, and an object's fields as a table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

DEPTH_MAX = 4  # no body of ours is nested so deeply
SIZES = (
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "entries"),
    ("minProperties", "maxProperties", "fields"),
)

Schemas = Mapping[str, Mapping[str, Any]]


def prose(text: str) -> str:
    """Text with `code` and **words of weight** in it."""
    pieces = text.split("`")
    return "".join(f"<code>{escape(piece)}</code>" if at % 2 else _weighed(piece) for at, piece in enumerate(pieces))


def paragraphs(text: str) -> str:
    """The same, in paragraphs."""
    return "".join(f"<p>{prose(each)}</p>" for each in text.strip().split("\n\n"))


def _weighed(text: str) -> str:
    pieces = text.split("**")
    return "".join(f"<b>{escape(piece)}</b>" if at % 2 else escape(piece) for at, piece in enumerate(pieces))


def link(name: str) -> str:
    """A link to a schema of the page."""
    return f"<a href='#schema-{escape(name)}'>{escape(name)}</a>"


def kind(schema: Mapping[str, Any]) -> str:
    """A value's type and bounds, as HTML in one line; "" where anything goes."""
    if "$ref" in schema:
        return link(_named(schema))
    for joint, word in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if joint in schema:
            return word.join(filter(None, map(kind, schema[joint]))) + _default(schema)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in values) + _default(schema)
    return ", ".join(filter(None, (_base(schema), *_bounds(schema)))) + _default(schema)


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are HTML; "" without rows."""
    if not rows:
        return ""
    head = "".join(f"<th>{each}" for each in heads)
    return f"<table><tr>{head}</tr>{''.join('<tr><td>' + '<td>'.join(row) + '</tr>' for row in rows)}</table>"


def fields(schema: Mapping[str, Any], schemas: Schemas, *, nested: bool = True) -> str:
    """The fields of an object; with `nested` those of objects within it too, as `outer.inner` and `list[].inner`."""
    return table(("field", "type", "", "meaning"), list(_rows(schema, schemas, "", DEPTH_MAX if nested else 0)))


def need(required: bool) -> str:
    """Whether something may be left out, in a word."""
    return "required" if required else "optional"


def _rows(schema: Mapping[str, Any], schemas: Schemas, before: str, depth: int) -> Iterator[tuple[str, ...]]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        path = f"{before}{name}"
        words = prose(field.get("description", ""))
        yield f"<code>{escape(path)}</code>", kind(field), need(name in required), words
        for inner, within in _within(field) if depth else ():
            yield from _rows(schemas.get(inner, {}), schemas, f"{path}{within}.", depth - 1)


def _within(field: Mapping[str, Any], after: str = "") -> Iterator[tuple[str, str]]:
    """The schemas that a field's value is made of, each with `[]` for every list that it is in."""
    if "$ref" in field:
        yield _named(field), after
    for joint in ("anyOf", "oneOf", "allOf"):
        for each in field.get(joint, ()):
            yield from _within(each, after)
    if isinstance(field.get("items"), Mapping):
        yield from _within(field["items"], f"{after}[]")


def _named(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _base(schema: Mapping[str, Any]) -> str:
    base = schema.get("type", "")
    if base == "null":
        return ""
    inner = schema.get("items") if base == "array" else schema.get("additionalProperties")
    of = kind(inner) if isinstance(inner, Mapping) else ""
    if base == "array":
        return f"list of {of}" if of else "list"
    return f"{escape(str(base))} of {of}" if of else escape(str(base))


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    for least, most, unit in SIZES:
        if least in schema or most in schema:
            yield f"{_range(schema.get(least), schema.get(most))} {unit}"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        yield _range(low, high)
    if "pattern" in schema:
        yield f"<code>{escape(schema['pattern'])}</code>"


def _range(low: object, high: object) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def _default(schema: Mapping[str, Any]) -> str:
    given = schema.get("default")
    if given in (None, "", [], {}):
        return ""
    return f"; else <code>{escape(json.dumps(given) if isinstance(given, bool) else str(given))}</code>"
