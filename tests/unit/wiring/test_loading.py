"""A function loads what it needs and no more: what it loads is paid for at every cold start."""

import subprocess
import sys

import pytest

# Modules of Easel, packages not counted. A bound may only be raised for a module that the function does need.
MOST = {
    "api.authorize": 18,
    "api.credits": 48,
    "api.session": 20,
    "api.status": 50,
    "tasks.fetch": 11,
    "tasks.prepare": 48,
    "tasks.reconcile": 42,
    "tasks.settle": 34,
}
PROGRAM = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*(name for name, module in sys.modules.items() if name.startswith("easel") and not hasattr(module, "__path__")))
"""


@pytest.mark.parametrize("function", MOST)
def test_a_function_loads_no_more_than_it_needs(function: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, function],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "functions"},
    )

    loaded = ran.stdout.split()

    assert len(loaded) <= MOST[function], sorted(loaded)


def test_settling_loads_nothing_of_starting_or_attempting() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "tasks.settle"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "functions"},
    )

    assert not [
        name for name in ran.stdout.split() if name.split(".")[1] in {"submission", "execution", "http", "images"}
    ]
