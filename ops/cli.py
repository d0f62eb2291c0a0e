"""What the operators' commands share: `--stage` wherever it stands, numbers with a least, failures as sentences."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from easel.errors import CallerError
from infra.stages import StageError
from ops.deployed import CommandRefused, NotDeployed

OWNER_HELP = "user:<issuer>:<id> or service:<account>"


class Refused(Exception):
    """What was asked for cannot be done; the message says what to do instead."""


EXPECTED = (BotoCoreError, CallerError, ClientError, CommandRefused, NotDeployed, Refused, StageError)


def options(name: str, description: str | None) -> argparse.ArgumentParser:
    """A command line of one tool, with `--stage`."""
    made = argparse.ArgumentParser(prog=f"python -m {name}", description=description, allow_abbrev=False)
    _takes_stage(made)
    return made


def commands(parser: argparse.ArgumentParser, told: Mapping[str, str]) -> dict[str, argparse.ArgumentParser]:
    """Its commands by name, each with `--stage` too: people write it where they think of it."""
    below = parser.add_subparsers(dest="command", required=True, metavar="|".join(told))
    made = {
        name: below.add_parser(name, help=said, description=said, allow_abbrev=False) for name, said in told.items()
    }
    for command in made.values():
        _takes_stage(command)
    return made


def parsed(parser: argparse.ArgumentParser, words: Sequence[str] | None) -> argparse.Namespace:
    """The command line, which names its stage; ends the program where it does not."""
    chosen = parser.parse_args(words)
    if not hasattr(chosen, "stage"):
        parser.error("say which stage: --stage dev")
    return chosen


def at_least(lowest: int) -> Callable[[str], int]:
    """A whole number for `type=`; zero is a number like any other, and refused where it is too little."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError as wrong:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from wrong
        if value < lowest:
            raise argparse.ArgumentTypeError(f"{value} is too little; the least is {lowest}")
        return value

    return number


def run(do: Callable[[], int | None]) -> int:
    """Do it; what goes wrong is one sentence on stderr, and 1."""
    try:
        return do() or 0
    except EXPECTED as failure:
        print(told(failure), file=sys.stderr)
        return 1


def told(failure: Exception) -> str:
    """A failure as an operator reads it."""
    if isinstance(failure, CommandRefused):
        return _refusal(failure.answer)
    if isinstance(failure, ClientError):
        error = failure.response.get("Error", {})
        return f"AWS refuses {failure.operation_name}: {error.get('Code')}: {error.get('Message')}"
    if isinstance(failure, BotoCoreError):
        return f"AWS cannot be asked: {failure}"
    return str(failure)


def _refusal(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, Mapping) else None
    if not isinstance(error, Mapping):
        return f"the function failed: {answer}; its log says where"
    fields = "; ".join(f"{each['field']}: {each['message']}" for each in error.get("errors", ()))
    return " ".join(filter(None, (f"{error.get('code')}: {error.get('detail')}", f"({fields})" if fields else "")))


def _takes_stage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", default=argparse.SUPPRESS, help="which stage of infra/stages.toml: dev, prod, …")
