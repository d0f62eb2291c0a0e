"""Operators' tools, which act on deployed stages with the AWS credentials of whoever runs them."""

import sys
from pathlib import Path

FUNCTIONS = str(Path(__file__).resolve().parent.parent / "functions")

if FUNCTIONS not in sys.path:  # so that `python -m ops.…` needs no PYTHONPATH
    sys.path.append(FUNCTIONS)
