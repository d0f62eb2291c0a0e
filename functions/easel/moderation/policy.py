"""What is not made here: the operator's words, and scores from which a category is refused. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal

from pydantic import field_validator

from easel.records import ConfigRecord, Record

OWN_WORDS = "operator_words"  # the category of a refusal by them; the words themselves are told to nobody
TOKEN = re.compile(r"[^\W_]+")
WANTED = re.compile(r"\*?[^\W_]+\*?")
WORD_CHARS_MAX = 100

Answering = Literal["open", "closed"]
Stage = Literal["prompt", "references", "results"]


class Moderation(ConfigRecord):
    """The policy: moderation.toml says what each field means."""

    openai: bool
    model: str
    references: bool
    results: bool
    signed_in: Answering
    anonymous: Answering
    refusals_a_day: int
    words: tuple[str, ...]
    thresholds: dict[str, float]
    base_url: str = "https://api.openai.com/v1"

    @field_validator("words")
    @classmethod
    def _plain(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if len(word) > WORD_CHARS_MAX or not _wanted(word):
                raise ValueError(f"{word!r}: write words of letters and digits, with * at most at an end")
        return words

    @property
    def holds_previews_back(self) -> bool:
        """Whether what was made is looked at first: a partial image would show what is refused a moment later."""
        return self.openai and self.results

    def when_unreachable(self, *, anonymous: bool) -> Answering:
        """Whether to go on where the endpoint cannot be asked."""
        return self.anonymous if anonymous else self.signed_in


class Check(Record):
    """A decision kept on the job: no text, no scores."""

    stage: Stage
    decision: Literal["passed", "unchecked", "refused"]
    categories: tuple[str, ...] = ()


def load(changes: Mapping[str, Any]) -> Moderation:
    """The policy of this release with a stage's changes."""
    told = tomllib.loads(files("easel.moderation").joinpath("moderation.toml").read_text("utf-8"))
    return Moderation.model_validate({**told, **changes})


def refused_words(policy: Moderation, text: str) -> tuple[str, ...]:
    """The category of the operator's words, where one of them is in a text."""
    tokens = TOKEN.findall(_folded(text))
    known = set(tokens)
    for word in policy.words:
        wanted = _wanted(word)
        if ("*" in wanted[0] or wanted[0] in known) and _found(wanted, tokens):
            return (OWN_WORDS,)
    return ()


def refused_scores(policy: Moderation, scores: Mapping[str, float]) -> tuple[str, ...]:
    """The categories whose score reaches its threshold."""
    return tuple(sorted(name for name, least in policy.thresholds.items() if scores.get(name, 0.0) >= least))


def _folded(text: str) -> str:
    """Without case, compatibility forms and invisible characters, which hide a word from a comparison."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if unicodedata.category(each) != "Cf")


def _wanted(word: str) -> list[str]:
    return WANTED.findall(_folded(word))


def _found(wanted: list[str], tokens: list[str]) -> bool:
    return any(
        all(_fits(part, tokens[at + place]) for place, part in enumerate(wanted))
        for at in range(len(tokens) - len(wanted) + 1)
    )


def _fits(part: str, token: str) -> bool:
    core = part.strip("*")
    if part.startswith("*") and part.endswith("*"):
        return core in token
    if part.startswith("*"):
        return token.endswith(core)
    return token.startswith(core) if part.endswith("*") else token == core
