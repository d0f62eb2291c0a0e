"""One mutant against the tests that reach it: in a fork of the process that has collected them."""

import functools
import gc
import importlib.abc
import importlib.util
import inspect
import os
import signal
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tools.mutants.places import Mutant

LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
Functions = Mapping[tuple[str, str], list[FunctionType]]


@dataclass(frozen=True)
class Trial:
    """What is tried with every mutant: the collected tests by name, and how much time each took of a processor (s)."""

    items: Mapping[str, pytest.Item]
    seconds: Mapping[str, float]
    functions: Functions
    caches: Sequence[Any]

    def survives(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Whether all of these tests pass in spite of it. A trial that takes far too long is a mutant noticed."""
        try:
            code = mutant.compiled()
        except SyntaxError:
            return False  # no mutant: Python itself refuses it
        return self._passes(lambda: self._try(mutant, code, tests), tests, more=0 if mutant.function else 50)

    def can_import_anew(self, path: Path, tests: Sequence[str]) -> bool:
        """Whether these tests pass when everything is imported again: else no trial of what runs at import counts."""
        code = compile(path.read_text("utf-8"), str(path), "exec")
        return self._passes(lambda: _import_anew(path, code, tests), tests, more=50)

    def _passes(self, attempt: Callable[[], int], tests: Sequence[str], *, more: int) -> bool:
        """Whether an attempt, in a process of its own, ends with status 0 in its time."""
        child = os.fork()
        if child == 0:
            os._exit(self._alone(attempt, 30 + more + 20 * sum(self.seconds[name] for name in tests)))
        return os.waitpid(child, 0)[1] == 0

    def _alone(self, attempt: Callable[[], int], seconds: float) -> int:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        signal.setitimer(signal.ITIMER_REAL, seconds)  # its end ends the process
        try:
            os.chdir(next(iter(self.items.values())).config.rootpath)
            return attempt()
        except BaseException:  # whatever it is, it was noticed
            return 1

    def _try(self, mutant: Mutant, code: CodeType, tests: Sequence[str]) -> int:
        if not mutant.function:
            return _import_anew(mutant.path, code, tests)
        self._swap(mutant, code)
        return next((1 for name in tests if not _passes(self.items[name])), 0)

    def _swap(self, mutant: Mutant, code: CodeType) -> None:
        """Give the function the mutant's code, wherever it is already known."""
        new = next(inner for inner in _codes(code) if inner.co_qualname == mutant.function)
        for function in self.functions[str(mutant.path), mutant.function]:
            function.__code__ = new
        for cached in self.caches:
            cached.cache_clear()


def functions_of(files: frozenset[str]) -> Functions:
    """Every function that lives in this process, by its file and qualified name."""
    found: dict[tuple[str, str], list[FunctionType]] = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename in files:
            found[thing.__code__.co_filename, thing.__code__.co_qualname].append(thing)
    return found


def caches() -> list[Any]:
    """Every function of ours that remembers its answers: they were given without the mutant."""
    return [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, functools._lru_cache_wrapper) and _is_ours(inspect.unwrap(thing).__code__.co_filename)
    ]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _is_ours(file: str) -> bool:
    return file.endswith(".py") and not file.startswith(LIBRARIES)


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Has one module made of other code."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name = name
        self.path = path
        self.code = code

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))  # noqa: S102 — our own source with a bug in it


def _import_anew(path: Path, code: CodeType, tests: Sequence[str]) -> int:
    """For what runs at import: forget our modules, and have pytest begin again with this one among them."""
    name = next(name for name, module in sys.modules.items() if getattr(module, "__file__", "") == str(path))
    for known in [known for known, module in sys.modules.items() if _is_ours(getattr(module, "__file__", None) or "")]:
        del sys.modules[known]
    sys.meta_path.insert(0, _Instead(name, path, code))
    return int(pytest.main(["-qq", "-x", "-p", "no:cacheprovider", *tests]))
