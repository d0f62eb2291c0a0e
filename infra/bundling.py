"""What goes into the functions and their layers, gathered without Docker; it and `byte_code` alone run programs.

`app.py` calls it before the stack is made, so that synthesis itself only reads folders.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra import byte_code
from infra.stages import Stage

LAYERS = ("api", "worker", "fetch")
PYTHON = "3.14"
# Both tags: with the first alone pip would take old releases of libraries that build for newer systems only.
CLOUD = ("--platform", "manylinux2014_aarch64", "--platform", "manylinux_2_28_aarch64", "--python-version", PYTHON)
UNZIPPED_BYTES_MAX = 250 * 1024 * 1024  # of a function and its layers together, set by AWS
CODE_BYTES_MAX = 10 * 1024 * 1024
# What functions ask of AWS: botocore describes four hundred services, which a cold function would unpack for nothing.
SERVICES = ("bedrock-runtime", "dynamodb", "events", "lambda", "s3", "secretsmanager", "stepfunctions", "sts")
CACHES = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", ".DS_Store")
INSTALL_SECONDS_MAX = 600


class BundlingError(Exception):
    """A bundle could not be made; the message says which, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The folders that become assets."""

    code: Path
    layers: dict[str, Path]


def bundle(stage: Stage, *, root: Path, out: Path) -> Bundle:
    """Gather the code, and the layers for the stage's platform; layers once installed are used again."""
    code, python = gather_code(root, out / "code"), byte_code.interpreter(PYTHON, emulated=stage.emulated)
    if python is not None:
        byte_code.compile_folder(code, python, at="/var/task")
        _refuse_oversize(code, CODE_BYTES_MAX)
    return Bundle(
        code=code,
        layers={name: install_layer(name, stage, root=root) for name in LAYERS},
    )


def gather_code(root: Path, target: Path) -> Path:
    """Copy `functions/`, and the page it serves from `web/`, without caches."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root / "functions", target, ignore=CACHES)
    if (root / "web").is_dir():
        shutil.copytree(root / "web", target / "web", ignore=CACHES)
    _refuse_oversize(target, CODE_BYTES_MAX)
    return target


def install_layer(name: str, stage: Stage, *, root: Path) -> Path:
    """The folder of a layer, installed from its lock unless it was before."""
    lock = root / "layers" / name / "requirements.txt"
    wanted, python = _wanted(stage), byte_code.interpreter(PYTHON, emulated=stage.emulated)
    made_of = [lock.read_text(), *wanted, *SERVICES, "sources" if python is None else "byte code"]
    key = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]
    layer = root / ".easel" / "layers" / f"{name}-{stage.platform}-{key}"
    if not layer.is_dir():
        layer.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=layer.parent) as scratch:
            made = Path(scratch) / "layer"
            _install(lock, wanted, made / "python")
            _drop_services(made / "python" / "botocore" / "data")
            if python is not None:
                byte_code.compile_folder(made, python, at="/opt")
            _refuse_oversize(made, UNZIPPED_BYTES_MAX - CODE_BYTES_MAX)
            _settle(made, layer)
    return layer


def _wanted(stage: Stage) -> Sequence[str]:
    # The emulator runs every function on its own interpreter: the same version as the one that runs this.
    here = f"# {sysconfig.get_platform()} {sys.version_info.major}.{sys.version_info.minor}"
    return [here] if stage.emulated else CLOUD


def _install(lock: Path, wanted: Sequence[str], target: Path) -> None:
    print(f"installing {lock.parent.name} layer ...", file=sys.stderr, flush=True)  # noqa: T201 — it takes seconds
    options = [option for option in wanted if not option.startswith("#")]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--only-binary=:all:", "--target", str(target), *options, "--requirement", str(lock)]
    try:
        subprocess.run(command, check=True, timeout=INSTALL_SECONDS_MAX, capture_output=True, text=True)  # noqa: S603
    except subprocess.CalledProcessError as exc:
        raise BundlingError(f"{lock}: pip could not install it: {exc.stderr.strip()[-1500:]}") from exc
    except subprocess.TimeoutExpired as exc:
        raise BundlingError(f"{lock}: pip took over {INSTALL_SECONDS_MAX} s; is the package index in reach?") from exc
    shutil.rmtree(target / "bin", ignore_errors=True)


def _drop_services(described: Path) -> None:
    """Leave out what botocore knows of services that no function asks."""
    for service in described.glob("*/"):
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)


def _settle(made: Path, layer: Path) -> None:
    try:
        made.rename(layer)
    except OSError:
        if not layer.is_dir():  # else another run was quicker, with the same result
            raise


def _refuse_oversize(folder: Path, most: int) -> None:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > most:
        raise BundlingError(f"{folder.name}: {size:,} bytes unzipped, but at most {most:,} fit: leave something out")
