"""`python -m tests.dynamodb_local`: the truth table and the use cases' tests, on Amazon's own DynamoDB engine."""

import os
import subprocess
import sys

from local.places import ROOT
from local.steps import Trouble
from tests.dynamodb_local.engine import running

TESTS = ("tests/integration", "tests/simulation/test_truth.py")


def main(arguments: list[str]) -> int:
    """Run them; pytest's own exit status, or 1 where the engine cannot be had."""
    try:
        with running() as address:
            env = {**os.environ, "EASEL_DYNAMODB_URL": address}
            command = [sys.executable, "-m", "pytest", *TESTS, *arguments]
            return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    except Trouble as trouble:
        sys.stderr.write(f"{trouble.told()}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
