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
    except KeyboardInterrupt:
        return _interrupted()
    env = {**os.environ, "PATH": node.path(os.environ)}
    try:
        return subprocess.run([command, *words], cwd=ROOT, env=env, check=False).returncode
    except KeyboardInterrupt:  # the command had it too, and has said what it has to say
        return _interrupted()


def _interrupted() -> int:
    print("\ninterrupted; the same command begins again", file=sys.stderr)
    return 130


if __name__ == "__main__":
    sys.exit(main())
