"""What a check comes to, and what a check is. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended; only `fail` makes a stage not ready."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "could not know"


@dataclass(frozen=True)
class Finding:
    """A verdict, the sentence to it, and a remedy that can be pasted or done ("" where there is nothing to do)."""

    verdict: Verdict
    sentence: str
    remedy: str = ""


class Unknowable(Exception):
    """What cannot be read here: the message says why."""


@dataclass(frozen=True)
class Check:
    """One check: `judge` gets what the readers of these names read, in that order."""

    id: str
    reads: tuple[str, ...]
    judge: Callable[..., Finding]
    after: bool = False  # it needs a deployed stage
    asks_providers: bool = False  # it is left out by --offline


def passed(sentence: str) -> Finding:
    """All is well."""
    return Finding(Verdict.PASS, sentence)


def warned(sentence: str, remedy: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(Verdict.WARN, sentence, remedy)


def failed(sentence: str, remedy: str) -> Finding:
    """It will not work, or costs money or trust."""
    return Finding(Verdict.FAIL, sentence, remedy)


def unknown(sentence: str, remedy: str = "") -> Finding:
    """Nobody can tell from here."""
    return Finding(Verdict.UNKNOWN, sentence, remedy)
