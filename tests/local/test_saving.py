"""An emulator that dies hard loses the last seconds, never the stage; and its gateway believes the connection alone."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local import servers
from local.emulator.asgi import Message, Receive, Scope, Send
from local.emulator.callers import Callers
from local.emulator.saving import Saver, deployed
from local.places import Places


class Emulator:
    """Two services, and one deployment."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {"dynamodb": {"jobs": 1}, "lambda": {"code": "old"}}
        self.deployment: str | None = "first"
        self.copied: list[str] = []

    def services(self) -> dict[str, Any]:
        return {name: lambda name=name: self.copy(name) for name in self.states}

    def copy(self, name: str) -> Any:
        self.copied.append(name)
        state = self.states[name]
        if isinstance(state, Exception):
            raise state
        return state


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


@pytest.fixture
def saver(emulator: Emulator, tmp_path: Path) -> Saver:
    return Saver(tmp_path, emulator.services, lambda: emulator.deployment, lambda name, state: json.dumps(state))


def on_disk(saver: Saver) -> dict[str, Any]:
    return {file.stem: json.loads(file.read_text()) for file in saver.folder.glob("*.json")}


def test_what_was_deployed_and_done_is_on_the_disk_before_anybody_asks_the_emulator_to_end(
    emulator: Emulator, saver: Saver
) -> None:
    assert saver.save() == ["dynamodb", "lambda"]

    assert on_disk(saver) == emulator.states


def test_between_deployments_only_what_requests_change_is_copied_and_written(emulator: Emulator, saver: Saver) -> None:
    saver.save()
    emulator.copied.clear()
    emulator.states["dynamodb"] = {"jobs": 2}

    assert saver.save() == ["dynamodb"]
    assert saver.save() == []
    assert emulator.copied == ["dynamodb", "dynamodb"]
    assert on_disk(saver)["dynamodb"] == {"jobs": 2}


def test_a_deployment_that_is_half_done_is_never_on_the_disk(emulator: Emulator, saver: Saver) -> None:
    saver.save()
    emulator.deployment, emulator.states["lambda"] = None, {"code": "half"}

    assert saver.save() == []
    assert on_disk(saver)["lambda"] == {"code": "old"}

    emulator.deployment = "second"
    assert saver.save() == ["lambda"]


def test_a_service_that_changes_while_it_is_copied_is_saved_the_next_time(emulator: Emulator, saver: Saver) -> None:
    emulator.states["lambda"] = RuntimeError("dictionary changed size during iteration")
    assert saver.save() == ["dynamodb"]

    emulator.states["lambda"] = {"code": "new"}

    assert saver.save() == ["lambda"]


def test_nothing_older_is_written_over_what_the_emulator_saved_at_its_end(emulator: Emulator, saver: Saver) -> None:
    def last() -> None:
        (saver.folder / "dynamodb.json").write_text('{"jobs": 9}')

    saver.end(last)

    assert saver.save() == []
    assert on_disk(saver) == {"dynamodb": {"jobs": 9}}


@pytest.mark.parametrize(
    ("statuses", "stands"),
    [
        (["CREATE_COMPLETE", "UPDATE_COMPLETE"], True),
        (["CREATE_COMPLETE", "REVIEW_IN_PROGRESS"], True),
        (["CREATE_COMPLETE", "UPDATE_IN_PROGRESS"], False),
        (["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"], False),
        ([], True),
    ],
)
def test_a_deployment_stands_when_no_stack_is_being_changed(statuses: list[str], stands: bool) -> None:
    stacks = [{"StackId": f"id-{at}", "StackStatus": status} for at, status in enumerate(statuses)]

    assert (deployed(stacks) is not None) is stands


def test_a_stage_whose_emulator_saved_nothing_begins_empty(tmp_path: Path) -> None:
    places = Places("local", under=tmp_path)
    assert not servers.lost_its_state(places)

    (places.folder("s3") / "an-object").write_text("a picture")
    (places.file("deployed.json")).write_text("{}")
    assert servers.lost_its_state(places)

    servers.forget(places)
    assert not servers.lost_its_state(places)
    assert not places.file("deployed.json").exists()


def test_a_stage_whose_emulator_saved_keeps_its_data(tmp_path: Path) -> None:
    places = Places("local", under=tmp_path)
    (places.folder("s3") / "an-object").write_text("a picture")
    (places.folder("state") / "cloudformation.json").write_text("{}")

    assert not servers.lost_its_state(places)


def headers_met(path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What the emulator behind `Callers` is told."""
    met: list[tuple[bytes, bytes]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        met.extend(scope["headers"])

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def ignored(message: Message) -> None:
        pass

    scope = {"type": "http", "path": path, "headers": headers, "client": ("198.51.100.7", 40_000)}
    asyncio.run(Callers(app)(scope, nothing, ignored))
    return met


def test_the_emulated_gateway_believes_no_invented_address() -> None:
    invented = [(b"accept", b"*/*"), (b"X-Forwarded-For", b"203.0.113.9"), (b"x-forwarded-for", b"203.0.113.10")]

    met = headers_met("/_aws/execute-api/abc/live/api/aiimage/start", invented)

    assert met == [(b"accept", b"*/*"), (b"x-forwarded-for", b"198.51.100.7")]


def test_other_services_are_asked_as_the_request_came() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.9")]

    assert headers_met("/assets/jobs/1/0.png", headers) == headers
