"""What is wrong in a stage file, in words: the line, the field, and the nearest right name. Pure."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]
Problem = tuple[Place, str]

TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]")
KEY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


def told(model: type[BaseModel], errors: Iterable[ErrorDetails]) -> Iterator[Problem]:
    """Each error of a pydantic model: where, and what to do about it."""
    for error in errors:
        yield error["loc"], _remedy(model, error)


def said(wrong: Iterable[Problem], lines: Mapping[Place, int | None] | None = None) -> str:
    """Problems in one sentence, each with its line where that is known."""
    parts = []
    for place, what in wrong:
        line = (lines or {}).get(place)
        field = ".".join(map(str, place))
        parts.append("".join((f"line {line}: " if line else "", f"{field}: " if field else "", what)))
    return "; ".join(parts)


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean …?`, or which there are where no name looks like this one."""
    there = sorted(known)
    near = difflib.get_close_matches(name.lower(), there, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}"


def line_of(text: str, stages: Sequence[str], place: Place) -> int | None:
    """The line of a TOML file where this place of the first of these stages that has it is written; from 1."""
    best: tuple[int, int] | None = None
    lines = list(_places(text))
    for stage in stages:
        wanted: Place = (stage, *place)
        for number, written in lines:
            shared = min(len(written), len(wanted))  # the whole of one: the place, what holds it, or the first in it
            if written[:shared] == wanted[:shared] and shared > max(1, best[0] if best else 0):
                best = (shared, number)
    return best[1] if best else None


def _places(text: str) -> Iterator[tuple[int, Place]]:
    table: Place = ()
    several: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if found := TABLE.match(line):
            table = _parts(found[2])
            if found[1] == "[[":
                several[table] = several.get(table, -1) + 1
                table = (*table, several[table])
            yield number, table
        elif found := KEY.match(line):
            yield number, (*table, *_parts(found[1]))


def _parts(dotted: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _remedy(model: type[BaseModel], error: ErrorDetails) -> str:
    *above, name = error["loc"] or ("",)
    if error["type"] == "extra_forbidden":
        holder = _holder(model, above)
        near = f": {nearest(str(name), holder.model_fields)}" if holder else ""
        return f"no such setting; check its spelling{near}"
    if error["type"] == "string_pattern_mismatch" and (holder := _holder(model, above)):
        wanted = holder.model_fields[str(name)].description
        return f"{error['input']!r} is not what belongs here; write {wanted}" if wanted else error["msg"]
    return error["msg"]


def _holder(model: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel] | None:
    """The model that has the fields at a place."""
    holder: type[BaseModel] | None = model
    for part in place:
        if holder is not None and isinstance(part, str) and part in holder.model_fields:
            holder = _model_in(holder.model_fields[part].annotation)
        # Else it is a name or a number that the operator chose, within a table of such models.
    return holder


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
