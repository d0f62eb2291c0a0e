"""The options that every command has, taken out of the line wherever they stand. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ops.errors import WrongUse

SWITCHES = {"--json": "json", "--yes": "yes", "--dry-run": "dry_run"}
STAGE = "--stage"
EVERYWHERE = "Everywhere: --stage NAME (or EASEL_STAGE), --json (or EASEL_JSON=1), --yes, --dry-run."


@dataclass(frozen=True)
class Common:
    """What a line says beside its command; `yes` answers every question, `dry_run` asks none and changes nothing."""

    stage: str | None = None
    json: bool = False
    yes: bool = False
    dry_run: bool = False


def common(words: Sequence[str], environ: Mapping[str, str]) -> tuple[Common, list[str]]:
    """These options, and the line without them. Raises WrongUse.

    What comes after `--` is left alone. The environment's EASEL_STAGE and EASEL_JSON hold where the line is silent.
    """
    rest: list[str] = []
    switched = {"json": environ.get("EASEL_JSON", "") not in ("", "0"), "yes": False, "dry_run": False}
    stage = environ.get("EASEL_STAGE") or None
    left = iter(words)
    for word in left:
        if word == "--":
            return Common(stage=stage, **switched), [*rest, word, *left]
        if word in SWITCHES:
            switched[SWITCHES[word]] = True
        elif word == STAGE or word.startswith(f"{STAGE}="):
            stage = _named(word, left)
        else:
            rest.append(word)
    return Common(stage=stage, **switched), rest


def _named(word: str, left: Iterator[str]) -> str:
    _, equals, name = word.partition("=")
    name = name if equals else next(left, "")
    if not name or name.startswith("-"):
        raise WrongUse("--stage needs a name, such as --stage dev")
    return name
