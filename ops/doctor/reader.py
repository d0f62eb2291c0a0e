"""Reads what checks judge, each fact once, however many checks want it."""

import threading
from collections.abc import Callable
from typing import Any, Protocol


class Source(Protocol):
    """Some facts by their names."""

    def facts(self) -> dict[str, Callable[[], Any]]:
        """What reads each of them."""


class Once:
    """Facts of several sources; one that two checks want is read by the first, and the second waits for it."""

    def __init__(self, *sources: Source) -> None:
        self._reads = {name: read for source in sources for name, read in source.facts().items()}
        self._locks = {name: threading.Lock() for name in self._reads}
        self._known: dict[str, Any] = {}
        self._failed: dict[str, Exception] = {}

    def __call__(self, name: str) -> Any:
        """A fact, or what went wrong in reading it."""
        with self._locks[name]:
            if name not in self._known and name not in self._failed:
                try:
                    self._known[name] = self._reads[name]()
                except Exception as error:  # the next check that wants it meets the same
                    self._failed[name] = error
            if name in self._failed:
                raise self._failed[name]
            return self._known[name]
