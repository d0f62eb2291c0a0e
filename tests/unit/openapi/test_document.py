"""The document as programs read it: every field is described, what it names is there, and commands are whole."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from api import credits, generate, meta, start, status

from easel.http import problems
from easel.openapi import examples
from tests.support.doors import ANN, Asked, a_done_job, invoke
from tests.support.promises import document, whole

DOCUMENT = document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
EVENTS: dict[str, dict[str, Any]] = DOCUMENT["x-easel-commands"]
ANSWERS: dict[str, dict[str, Any]] = DOCUMENT["x-easel-command-answers"]
NAMES = {  # of components that clients have types for: what is published once keeps its name
    *("AdjustBody", "AttemptView", "BalanceView", "ChargeView", "EntriesView", "EntryView", "ErrorView", "GrantBody"),
    *("GrantView", "GrantedView", "HeldView", "ImageView", "JobRequest", "JobView", "JobsView", "Mask", "Problem"),
    *("ProgressView", "QuickRequest", "QuickView", "Reference", "RefundBody", "S3Object", "SessionView", "StartedView"),
    *("Status", "UploadRequest", "UploadView"),
}
MOMENTS = {"createdAt", "startedAt", "finishedAt", "deadlineAt", "expiresAt", "at"}
LINKS = {"url", "address", "thumbnailUrl", "statusUrl", "imageUrl", "buyUrl"}


def fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, schema in SCHEMAS.items():
        for field, each in schema.get("properties", {}).items():
            yield name, field, each


def test_no_component_loses_its_name() -> None:
    assert set(SCHEMAS) >= NAMES


@pytest.mark.parametrize(("schema", "field", "said"), list(fields()), ids=lambda each: str(each)[:40])
def test_every_field_says_what_it_is(schema: str, field: str, said: dict[str, Any]) -> None:
    assert said.get("description"), f"{schema}.{field} has no description: give its Field one"
    assert "default" not in said, f"{schema}.{field}: programs take a field with a default for one that is always there"


def test_times_and_addresses_of_answers_say_so() -> None:
    for schema, field, said in fields():
        if schema.endswith("View") and field in MOMENTS:
            assert said["format"] == "date-time", (schema, field)
        if schema.endswith("View") and field in LINKS:
            assert said["format"] == "uri", (schema, field)


def test_every_schema_says_what_it_is() -> None:
    assert not [name for name, schema in SCHEMAS.items() if not schema.get("description")]


def test_what_an_answer_leaves_out_is_never_null() -> None:
    for name, schema in SCHEMAS.items():
        for field in set(schema.get("properties", {})) - set(schema.get("required", ())):
            assert {"type": "null"} not in schema["properties"][field].get("anyOf", ()), (name, field)


def test_problems_name_the_facts_that_come_with_them() -> None:
    problem = whole({"$ref": "#/components/schemas/Problem"})
    told = set(SCHEMAS["Problem"]["properties"])

    for code, found in examples.load().problems.items():
        assert problem.is_valid(found), code
        assert set(found) <= told, code


def test_every_code_has_an_example() -> None:
    assert set(examples.load().problems) == set(problems.ANSWERS)


def test_every_component_is_named_by_a_route_a_command_or_another_component() -> None:
    said = json.dumps(DOCUMENT)

    assert [name for name in DOCUMENT["components"]["schemas"] if f'"#/components/schemas/{name}"' not in said] == []


def test_every_reference_leads_somewhere_in_commands_too() -> None:
    for piece in json.dumps(DOCUMENT).split('"$ref": "#/')[1:]:
        place: Any = DOCUMENT
        for part in piece.partition('"')[0].split("/"):
            place = place[part]


def commands() -> Iterator[tuple[str, str]]:
    for function, known in EVENTS.items():
        for name in known:
            yield function, name


@pytest.mark.parametrize(("function", "name"), list(commands()))
def test_every_command_has_an_event_and_an_answer_with_examples_that_hold(function: str, name: str) -> None:
    event, answer = EVENTS[function][name], ANSWERS[function][name]
    assert len(answer["anyOf"]) == 2, f"give the Command {name} the model of its answer: answer=…View"
    for schema in (event, answer):
        assert schema.get("examples"), f"play {name} in tests/interface/scenes.py"

        whole(schema).validate(schema["examples"][0])


DOORS = {"generate": generate, "start": start, "status": status, "credits": credits}


@pytest.mark.parametrize("name", ["start_job", "get_job", "list_jobs", "balance", "entries", "upload"])
def test_what_a_command_answers_is_what_its_schema_says(asked: Asked, name: str) -> None:
    asked.job = a_done_job()
    function = next(function for function, each in commands() if each == name)
    told = EVENTS[function][name]["examples"][0]

    answer = invoke(DOORS[function], {**told, "owner": ANN.owner})

    assert "error" not in answer
    whole(ANSWERS[function][name]).validate(answer)


def test_a_refused_command_is_what_the_schema_says(asked: Asked) -> None:
    answer = invoke(status, {"command": "get_job", "owner": ANN.owner, "request": {}})

    assert answer["error"]["code"] == "invalid_request"
    whole(ANSWERS["status"]["get_job"]).validate(answer)
    assert not whole(EVENTS["status"]["get_job"]).is_valid({"command": "get_job", "owner": ANN.owner, "request": {}})


def test_a_command_with_a_reference_is_checked_down_to_its_fields() -> None:
    event = whole(EVENTS["start"]["start_job"])
    told = {"command": "start_job", "owner": ANN.owner}
    bucket = {"s3": {"bucket": "pictures", "key": "room.png"}}

    assert event.is_valid({**told, "request": {"prompt": "a lamp", "references": [bucket]}})
    assert not event.is_valid({**told, "request": {"prompt": "a lamp", "references": [{"s3": {"bucket": "pictures"}}]}})


def test_the_document_says_whose_it_is_and_what_its_parts_are() -> None:
    assert DOCUMENT["info"]["license"] == {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
    assert DOCUMENT["info"]["contact"]["name"]
    tagged = {tag for operations in DOCUMENT["paths"].values() for each in operations.values() for tag in each["tags"]}
    assert tagged == {tag["name"] for tag in DOCUMENT["tags"]}


def test_the_document_is_made_once_for_each_address() -> None:
    assert meta.document("https://images.example") is meta.document("https://images.example")
