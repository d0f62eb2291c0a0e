"""What is bundled is what the locks say, for the machine it will run on."""

import ast
import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra import bundling, byte_code
from infra.stages import load
from tests.support.assembly import ROOT

ASKED_FOR = {
    "api": {"aws-lambda-powertools", "boto3", "fastapi", "joserfc", "mangum", "multipart", "pydantic"},
    "fetch": {"boto3", "pydantic"},
    "worker": {"aws-lambda-powertools", "boto3", "google-genai", "httpx2", "openai", "pillow", "pydantic"},
}
LOCKS = ("requirements.txt", "layers/api/requirements.txt", "layers/worker/requirements.txt")
PIN = re.compile(r"[a-z0-9][a-z0-9.-]*==[0-9][\w.]*")
BUILT = [(layer, stage) for layer in bundling.LAYERS for stage in ("local", "prod")]


def pins(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


def lock(layer: str) -> dict[str, str]:
    return pins(ROOT / "layers" / layer / "requirements.txt")


def installed(layer: str, stage: str) -> dict[str, Distribution]:
    folder = bundling.install_layer(layer, load(stage), root=ROOT) / "python"
    return {canonicalize_name(found.name): found for found in distributions(path=[str(folder)])}


def needs(found: Distribution, stage: str) -> set[str]:
    environment = cast(dict[str, str], {**default_environment(), "extra": ""})
    if stage == "prod":
        version = {"python_version": bundling.PYTHON, "python_full_version": f"{bundling.PYTHON}.0"}
        environment |= {**version, "sys_platform": "linux", "platform_machine": "aarch64"}
    wanted = map(Requirement, found.requires or ())
    return {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate(environment)}


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_exact_versions_in_order_and_no_addresses(file: str) -> None:
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]

    assert [line for line in lines if not PIN.fullmatch(line)] == []
    assert len(set(lines)) == len(lines)


def test_locks_that_share_a_library_share_its_version() -> None:
    held = [pins(ROOT / file) for file in LOCKS]

    for one in held:
        for other in held:
            assert {name: one[name] for name in one.keys() & other} == {
                name: other[name] for name in one.keys() & other
            }


@pytest.mark.parametrize(("layer", "stage"), BUILT)
def test_a_layer_holds_what_its_lock_says(layer: str, stage: str) -> None:
    found = {name: one.version for name, one in installed(layer, stage).items()}

    assert found == lock(layer)


@pytest.mark.parametrize(("layer", "stage"), BUILT)
def test_a_lock_lacks_nothing_and_holds_nothing_that_nobody_asked_for(layer: str, stage: str) -> None:
    found, wanted, looked_at = installed(layer, stage), set(ASKED_FOR[layer]), set[str]()

    while wanted - looked_at:
        name = min(wanted - looked_at)
        looked_at.add(name)
        wanted |= needs(found[name], stage)

    assert wanted == set(lock(layer))


@pytest.mark.parametrize("layer", bundling.LAYERS)
def test_a_deployed_layer_is_built_for_arm_and_for_nothing_else(layer: str) -> None:
    wheels = [one.read_text("WHEEL") or "" for one in installed(layer, "prod").values()]
    tags = {tag for wheel in wheels for tag in re.findall(r"^Tag: .*-(\S+)$", wheel, re.MULTILINE)}

    assert {tag for tag in tags if tag != "any" and not tag.endswith("_aarch64")} == set()
    assert any(tag.endswith("_aarch64") for tag in tags)


def test_a_layer_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layers" / "api").mkdir(parents=True)
    (tmp_path / "layers" / "api" / "requirements.txt").write_text("six==1.17.0\n")
    runs: list[list[str]] = []
    monkeypatch.setattr(bundling, "subprocess", _pip_that_notes(runs))

    first = bundling.install_layer("api", load("prod"), root=tmp_path)
    again = bundling.install_layer("api", load("prod"), root=tmp_path)
    other = bundling.install_layer("api", load("local"), root=tmp_path)

    assert (first, len(runs)) == (again, 2)
    assert other != first
    assert "manylinux_2_28_aarch64" in runs[0]
    assert "--platform" not in runs[1]


def test_a_layer_too_large_for_lambda_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layers" / "api").mkdir(parents=True)
    (tmp_path / "layers" / "api" / "requirements.txt").write_text("six==1.17.0\n")
    monkeypatch.setattr(bundling, "subprocess", _pip_that_notes([]))
    monkeypatch.setattr(bundling, "UNZIPPED_BYTES_MAX", bundling.CODE_BYTES_MAX)

    with pytest.raises(bundling.BundlingError, match="leave something out"):
        bundling.install_layer("api", load("prod"), root=tmp_path)

    assert list((tmp_path / ".easel" / "layers").iterdir()) == []


def _pip_that_notes(runs: list[list[str]]) -> SimpleNamespace:
    def run(command: list[str], **_: object) -> None:
        runs.append(command)
        target = Path(command[command.index("--target") + 1])
        target.mkdir(parents=True)
        (target / "six.py").write_text("# six")

    return SimpleNamespace(
        run=run,
        CalledProcessError=subprocess.CalledProcessError,
        TimeoutExpired=subprocess.TimeoutExpired,
    )


def test_the_code_is_functions_and_page_without_caches(tmp_path: Path) -> None:
    code = bundling.gather_code(ROOT, tmp_path / "code")

    assert (code / "easel" / "settings.py").is_file()
    assert (code / "web").is_dir() == (ROOT / "web").is_dir()
    assert [path for path in code.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"] == []


def test_the_same_sources_give_the_same_byte_code_wherever_they_lay(tmp_path: Path) -> None:
    made = []
    for name in ("here", "there"):
        code = bundling.gather_code(ROOT, tmp_path / name)
        byte_code.compile_folder(code, sys.executable, at="/var/task")
        made.append({path.relative_to(code): path.read_bytes() for path in code.rglob("*.pyc")})

    sources = set((tmp_path / "here").rglob("*.py"))
    assert len(made[0]) == len(sources)
    assert made[0] == made[1]
    assert not any(str(tmp_path).encode() in content for content in made[0].values())


def test_byte_code_is_made_by_the_python_that_will_read_it() -> None:
    other = "3.99"

    assert byte_code.interpreter(other, emulated=True) == sys.executable
    assert byte_code.interpreter(other, emulated=False, which="/somewhere/{}".format) == "/somewhere/python3.99"
    assert byte_code.interpreter(other, emulated=False, which=lambda _: None) is None


def _clients(tree: ast.Module) -> set[str]:
    """The services that a module makes a client of: a text given first to `_client`, or to boto3's own."""
    makers = {"_client", "make"}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = ((node.func, node.args[0]) for node in calls)
    return {
        str(given.value)
        for made, given in named
        if isinstance(given, ast.Constant)
        and (getattr(made, "id", "") in makers or getattr(made, "attr", "") in {"client", "resource"})
    }


def test_a_layer_describes_the_services_that_functions_ask_and_no_others() -> None:
    sources = [path for path in (ROOT / "functions").rglob("*.py") if "boto" in path.read_text()]
    asked = set().union(*(_clients(ast.parse(path.read_text())) for path in sources))

    assert asked | {"sts"} == set(bundling.SERVICES)  # sts: roles that botocore itself may have to take on
    for layer, stage in BUILT:
        data = bundling.install_layer(layer, load(stage), root=ROOT) / "python" / "botocore" / "data"
        assert {path.name for path in data.iterdir() if path.is_dir()} == set(bundling.SERVICES)
        assert (data / "endpoints.json").is_file() or (data / "endpoints.json.gz").is_file()


def test_the_cdk_command_line_is_pinned_and_its_lock_names_no_registry() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert package["devDependencies"] == {"aws-cdk": "2.1148.1"}
    assert locked["node_modules/aws-cdk"]["version"] == "2.1148.1"
    assert [name for name, found in locked.items() if "resolved" in found] == []
