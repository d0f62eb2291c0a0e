"""The emulator's Lambda workers: unpacked once, numbered, listed, killed.

A worker's number travels in the User-Agent of its AWS calls, so a fault can tell whose call it holds.
"""

import hashlib
import io
import itertools
import os
import shutil
import signal
import tempfile
import threading
import zipfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ministack.core.lambda_runtime as runtime
import ministack.services.lambda_svc as lambdas

NAME_PREFIX = "easel-worker-"


@dataclass(frozen=True)
class Worker:
    """One process that runs one function."""

    name: str
    function: str
    version: str
    pid: int
    busy: bool

    def as_json(self) -> dict[str, Any]:
        """What `GET /_easel/workers` says of it."""
        return asdict(self)


def apply(*, cache: Path) -> None:
    """Number every worker from now on, and let those of one version share what their archives unpack to.

    Unpacked afresh, each worker would also compile its libraries afresh: seconds of every cold start.
    """
    spawn, numbers, unpacking = runtime.Worker._spawn, itertools.count(1), threading.Lock()

    def numbered(worker: Any) -> None:
        worker.easel_name = f"{NAME_PREFIX}{next(numbers)}"
        variables = worker.config.get("Environment", {}).get("Variables", {})
        extra = {"AWS_SDK_UA_APP_ID": worker.easel_name}
        if worker.config.get("Runtime", "").startswith("python"):
            with unpacking:
                extra["_LAMBDA_LAYERS_DIRS"] = os.pathsep.join(_shared_folders(worker, variables, cache))
        worker.config = {**worker.config, "Layers": [], "Environment": {"Variables": {**variables, **extra}}}
        spawn(worker)

    runtime.Worker._spawn = numbered


def _shared_folders(worker: Any, variables: dict[str, str], cache: Path) -> list[str]:
    """Layers first and the function's code last: the worker puts each before the ones it put earlier, as AWS does."""
    if "_LAMBDA_LAYERS_DIRS" in variables:  # a worker that is started again
        return variables["_LAMBDA_LAYERS_DIRS"].split(os.pathsep)
    layers = [lambdas._resolve_layer_zip(layer) for layer in worker.config.get("Layers", [])]
    return [str(_unpacked(archive, cache)) for archive in (*layers, worker.code_zip) if archive]


def _unpacked(archive: bytes, cache: Path) -> Path:
    folder = cache / hashlib.sha256(archive).hexdigest()[:32]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=cache))
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(fresh)
        shutil.move(fresh, folder)
    return folder


def alive() -> list[Worker]:
    """Every worker process that runs now."""
    with runtime._lock:
        pools = [list(pool) for pool in runtime._workers.values()]
    return [
        Worker(
            name=worker.easel_name,
            function=worker.func_name,
            version=worker.config.get("Version", "$LATEST"),
            pid=process.pid,
            busy=worker.in_use,
        )
        for pool in pools
        for worker in pool
        if (process := worker._proc) is not None and process.poll() is None and hasattr(worker, "easel_name")
    ]


def kill(workers: list[Worker]) -> list[int]:
    """SIGKILL them, as a crash or a lost host would; says which process ids are gone."""
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    return [worker.pid for worker in workers]
