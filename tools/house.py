"""`make house`: how the code is laid out, in figures that a test holds; each offender is named with its place."""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "functions"
EASEL = FUNCTIONS / "easel"
FILE_LINES_MAX = 250
UNSPOKEN = frozenset({"NotImplementedError", "AssertionError"})  # bugs of ours, not errors that callers handle


@dataclass(frozen=True)
class Figure:
    """One measurement: its value, the most that is allowed, and who is to blame for it."""

    name: str
    value: int
    most: int
    offenders: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the value is within its bound."""
        return self.value <= self.most


# What is allowed today. Where it is not yet what it should be, the goal stands beside it: a bound only goes down.
MOST = {
    "modules at the top of easel": 8,
    "files in the largest package": 17,
    "import cycles between packages": 0,
    "type names with two meanings": 0,
    "files of over 250 lines": 0,
    "public functions that raise without saying so": 0,
}


def figures() -> tuple[Figure, ...]:
    """Every figure of this tree."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(FUNCTIONS.rglob("*.py"))}
    found = {
        "modules at the top of easel": _top_modules(),
        "files in the largest package": _largest_package(),
        "import cycles between packages": _cycles(trees),
        "type names with two meanings": _twins(trees),
        "files of over 250 lines": _long_files(trees),
        "public functions that raise without saying so": tuple(_mute(trees)),
    }
    return tuple(Figure(name, len(offenders), MOST[name], offenders) for name, offenders in found.items())


def _place(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def _top_modules() -> tuple[str, ...]:
    return tuple(_place(path) for path in sorted(EASEL.glob("*.py")) if path.name != "__init__.py")


def _largest_package() -> tuple[str, ...]:
    folders = [folder for folder in EASEL.iterdir() if (folder / "__init__.py").is_file()]
    packages = [tuple(path for path in sorted(folder.glob("*.py")) if path.stem != "__init__") for folder in folders]
    return tuple(_place(path) for path in max(packages, key=len))


def _package(path: Path) -> str | None:
    """The package or top module of easel that a file belongs to; None for handlers."""
    return path.relative_to(EASEL).parts[0].removesuffix(".py") if path.is_relative_to(EASEL) else None


def _cycles(trees: Mapping[Path, ast.Module]) -> tuple[str, ...]:
    imports: dict[str, set[str]] = defaultdict(set)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "easel":
                named = (node.module or "").split(".")[1:2] or [alias.name for alias in node.names]
                imports[_package(path) or ""].update(name for name in named if name != _package(path))
    imports.pop("", None)
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return (" -> ".join(error.args[1]),)
    return ()


def _twins(trees: Mapping[Path, ast.Module]) -> tuple[str, ...]:
    named: dict[str, list[str]] = defaultdict(list)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named[node.name].append(_place(path, node.lineno))
    return tuple(f"{name}: {', '.join(places)}" for name, places in named.items() if len(places) > 1)


def _long_files(trees: Mapping[Path, ast.Module]) -> tuple[str, ...]:
    lines = Counter({path: len(path.read_text("utf-8").splitlines()) for path in trees})
    return tuple(f"{_place(path)}: {count} lines" for path, count in lines.items() if count > FILE_LINES_MAX)


def _mute(trees: Mapping[Path, ast.Module]) -> Iterator[str]:
    for path, tree in trees.items():
        scopes: list[ast.Module | ast.ClassDef] = [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef))]
        for scope in scopes:
            if isinstance(scope, ast.ClassDef) and scope.name.startswith("_"):
                continue
            for node in scope.body:
                if path.parent.name == "api":  # a route's docstring is published; OpenAPI lists its errors
                    continue
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    told = ast.get_docstring(node) or ""
                    unsaid = sorted(name for name in _raised(node) if name not in told)
                    if unsaid:
                        yield f"{_place(path, node.lineno)}: {node.name} raises {', '.join(unsaid)}"


def _raised(function: ast.FunctionDef) -> set[str]:
    """The classes of exceptions that a function raises itself."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            name = node.exc.func.id
            found.add("InvalidRequest" if name == "invalid" else name)
    return {name for name in found if name[0].isupper()} - UNSPOKEN


def main() -> int:
    """Print every figure and its offenders; 1 where a bound is passed."""
    measured = figures()
    for figure in measured:
        print(f"{figure.value:4} of at most {figure.most:<4} {figure.name}")
        if figure.name not in {"modules at the top of easel", "files in the largest package"}:
            for offender in figure.offenders:
                print(f"       {offender}")
    return int(not all(figure.holds for figure in measured))


if __name__ == "__main__":
    sys.exit(main())
