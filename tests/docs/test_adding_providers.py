"""ADDING_PROVIDERS.md keeps its word: its own code, put where it says, is a provider."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"## \d\. [^`]*`([^`]+)`.*?```(?:python|toml)\n(.*?)```", re.DOTALL)
LAST_LINE = '    "openai_compatible": "easel.providers.openai_compatible:OpenAICompatible",\n'
PROGRAM = """
import threading
from easel.images import sanitize
from easel.providers.errors import ProviderBusy, ProviderRefused
from easel.providers import registry
from easel.providers.protocol import Order
from easel.settings import Policy, ProviderSettings
from local.standins.script import SCRIPT
from local.standins.server import Server
from tests.support.plans import planned

server = Server(0, name="toy")
threading.Thread(target=server.serve_forever, daemon=True).start()
settings = {"toy": ProviderSettings(base_url=server.root)}
step = planned(model_id="toy", n=2, providers=settings).route[0]
assert (step.provider, step.credits_per_image, step.images_per_call) == ("toy", 2, 2), step
toy = registry.build("toy", settings["toy"], "a-key")
order = Order(step.upstream, "a boat", step.width, step.height, "medium", 2, "png", 5.0, "call", "ann")
made = toy.make(order)
assert [sanitize.examine(image).width for image in made.images] == [512, 512]
assert made.cost_micros == 40_000
for turn, error in (("busy", ProviderBusy), ("refuse", ProviderRefused)):
    server.stage.play(SCRIPT.validate_python([{"do": turn}]))
    try:
        toy.make(order)
    except error:
        print(turn)
"""


def told() -> dict[str, str]:
    """Each file of the page and what goes into it."""
    return dict(BLOCK.findall((ROOT / "ADDING_PROVIDERS.md").read_text()))


@pytest.fixture
def easel(tmp_path: Path) -> Path:
    """A copy of what matters, with what the page says put into it."""
    for part in ("functions/easel", "local/standins"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "local" / "__init__.py", tmp_path / "local")
    (tmp_path / "tests/support").mkdir(parents=True)
    shutil.copy(ROOT / "tests/support/plans.py", tmp_path / "tests/support")
    for name, words in told().items():
        file = tmp_path / name
        if name.endswith("registry.py"):
            file.write_text(file.read_text().replace(LAST_LINE, LAST_LINE + words))
        elif name.endswith(".toml"):
            file.write_text(f"{file.read_text()}\n{words}")
        else:
            assert not file.exists()
            file.write_text(words)
    return tmp_path


def test_the_page_names_one_file_one_line_one_entry_and_one_stand_in() -> None:
    assert list(told()) == [
        "functions/easel/providers/toy.py",
        "functions/easel/providers/registry.py",
        "functions/easel/catalog/catalog.toml",
        "local/standins/wires/toy.py",
    ]
    assert told()["functions/easel/providers/registry.py"].count("\n") == 1


def test_a_provider_is_added_without_changing_any_other_python_file(easel: Path) -> None:
    path = f"{easel / 'functions'}:{easel}"

    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": path},
        cwd=easel,
    )

    assert ran.stderr == ""
    assert ran.stdout.split() == ["busy", "refuse"]


def test_what_the_page_shows_is_typed_and_styled_like_the_rest(easel: Path) -> None:
    for name in (name for name in told() if name.endswith("toy.py")):
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                "check",
                "--config",
                ROOT / "pyproject.toml",
                "--ignore=D,T201",
                easel / name,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout
