"""Where a module may be changed: every node that is behaviour, with the statement around it."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType
from typing import Any

from tools.mutants.mutations import WORDED, replacements

SHOWN_MAX = 140  # characters of a change
SPEAKS = frozenset({"debug", "info", "warning", "error", "exception"})
TYPES = frozenset({"TypeVar", "NewType", "cast", "Literal", "get_args", "dataclass"})
EXPRESSION = re.compile(r"[=<>]|attribute_|begins_with|BETWEEN|^(SET|ADD|REMOVE|DELETE) ")


@dataclass(frozen=True)
class Scope:
    """What surrounds a node: names of classes and functions, the lines of its statement, whether it runs at import."""

    names: tuple[str, ...] = ()
    lines: tuple[int, int] = (0, 0)  # the first and the last
    function: str = ""  # the outermost one; empty where the code runs when the module is imported


@dataclass(frozen=True)
class Mutant:
    """One small bug. `change` says it in code, `lines` are the statement's, `function` names the code that differs."""

    path: Path
    line: int
    lines: tuple[int, int]
    where: str
    function: str
    change: str
    tree: ast.Module
    parent: ast.AST
    field: str
    place: int | None
    new: ast.AST

    def compiled(self) -> CodeType:
        """The whole module with the bug in it. Raises SyntaxError where Python does not take it."""
        with self._put_in():
            return compile(self.tree, str(self.path), "exec")

    @contextmanager
    def _put_in(self) -> Iterator[None]:
        held = getattr(self.parent, self.field)
        old = held if self.place is None else held[self.place]
        new = ast.fix_missing_locations(ast.copy_location(self.new, old))
        self._set(held, new)
        try:
            yield
        finally:
            self._set(held, old)

    def _set(self, held: Any, node: ast.AST) -> None:
        if self.place is None:
            setattr(self.parent, self.field, node)
        else:
            held[self.place] = node


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of one module, in the order of its lines."""
    tree = ast.parse(path.read_text("utf-8"))
    found = list(_Walk(path, tree).children(tree, Scope()))
    return sorted(found, key=lambda mutant: mutant.line)


class _Walk:
    """A walk through one module that leaves out what is no behaviour."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree

    def children(self, node: ast.AST, scope: Scope) -> Iterator[Mutant]:
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns", "decorator_list", "type_params"}:
                yield from self._bounds(node, field, scope)
                continue
            within = _within(node, field, scope)
            for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield from self._at(node, field, place, child, within)

    def _at(self, parent: ast.AST, field: str, place: int | None, node: ast.AST, scope: Scope) -> Iterator[Mutant]:
        if _is_no_behaviour(parent, field, place, node, scope):
            return
        if isinstance(node, ast.stmt | ast.excepthandler):
            scope = replace(scope, lines=_header(node))
        if not _is_said_elsewhere(parent, field, node):
            for new in replacements(node):
                line = getattr(node, "lineno", scope.lines[0])
                where = ".".join(scope.names)
                change = _told(node, new)
                yield Mutant(
                    self.path, line, scope.lines, where, scope.function, change, self.tree, parent, field, place, new
                )
        yield from self.children(node, scope)

    def _bounds(self, parent: ast.AST, field: str, scope: Scope) -> Iterator[Mutant]:
        """Of an annotation or a decorator only what its calls are given: `Field(ge=1)`, `field_validator("n")`."""
        value = getattr(parent, field)
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.Call) and _called(child) not in TYPES:
                yield from self._at(parent, field, place, child, scope)
            elif isinstance(child, ast.AST) and not isinstance(child, ast.Call):
                for inner in child._fields:
                    yield from self._bounds(child, inner, scope)


def _within(node: ast.AST, field: str, scope: Scope) -> Scope:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and field == "body":
        names = (*scope.names, node.name)
        return replace(scope, names=names, function=scope.function or ".".join(names))
    if isinstance(node, ast.ClassDef) and field == "body":
        return replace(scope, names=(*scope.names, node.name))
    return scope


def _header(node: ast.stmt | ast.excepthandler) -> tuple[int, int]:
    """The lines of a statement without those of the statements inside it."""
    body = getattr(node, "body", None)
    last = node.end_lineno or node.lineno
    return (node.lineno, max(node.lineno, body[0].lineno - 1) if body else last)


def _is_no_behaviour(parent: ast.AST, field: str, place: int | None, node: ast.AST, scope: Scope) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) if name in SPEAKS:
            return True
        case ast.Call() if _called(node) in TYPES:
            return True
        case ast.keyword(arg=name) if name in WORDED:
            return True
        case ast.Subscript() if not scope.function and isinstance(parent, ast.Assign) and place is None:
            return True  # an alias of a type
        case ast.Constant(value=str(text)):
            return _is_prose(text)
        case ast.JoinedStr():
            return _is_prose("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
    return isinstance(parent, ast.ClassDef) and field in {"bases", "keywords"}


def _is_prose(text: str) -> bool:
    return not text or (" " in text.strip() and not EXPRESSION.search(text))


def _is_said_elsewhere(parent: ast.AST, field: str, node: ast.AST) -> bool:
    """Whether changing this node would be the same bug as one of its parent's."""
    if isinstance(parent, ast.If | ast.While | ast.IfExp) and field == "test":
        return isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Compare) and _is_equality(node))
    if isinstance(parent, ast.comprehension) and field == "ifs":
        return isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Compare) and _is_equality(node))
    if isinstance(parent, ast.Assign) and isinstance(node, ast.Tuple):  # a, b = 1, 2
        return any(isinstance(target, ast.Tuple) for target in parent.targets)
    return False


def _is_equality(node: ast.Compare) -> bool:
    return isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot | ast.In | ast.NotIn)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _told(old: ast.AST, new: ast.AST) -> str:
    if isinstance(old, ast.If | ast.While) and isinstance(new, ast.If | ast.While):
        old, new = old.test, new.test
    before, after = (" ".join(ast.unparse(node).split()) for node in (old, new))
    return f"{before[:SHOWN_MAX]} -> {after[:SHOWN_MAX]}"
