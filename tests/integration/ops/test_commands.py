"""What every command keeps to: an example that runs, one JSON document, a question before a change, a trail after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import audit
from ops.commands import doctor
from tests.support.easel_examples import COMMANDS, IN_A_POOL, an_examined_stage, example, words_of
from tests.support.operator import DeployedWorld, easel
from tests.support.well_stage import facts_of, reading
from tests.support.world import World

CHANGES = {
    "credits adjust": "credits adjust",
    "credits grant": "credits grant",
    "credits refund": "credits refund",
    "keys create": "key created",
    "keys finish": "key finished",
    "keys revoke": "key revoked",
    "keys rotate": "key rotated",
    "pause off": "spending resumed",
    "pause on": "spending paused",
    "providers close": "breaker closed",
    "providers open": "breaker opened",
}


@pytest.fixture
def stage(quick_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeployedWorld]:
    monkeypatch.setattr(doctor, "reader_of", lambda operator, spend: reading(facts_of()))
    monkeypatch.chdir(tmp_path)  # where an example writes a file
    with an_examined_stage(quick_world) as made:
        yield made


def acts(stage: DeployedWorld) -> list[str]:
    return [act.act for act in audit.acts(stage)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - IN_A_POOL))
def test_the_example_of_every_help_runs(stage: DeployedWorld, name: str) -> None:
    stage.world.give()

    ran = easel(stage, *words_of(stage, name))

    assert ran.code == 0, ran.err
    assert ran.out or ran.err  # where there are none it says so


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - IN_A_POOL))
def test_with_json_every_command_prints_one_document(stage: DeployedWorld, name: str) -> None:
    stage.world.give()

    ran = easel(stage, "--json", *words_of(stage, name))

    assert ran.code == 0, ran.err
    assert isinstance(ran.answer, dict | list)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_change_is_on_the_audit_once(stage: DeployedWorld, name: str) -> None:
    stage.world.give()
    words = words_of(stage, name)
    before = acts(stage)

    assert easel(stage, *words).code == 0

    assert sorted(acts(stage)) == sorted([*before, CHANGES[name]])


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_dry_run_says_what_it_would_do_and_changes_nothing(stage: DeployedWorld, name: str) -> None:
    stage.world.give()
    words = words_of(stage, name)
    before = acts(stage)

    ran = easel(stage, *words, "--dry-run")

    assert ran.code == 0
    assert ran.out.startswith("would ")
    assert ran.out.strip().endswith("nothing was changed")
    assert acts(stage) == before


@pytest.mark.parametrize("name", sorted(CHANGES))
@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("\n", 1), (None, 2)])
def test_without_a_yes_nothing_is_changed(stage: DeployedWorld, name: str, typed: str | None, code: int) -> None:
    stage.world.give()
    words = [word for word in words_of(stage, name) if word != "--yes"]
    before = acts(stage)

    ran = easel(stage, *words, typed=typed)

    assert ran.code == code, ran.err
    assert acts(stage) == before


def test_with_a_yes_typed_it_is_done(stage: DeployedWorld) -> None:
    ran = easel(stage, *["pause", "on", "--stage", "dev"], typed="y\n")

    assert ran.code == 0
    assert "This will stop every new job in stage dev within two seconds" in ran.err
    assert acts(stage)[-1] == "spending paused"


def test_every_command_says_what_it_does_with_an_example_that_names_it() -> None:
    assert len(COMMANDS) >= 20
    for name, command in COMMANDS.items():
        assert command.help, name
        assert example(command).startswith(f"easel {name} "), name
