"""The runbook has what to do in each incident, by commands that there are; every alarm leads to one of its parts."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from infra.monitoring import anchor_of
from ops.commands import doctor
from ops.doctor import run
from tests.support.operator import easel, leaves
from tests.support.well_stage import facts_of, reading

TEXT = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text()
PARTS = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
COMMANDS = sorted(set(re.findall(r"`easel ([^`]+)`", TEXT)))
KINDS = ("Rings", "Users see", "Look", "Mend", "Verify")


def anchors() -> set[str]:
    """As a page of Markdown makes them of its headings."""
    titles = (part.partition("\n")[0] for part in PARTS)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.partition("\n")[0].replace(" ", "_"))
def test_every_incident_says_what_rings_what_users_see_and_how_to_look_mend_and_verify(part: str) -> None:
    assert tuple(re.findall(r"^- \*\*([^*]+)\*\*: ", part, flags=re.MULTILINE)) == KINDS


def test_there_are_ten_incidents_and_more() -> None:
    assert len(PARTS) >= 10


@pytest.mark.parametrize("name", re.findall(r"`([A-Z]\w+)(?:-…)?`", "\n".join(PARTS)))
def test_every_alarm_named_leads_back_to_the_part_that_names_it(name: str) -> None:
    part = anchor_of(name)

    assert part in anchors()
    named = next(each for each in PARTS if f"`{name}" in each and _anchor(each) == part)
    assert named


def _anchor(part: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", part.partition("\n")[0].lower()).replace(" ", "-")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_it_can_be_meant(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read to its end: what goes wrong is that the stage of this test is nowhere, and not the words."""
    monkeypatch.setattr(doctor, "reader_of", lambda operator, spend: reading(facts_of()))

    def nowhere(stage: str) -> Any:
        raise LookupError("nowhere")

    words = [word if word != "OWNER" else "service:shop" for word in shlex.split(command)]
    ran = easel(nowhere, *words, "--stage", "prod", "--yes")

    assert ran.code == 0 or "LookupError: nowhere" in ran.err, ran.err


def test_the_checks_that_it_names_are_some() -> None:
    known = {check.id for check in run.CHECKS}

    assert set(re.findall(r"--only ([\w-]+)", TEXT)) <= known
    assert leaves()
