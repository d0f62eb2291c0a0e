"""What README tells website developers to type ends in pictures: in a shell, in a page's own words, in Python."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from local import tools
from local.places import ROOT
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins
SECONDS = 180
SECTION = re.search(
    r"^## For website developers$(.*?)^### Routes$", (ROOT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE
)
PAGE = """
import {{ readFileSync, writeFileSync }} from "node:fs";
const file = (name) => new Blob([readFileSync(name)], {{ type: "image/png" }});
const files = [file("photo.png"), file("mask.png")];
const shown = {{ "#lamp": {{}}, "#edit": {{}}, "input[type=file]": {{ files }} }};
globalThis.document = {{ querySelector: (what) => shown[what] }};
{code}
for (const name of ["lamp", "edit"]) {{
  const picture = await fetch(shown[`#${{name}}`].src);
  writeFileSync(`${{name}}.png`, Buffer.from(await picture.arrayBuffer()));
}}
"""


def written(language: str) -> list[str]:
    """The blocks of README's part for website developers in one language."""
    assert SECTION
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTION[1], flags=re.DOTALL | re.MULTILINE)


def run(command: list[str], folder: Path, more: Mapping[str, str]) -> str:
    env = {"PATH": os.environ["PATH"], **more}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def size(file: Path) -> tuple[int, int]:
    with Image.open(file) as image:
        image.load()
        return image.size


@pytest.fixture
def developer(stack: Stack) -> dict[str, str]:
    """What `make up` prints, in the shell."""
    assert stack.local
    ann = stack.someone(credits=60)
    return {"EASEL": stack.url, "TOKEN": ann.headers["Authorization"].removeprefix("Bearer ")}


def an_outline(folder: Path, name: str) -> None:
    """A picture whose upper half is transparent."""
    image = Image.new("RGBA", (1024, 1024), "teal")
    image.paste((0, 0, 0, 0), (0, 0, 1024, 512))
    image.save(folder / name)


def test_its_commands_end_in_pictures_and_not_on_the_terminal(tmp_path: Path, developer: dict[str, str]) -> None:
    said = [run(["bash", "-euo", "pipefail", "-c", block], tmp_path, developer) for block in written("sh")]

    assert "".join(said) == ""
    found = {name: size(tmp_path / f"{name}.png") for name in ("camera", "skyline", "lamp")}
    assert found == {"camera": (1024, 1024), "skyline": (1536, 1024), "lamp": (1024, 1024)}


def test_its_python_makes_a_picture_and_edits_it_with_a_mask(tmp_path: Path, developer: dict[str, str]) -> None:
    an_outline(tmp_path, "mask.png")
    [code] = written("python")

    run([sys.executable, "-c", code], tmp_path, developer)

    assert (size(tmp_path / "lamp.png"), size(tmp_path / "edit.png")) == ((1024, 1024), (1024, 1024))


def test_its_page_starts_polls_uploads_and_edits_with_a_mask(tmp_path: Path, developer: dict[str, str]) -> None:
    an_outline(tmp_path, "mask.png")
    Image.new("RGB", (1024, 1024), "teal").save(tmp_path / "photo.png")
    [code] = written("js")
    first = next(iter(code.splitlines()))
    assert first.startswith('const EASEL = "http://127.0.0.1:8787", TOKEN = "…";')
    own = f'const EASEL = "{developer["EASEL"]}", TOKEN = "{developer["TOKEN"]}";'
    (tmp_path / "page.mjs").write_text(PAGE.format(code=code.replace(first, own)))

    run([str(tools.node().binary), "page.mjs"], tmp_path, {})

    assert (size(tmp_path / "lamp.png"), size(tmp_path / "edit.png")) == ((1024, 1024), (1024, 1024))
