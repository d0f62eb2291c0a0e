"""Byte code shipped beside the sources, so that a cold function need not compile what it imports.

A function's folder is read-only and made anew at every cold start: what Python compiles there is thrown away. Importing
the worker's libraries takes more than twice as long without it.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SECONDS_MAX = 300


def interpreter(version: str, *, emulated: bool, which: Callable[[str], str | None] = shutil.which) -> str | None:
    """The Python on this machine whose byte code the functions can read; None where there is none.

    The emulator runs functions on the Python that runs this; Lambda on `version` ("3.14").
    """
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return sys.executable if emulated or here == version else which(f"python{version}")


def compile_folder(folder: Path, python: str, *, at: str) -> None:
    """Write the byte code of all that `folder` holds, whose place in a function will be `at` ("/var/task").

    One process and no times of files: the same sources give the same bytes, so what did not change is not deployed.
    What this Python cannot compile is left to be compiled where it is imported.
    """
    told = ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", at]
    command = [python, "-I", "-m", "compileall", "-q", "-q", "-j", "1", *told, str(folder)]
    subprocess.run(command, check=False, timeout=SECONDS_MAX, capture_output=True)  # noqa: S603 — a Python found here
