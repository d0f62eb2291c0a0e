"""Answers of the real doors over a world of fakes, kept as examples: what differs from run to run is replaced."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from easel.http import problems
from tests.support.gateway import Answer, Ask, Gateway, door_of
from tests.support.promises import Given, must_be_promised, operation_of

REQUEST_ID = "6f2c5b0e-3c1d-4a53-8b4e-0d6f9a1c2e7b"
SIGNATURE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SHARE_TOKEN = "01m7vzt1pfxbywsyjm9mqt0f8y.4fXk2nqTz0J8mYd1wR6sVbE3hLcA9uGp"
DRAWN = 16  # the fakes draw a sixteenth of each edge
PICTURE = "iVBORw0KGgo="  # the beginning of every PNG
IDS = re.compile(r"(?:\b|(?<=msg_))(?:k[a-z2-7]{26}|[0-9a-hjkmnp-tv-z]{26})\b")
TOKEN = re.compile(r"\?token=[\w.-]+")
KEY_ID = re.compile(r"\bkey:[0-9a-z]{12}\b")
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
QUERY = re.compile(r"(https://[^\s\"?]+)\?[^\s\"]*X-Amz-Signature=[^\s\"]*", re.IGNORECASE)
SHORTENED = {"models": 2, "prices": 2, "retired": 1, "features": 2}  # lists that tell no more by their length
DEPENDING = {"x-amz-security-token"}  # on the credentials of this machine
REPLACED: Mapping[str, Any] = {
    "image": PICTURE,
    "b64_json": PICTURE,
    "bytes": 1_482_113,
    "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazEQmFPHzOk=",
    "jobToken": "9d2c8b1f4e6a7035c1f0d2b3a4958677",
    "policy": "eyJleHBpcmF0aW9uIjoiMjAyNi0xMC0yOFQxMjoxMDowMFoifQ==",
    "x-amz-signature": SIGNATURE,
    "x-amz-credential": "AKIAEXAMPLE/20261028/eu-central-1/s3/aws4_request",
    "x-amz-date": "20261028T120000Z",
    "cursor": "eyJhIjoxfQ",
    "token": SHARE_TOKEN,
}


@dataclass
class Recorder:
    """Plays requests and commands, holds each answer to the document, and keeps it by operation, status and name."""

    answers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    problems: dict[str, Any] = field(default_factory=dict)
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def ask(self, gateway: Gateway, ask: Ask, name: str = "") -> Answer:
        """One request; a refusal is kept under its code, another answer under `name`."""
        gateway.world.clock.forward(1)  # jobs of one moment have no order
        answer = gateway.send(ask, named=REQUEST_ID)
        door, path = door_of(ask), ask.path.partition("?")[0]
        text = answer.body.decode() if answer.body else ""
        if door is None:
            raise AssertionError(f"no door takes {path}")
        must_be_promised(door, ask.method, path, Given(answer.status, answer.headers, text))
        operation = operation_of(door, ask.method, path)
        refused = answer.headers.get("content-type") == problems.MEDIA_TYPE
        if refused:
            self.problems.setdefault(answer.code, self._plain(answer.json))
        if operation is not None and "json" in answer.headers.get("content-type", ""):
            kept = self.answers.setdefault(operation["operationId"], {}).setdefault(str(answer.status), {})
            kept[answer.code if refused else name] = self._plain(answer.json)
        return answer

    def command(self, door: Any, event: Mapping[str, Any]) -> dict[str, Any]:
        """One command."""
        answer: dict[str, Any] = door.handler(dict(event), SimpleNamespace(aws_request_id=REQUEST_ID))
        if "error" in answer:
            raise AssertionError(f"{event['command']}: {answer['error']['detail']}")
        self.commands[event["command"]] = {"event": self._plain(dict(event)), "answer": self._plain(answer)}
        return answer

    def recorded(self) -> str:
        """All of it, as the file has it."""
        found = {"answers": self.answers, "problems": self.problems, "commands": self.commands}
        return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def _plain(self, value: Any, name: str = "") -> Any:
        if name in REPLACED and value is not None:
            return REPLACED[name]
        if name in ("width", "height"):
            return value * DRAWN
        if isinstance(value, dict):
            return {each: self._plain(inner, each) for each, inner in value.items() if each not in DEPENDING}
        if isinstance(value, list):
            return [self._plain(each) for each in value[: SHORTENED.get(name)]]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        text = QUERY.sub(rf"\1?X-Amz-Expires=300&X-Amz-Signature={SIGNATURE}", text)
        text = TOKEN.sub(f"?token={SHARE_TOKEN}", text)
        text = UUID.sub(lambda found: found[0] if found[0] == REQUEST_ID else self._named(found[0]), text)
        text = KEY_ID.sub("key:q7m2hx4vd3ka", text)
        return IDS.sub(lambda found: self._named(found[0]), text)

    def _named(self, found: str) -> str:
        """The same for the same, in the order of their coming."""
        at = self._ids.setdefault(found, str(len(self._ids)))
        shown = f"{int(at):02d}"
        if "-" in found:
            return f"3b0f6a52-9d0e-4c1b-8a57-2f6d1c9e00{shown}"
        return f"{'k' if len(found) == 27 else ''}01m7vzt1pfxbywsyjm9mqt0f{shown}"
