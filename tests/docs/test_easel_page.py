"""`docs/easel.md` is what `easel` has: every command with its options and example, and what `--json` answers.

The answers are real ones, of a stage in memory; of each the page says its JSON Schema. `EASEL_WRITE_PAGE=1` writes it.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.cli import failures
from ops.cli.words import EVERYWHERE
from ops.commands import doctor
from tests.support.easel_examples import IN_A_POOL, an_examined_stage, example, words_of
from tests.support.operator import easel, leaves
from tests.support.well_stage import facts_of, reading
from tests.support.world import World

PAGE = Path(__file__).parents[2] / "docs" / "easel.md"
CODES = {failures.DONE: "done", failures.REFUSED: "refused, or found wrong", failures.WRONG_USE: "wrong use"}
CODES |= {failures.NO_ACCESS: "no access"}
HEAD = f"""\
# easel

The operator's command, `.venv/bin/easel`. {EVERYWHERE} `EASEL_DEBUG=1` shows the stack trace of a bug.

It ends with {", ".join(f"{code}: {said}" for code, said in CODES.items())}.

With `--json` there is one document on stdout and nothing else; a failure is
`{{"error": {{"sentence", "remedy", "exitCode"}}}}`. The schema of each answer stands with its command. Made by
`EASEL_WRITE_PAGE=1 pytest tests/docs/test_easel_page.py`; do not edit it by hand.
"""


def schema_of(value: Any) -> dict[str, Any]:
    """The JSON Schema that a value is of; of a list, that of all its items together."""
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: schema_of(each) for name, each in value.items()}}
    if isinstance(value, list):
        items = [schema_of(each) for each in value]
        return {"type": "array", **({"items": _together(items)} if items else {})}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return {"type": kinds[type(value)]}


def _together(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if all(each["type"] == "object" for each in schemas):
        names = list(dict.fromkeys(name for each in schemas for name in each["properties"]))
        found = {n: [each["properties"][n] for each in schemas if n in each["properties"]] for n in names}
        return {"type": "object", "properties": {name: _together(each) for name, each in found.items()}}
    if len({each["type"] for each in schemas}) == 1:
        return next((each for each in schemas if "items" in each), schemas[0])
    return {"type": sorted({each["type"] for each in schemas if isinstance(each["type"], str)})}


def page(world: World) -> str:
    """The whole page."""
    return "\n".join([HEAD, *_sections(world)])


def _sections(world: World) -> Iterator[str]:
    for name, command in leaves():
        yield f"## easel {name}\n\n{_prose(command.help)}\n\n    {example(command)}\n"
        if told := list(_options(command)):
            yield "\n".join(["| option | says |", "|---|---|", *told]) + "\n"
        if name not in IN_A_POOL:
            yield f"```json\n{json.dumps(_answer(world, name))}\n```\n"


def _prose(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _options(command: Any) -> Iterator[str]:
    for each in command.params:
        if "--help" not in each.opts:
            name = each.opts[0] if each.opts[0].startswith("--") else (each.metavar or each.name).upper()
            yield f"| `{name}` | {_prose(each.help or '')} |"


def _answer(world: World, name: str) -> dict[str, Any]:
    with an_examined_stage(world) as stage:
        world.give()
        ran = easel(stage, *words_of(stage, name), "--json")
        assert ran.code == 0, (name, ran.err)
        return schema_of(ran.answer)


def test_the_page_is_what_the_command_has(quick_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "reader_of", lambda operator, spend: reading(facts_of()))

    made = page(quick_world)

    if os.environ.get("EASEL_WRITE_PAGE"):
        PAGE.write_text(made)
    assert PAGE.read_text() == made, "run `EASEL_WRITE_PAGE=1 pytest tests/docs/test_easel_page.py`"
