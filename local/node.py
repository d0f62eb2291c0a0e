"""Runs a command with a Node that CDK accepts on its PATH: `python -m local.node cdk synth …`, or any other command.

The word `cdk` means the pinned command line. The command has this terminal's words, questions and AWS credentials.
"""

import os
import subprocess
import sys

from local import tools
from local.places import ROOT
from local.steps import Trouble


def main() -> int:
    """Run it; its own exit code."""
    name, *words = sys.argv[1:]
    try:
        node = tools.node()
        command = str(tools.cdk(node)) if name == "cdk" else name
    except Trouble as trouble:
        print(trouble.told(), file=sys.stderr)
        return 1
    env = {**os.environ, "PATH": node.path(os.environ)}
    return subprocess.run([command, *words], cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
