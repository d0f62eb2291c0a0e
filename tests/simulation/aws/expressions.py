"""DynamoDB's expression language: conditions, key conditions, projections and updates, parsed once per text.

An expression becomes a tree of tuples; `holds` evaluates conditions, `updates.applied` changes items. Names and values
are looked up when evaluated, and a placeholder that is undefined or unused is refused as AWS refuses it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.simulation.aws.replies import Wire, invalid

TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-.\[\]]|[:#]?\w+)")
COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"})
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})
Tree = tuple[Any, ...]


@cache
def reserved_words() -> frozenset[str]:
    """Words that need a `#name`; moto carries AWS's list, which is read without loading moto."""
    moto = find_spec("moto")
    assert moto
    assert moto.origin
    listed = Path(moto.origin).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(word.upper() for word in listed.read_text("utf-8").split())


@dataclass
class Placeholders:
    """The `#names` and `:values` of one request, and which of them its expressions used."""

    names: Mapping[str, str]
    values: Mapping[str, Wire]
    used: set[str] = field(default_factory=set)

    def name(self, word: str) -> str:
        """An attribute's name."""
        if not word.startswith("#"):
            return word
        self.used.add(word)
        if word not in self.names:
            raise invalid(f"An expression attribute name used in the document path is not defined; {word}")
        return self.names[word]

    def value(self, word: str) -> Wire:
        """A typed value."""
        self.used.add(word)
        if word not in self.values:
            raise invalid(f"An expression attribute value used in expression is not defined; attribute value: {word}")
        return self.values[word]

    def touch(self, tree: Tree) -> None:
        """Look up every placeholder of a tree, so that an undefined one is refused before anything is evaluated."""
        for part in tree:
            if isinstance(part, tuple):
                self.touch(part)
            elif isinstance(part, str) and part[:1] == "#":
                self.name(part)
            elif isinstance(part, str) and part[:1] == ":":
                self.value(part)

    def all_used(self) -> None:
        """Refuse a placeholder that no expression used."""
        for kind, given in (("Names", self.names), ("Values", self.values)):
            if unused := set(given) - self.used:
                raise invalid(
                    f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {sorted(unused)}"
                )


class Parser:
    """A recursive descent over one expression's tokens."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def next(self) -> str:
        """The token to come, empty at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, expected: str = "") -> str:
        """The next token, which must be the expected one."""
        token = self.next
        if not token or (expected and token.upper() != expected):
            raise invalid(f"Invalid expression: Syntax error; token: {token or '<EOF>'!r}, expected {expected!r}")
        self._at += 1
        return token

    def met(self, word: str) -> bool:
        """Whether the next token is this one; it is taken if so."""
        if self.next.upper() != word:
            return False
        self._at += 1
        return True

    def condition(self) -> Tree:
        """`a OR b`."""
        tree = self._both()
        while self.met("OR"):
            tree = ("OR", tree, self._both())
        return tree

    def _both(self) -> Tree:
        tree = self._denied()
        while self.met("AND"):
            tree = ("AND", tree, self._denied())
        return tree

    def _denied(self) -> Tree:
        if self.met("NOT"):
            return ("NOT", self._denied())
        if self.met("("):
            tree = self.condition()
            self.take(")")
            return tree
        return self._comparison()

    def _comparison(self) -> Tree:
        left = self.operand()
        if left[0] == "call" and left[1] != "size":
            return left
        if self.next in COMPARATORS:
            return (self.take(), left, self.operand())
        if self.met("BETWEEN"):
            low = self.operand()
            self.take("AND")
            return ("BETWEEN", left, low, self.operand())
        self.take("IN")
        self.take("(")
        options = [self.operand()]
        while self.met(","):
            options.append(self.operand())
        self.take(")")
        return ("IN", left, *options)

    def operand(self) -> Tree:
        """A value, a path or a function's call."""
        if self.next.startswith(":"):
            return ("value", self.take())
        if self.next in FUNCTIONS | UPDATE_FUNCTIONS:
            name = self.take()
            self.take("(")
            arguments = [self.operand()]
            while self.met(","):
                arguments.append(self.operand())
            self.take(")")
            return ("call", name, *arguments)
        return self.path()

    def path(self) -> Tree:
        """`name.name[0]`."""
        parts: list[str | int] = [self._name()]
        while self.next in {".", "["}:
            if self.met("."):
                parts.append(self._name())
            else:
                self.take("[")
                parts.append(int(self.take()))
                self.take("]")
        return ("path", *parts)

    def _name(self) -> str:
        word = self.take()
        if not re.fullmatch(r"#?\w+", word):
            raise invalid(f"Invalid expression: Syntax error; token: {word!r}")
        if word.upper() in reserved_words():
            raise invalid(f"Invalid expression: Attribute name is a reserved keyword; reserved keyword: {word}")
        return word

    def end(self) -> None:
        """Nothing may follow."""
        if self.next:
            raise invalid(f"Invalid expression: Syntax error; token: {self.next!r}")


@cache
def condition(text: str) -> Tree:
    """A condition, filter or key condition."""
    parser = Parser(text)
    tree = parser.condition()
    parser.end()
    return tree


@cache
def projection(text: str) -> tuple[Tree, ...]:
    """The paths of a projection."""
    parser = Parser(text)
    paths = [parser.path()]
    while parser.met(","):
        paths.append(parser.path())
    parser.end()
    return tuple(paths)


def _tokens(text: str) -> list[str]:
    if not text.strip():
        raise invalid("Invalid expression: The expression can not be empty;")
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise invalid(f"Invalid expression: Syntax error; token: {text[at]!r}")
        found.append(match[1])
        at = match.end()
    return found
