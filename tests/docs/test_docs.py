"""The documentation is held to what there is: commands, routes, settings, bodies, files and tests that it names."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from api import credits, generate, meta, start, status
from pydantic import BaseModel

from easel.http import commands
from easel.http.bodies import check
from easel.identity.callers import caller_of_command
from easel.policy import Clocks
from infra.stages import Stage
from tests import prove
from tests.support.operator import leaves
from tests.support.requests import a_job_request, a_quick_request

ROOT = Path(__file__).parents[2]
README, ARCHITECTURE = (ROOT / "README.md").read_text(), (ROOT / "ARCHITECTURE.md").read_text()
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md")
ALL = (*DOCUMENTS, "ADDING_PROVIDERS.md", *(str(page.relative_to(ROOT)) for page in sorted(ROOT.glob("docs/*.md"))))
DOORS = {door.name: door for door in (start.door, generate.door, status.door, credits.door)}
PAGE = {"GET /", "GET /web/{proxy+}"}  # not in the published interface
MADE = ("out/", "cdk.out/")  # by commands; nobody commits them
RULES = 18
EXAMPLE = "toy.py"  # the provider that ADDING_PROVIDERS.md adds
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?<![\w./-])(?:functions|tests|infra|local|ops|web|docs|layers|bench)/[\w./-]*\w")
FILE = re.compile(r"[\w.][\w./-]*\.(?:py|md|toml|json|txt|html|css|js)|[\w.-]+/(?:[\w.-]+/)*")


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next one of its rank."""
    rank, _, below = re.split(rf"^(#+) ({re.escape(title)})$", text, maxsplit=1, flags=re.MULTILINE)[1:]
    return re.split(rf"^#{{1,{len(rank)}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def first_column(text: str) -> Iterator[str]:
    """Everything in code letters there."""
    for row in rows(text):
        yield from CODE.findall(row[0])


def shown(text: str) -> str:
    """What is meant to be typed: indented, fenced or in code letters."""
    fenced = re.findall(r"^ *```sh\n(.*?)^ *```$", text, flags=re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^ {4}.*$", text, flags=re.MULTILINE)
    return "\n".join((*fenced, *indented, *CODE.findall(text)))


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_make_target_named_is_in_make_help() -> None:
    helped = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))

    named = set(re.findall(r"(?<![\w-])make (?:-s )?([a-z-]+)", shown(README) + shown(ARCHITECTURE)))

    assert {"demo", "test", "up", "down", "deploy", "verify"} <= named
    assert named <= helped


def test_every_command_of_easel_that_is_named_is_in_its_tree() -> None:
    known = {words for words, _ in leaves()}
    first = {words.partition(" ")[0] for words in known}

    named = {found for name in ALL for found in re.findall(r"\beasel ([a-z]+(?: [a-z]+)?)", shown(text_of(name)))}
    tabled = set(first_column(section(README, "The operator's command")))

    assert {"credits grant", "keys create", "pause on"} <= named
    for words in named:
        assert words in known | first or words.partition(" ")[0] in known, words
    assert {words.partition(" ")[0] for words in tabled} == first


def test_the_table_of_routes_is_the_interface() -> None:
    paths = meta.document("https://images.example")["paths"]
    published = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}

    told = list(first_column(section(README, "Routes")))

    assert set(told) == published | PAGE
    assert len(told) == len(set(told))


def test_the_table_of_commands_is_what_functions_can_be_told() -> None:
    table = rows(section(README, "For services in the same account"))

    told = {CODE.findall(row[0])[0]: set(CODE.findall(row[1])) for row in table}

    assert told == {name: set(door.commands) for name, door in DOORS.items()}


def test_settings_named_exist() -> None:
    named = list(first_column(section(README, "Settings you will meet first")))
    named += [name for name in CODE.findall(README + (ROOT / "SECURITY.md").read_text()) if name.startswith("policy.")]

    assert len(named) > 20
    for name in named:
        place: type[BaseModel] = Stage
        *tables, field = name.split(".")
        for table in tables:
            place = type(place.model_fields[table].default)
        assert field in place.model_fields, name


def test_the_clocks_told_are_the_clocks() -> None:
    table = section(ARCHITECTURE, "The clocks")

    told = {name: int(seconds) for name, seconds in re.findall(r"`(\w+)` (\d+)", table)}
    told |= {name: int(seconds) for seconds, name in re.findall(r"\b(\d+) \(`(\w+)`", table)}

    assert len(told) > 8
    assert told.items() <= Clocks().model_dump().items()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_named_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    linked = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    named = [word.partition("::")[0] for word in CODE.findall(text) if FILE.fullmatch(word.partition("::")[0])]

    missing = {file for file in linked + named if not file.startswith(MADE) and not (ROOT / file).exists()}

    assert not missing


@pytest.mark.parametrize("name", ALL)
def test_every_path_written_anywhere_exists(name: str) -> None:
    named = {path for path in PATH.findall((ROOT / name).read_text()) if not path.endswith(EXAMPLE)}

    assert not {path for path in named if not (ROOT / path).exists()}


def test_every_path_written_in_the_code_exists() -> None:
    for file in sorted((ROOT / "functions").rglob("*.py")):
        missing = {path for path in PATH.findall(file.read_text("utf-8")) if not (ROOT / path).exists()}
        assert not missing, file


def test_every_proof_named_can_be_run() -> None:
    known = prove.proofs()

    named = {proof for name in ALL for proof in re.findall(r"make prove WHAT=(\w+)", (ROOT / name).read_text())}

    assert named
    assert named <= known.keys()


def test_the_table_of_packages_is_the_packages_and_the_contract_places_each() -> None:
    packages = {f"functions/easel/{file.parent.name}/" for file in (ROOT / "functions/easel").glob("*/__init__.py")}
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    placed = {f"functions/easel/{name}/" for layer in contract["layers"] for name in layer.split(" | ")}

    table = rows(section(ARCHITECTURE, "Packages"))

    assert {CODE.findall(row[0])[0] for row in table} == packages | {"functions/api/", "functions/tasks/"}
    assert packages <= placed
    for package, _, begin in table:
        file = CODE.findall(begin)[0]
        assert file.startswith(CODE.findall(package)[0])
        assert (ROOT / file).is_file(), file


def test_every_rule_has_a_file_and_a_test_that_exist() -> None:
    table = rows(section(ARCHITECTURE, "Rule, file, test"))

    assert [int(rule.partition(".")[0]) for rule, _, _ in table] == list(range(1, RULES + 1))
    for rule, files, tests in table:
        assert all((ROOT / file).is_file() for file in CODE.findall(files)), rule
        named = [test.split("::") for test in CODE.findall(tests)]
        assert named, rule
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(), test


def test_every_body_shown_is_one_that_its_route_takes() -> None:
    read = {"/api/generate-images": a_quick_request, "/api/aiimage/start": a_job_request}

    shown = re.findall(r'curl -s "\$EASEL(\S+)".* -d \'(.*)\'$', README, flags=re.MULTILINE)

    assert len(shown) == 3
    for route, body in shown:
        read[route](json.loads(body))


def test_every_command_shown_is_one_that_its_function_takes() -> None:
    events = [json.loads(line) for line in re.findall(r'^ *(\{"command".*\})$', README, flags=re.MULTILINE)]
    asked = re.findall(r"/easel/dev/functions/(\w+)", README)

    assert len(events) == len(asked) == 2
    for event, function in zip(events, asked, strict=True):
        command = DOORS[function].commands[event["command"]]
        check(command.request, event["request"])
        caller_of_command(event["owner"])
        commands.key_of(event["idempotencyKey"], "idempotencyKey")


def test_every_output_named_is_one_of_the_stack() -> None:
    outputs = (ROOT / "infra" / "stack.py").read_text()

    named = re.findall(r"OutputKey=='(\w+)'", README)

    assert named
    assert all(f'"{name}":' in outputs for name in named)


def test_the_version_is_the_newest_that_the_changelog_tells_of() -> None:
    released = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )

    assert released
    assert released[0] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
