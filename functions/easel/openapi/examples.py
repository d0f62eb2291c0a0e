"""Answers as doors gave them in a test, for the document: read when somebody asks for it.

`python -m tests.interface.record` writes the file; a test plays the same scenes again and compares.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent / "examples.json"


class Examples(NamedTuple):
    """`answers` by operation, status and name; `problems` by code; events and answers of `commands` by their name."""

    answers: Mapping[str, Mapping[str, Mapping[str, Any]]]
    problems: Mapping[str, Any]
    commands: Mapping[str, Mapping[str, Any]]


@cache
def load() -> Examples:
    """All of them."""
    return Examples(**json.loads(FILE.read_text("utf-8")))
