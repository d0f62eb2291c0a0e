"""Which test runs which lines: every test once, traced."""

import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Reach:
    """Lines of some files, by the test that ran them."""

    def __init__(self, files: frozenset[str]) -> None:
        self.files = files
        self.tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._ran: set[tuple[str, int]] = set()

    @contextmanager
    def of(self, test: str) -> Iterator[None]:
        """Note what runs meanwhile as this test's."""
        self._ran = set()
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)
            for line in self._ran:
                self.tests[line].add(test)

    def over(self, file: str, lines: tuple[int, int]) -> set[str]:
        """The tests that ran any of these lines."""
        first, last = lines
        return set().union(*(self.tests.get((file, line), ()) for line in range(first, last + 1)))

    def anywhere(self, file: str) -> set[str]:
        """The tests that ran anything of a file."""
        return set().union(*(tests for (where, _), tests in self.tests.items() if where == file))

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in self.files else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self._ran.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line
