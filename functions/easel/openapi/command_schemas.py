"""Commands as schemas: the event that a function is invoked with, and what it answers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from easel.http.commands import Command
from easel.http.door import Door
from easel.openapi import examples
from easel.openapi.problem_schema import REFUSED_COMMAND

EVENTS, ANSWERS = "x-easel-commands", "x-easel-command-answers"


class Commands:
    """The commands of all doors: their schemas, and what those name beside them."""

    def __init__(self, doors: Sequence[Door[Any]]) -> None:
        self._doors = {door.name: dict(sorted(door.commands.items())) for door in doors if door.commands}
        self.named: dict[str, Any] = {}  # schemas of requests that events name
        self._events = {
            name: {each.name: self._event(each) for each in known.values()} for name, known in self._doors.items()
        }
        self.answers = _views([each.answer for known in self._doors.values() for each in known.values()])

    def published(self) -> dict[str, Any]:
        """The document's extensions."""
        told = {name: {each.name: self._answer(each) for each in known.values()} for name, known in self._doors.items()}
        return {EVENTS: self._events, ANSWERS: told}

    def _event(self, command: Command) -> dict[str, Any]:
        schema = _led(command.schema)
        self.named |= schema.pop("$defs", {})
        for field in schema["properties"]["request"].get("properties", {}).values():
            field.pop("title", None)
        return {**schema, **_example(command, "event")}

    def _answer(self, command: Command) -> dict[str, Any]:
        answered = [{"$ref": f"#/components/schemas/{command.answer.__name__}"}] if command.answer else []
        return {
            "description": "the body that the route answers, or why the command was refused",
            "anyOf": [*answered, REFUSED_COMMAND],
            **_example(command, "answer"),
        }


def _views(models: Sequence[type[BaseModel] | None]) -> dict[str, Any]:
    """The schemas of answers, as the document has them."""
    named = [(each, "serialization") for each in dict.fromkeys(models) if each is not None]
    _, defined = models_json_schema(named, by_alias=True, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    found: dict[str, Any] = defined.get("$defs", {})
    return found


def _example(command: Command, part: str) -> dict[str, Any]:
    found: Mapping[str, Any] = examples.load().commands.get(command.name, {})
    return {"examples": [found[part]]} if part in found else {}


def _led(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, with references that hold within the document."""
    led: dict[str, Any] = json.loads(json.dumps(schema).replace('"#/$defs/', '"#/components/schemas/'))
    return led
