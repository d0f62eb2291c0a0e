"""A function loads what it needs and no more: what it loads is paid for at every cold start."""

import subprocess
import sys
from pathlib import Path

import pytest
from api import meta

# Modules of Easel, packages not counted. A bound may only be raised for a module that the function does need.
MOST = {
    "api.authorize": 19,
    "api.credits": 55,
    "api.session": 24,
    "api.status": 71,
    "tasks.fetch": 12,
    "tasks.prepare": 46,
    "tasks.reconcile": 54,
    "tasks.settle": 46,
}
PROGRAM = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*(name for name, module in sys.modules.items() if name.startswith("easel") and not hasattr(module, "__path__")))
"""


def loaded(function: str) -> list[str]:
    """The modules of Easel that importing a function's file loads in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, function],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "functions"},
    )
    return sorted(ran.stdout.split())


@pytest.mark.parametrize("function", MOST)
def test_a_function_loads_no_more_than_it_needs(function: str) -> None:
    found = loaded(function)

    assert len(found) <= MOST[function], found


def test_settling_loads_nothing_of_starting_or_attempting() -> None:
    refused = {"submission", "execution", "http", "images"}

    found = loaded("tasks.settle")
    assert not [name for name in found if name.split(".")[1] in refused]
    assert "easel.aws.secrets" not in found  # nor fifty modules of a library: settling has no secret


FUNCTIONS = Path(meta.__file__).parents[1]


def test_importing_the_doors_loads_nothing_heavy_and_needs_no_environment() -> None:
    code = (
        "import sys\nfrom api import generate, start, status, credits, session, meta, authorize\n"
        "heavy = {'openai', 'PIL', 'numpy', 'easel.openapi'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=FUNCTIONS, env={}, capture_output=True, text=True, timeout=30
    )

    assert done.returncode == 0, done.stderr


def test_planning_loads_no_heavy_library() -> None:
    program = (
        "import sys, easel.catalog.planning, easel.catalog.views; easel.catalog.planning.load(); print(*sys.modules)"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": "functions"}
    ).stdout.split()

    assert not {"openai", "PIL", "boto3", "fastapi"} & set(loaded)


ATTEMPT = {
    **dict.fromkeys(("ASSETS_BUCKET", "JOBS_TABLE", "LIMITS_TABLE", "MODERATION_SECRET"), "none"),
    **dict.fromkeys(("PROVIDERS_SECRET", "SIGNING_SECRET"), "none"),
    "AWS_DEFAULT_REGION": "eu-central-1",
    "MODERATION": '{"openai": true}',
    "PROVIDERS": '{"openai": {}, "fal": {}}',
    "STAGE": "test",
    "WORKER_SEATS": "0",
}


@pytest.mark.parametrize(("inside", "loaded"), [({"AWS_LAMBDA_FUNCTION_NAME": "attempt"}, True), ({}, False)])
def test_a_worker_has_its_providers_libraries_before_its_first_job(inside: dict[str, str], loaded: bool) -> None:
    """Loaded within the first call, they would use up its time limit where many workers begin at once."""
    program = "import sys, tasks.attempt; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "functions", **ATTEMPT, **inside},
    )
    wanted = {"openai", "easel.providers.fal", "easel.moderation.openai_sdk"}

    assert (wanted <= set(ran.stdout.split())) == loaded
    assert "easel.providers.bedrock" not in ran.stdout.split()
