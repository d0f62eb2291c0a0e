"""Who runs `easel`: the stage they mean, what they are shown, and what they are asked before anything changes."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.cli.words import Common
from ops.deployed import Deployed, deployed_stage
from ops.errors import OutputClosed, Refused, WrongUse

Open = Callable[[str], Deployed]


@dataclass
class Operator:
    """One run of the command. Answers go to `out`, questions and remarks to `err`."""

    common: Common = field(default_factory=Common)
    open: Open = deployed_stage
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    answers: TextIO = field(default_factory=lambda: sys.stdin)

    @property
    def stage(self) -> str:
        """The stage that was named. Raises WrongUse."""
        if self.common.stage is None:
            raise WrongUse("say which stage: --stage dev, or EASEL_STAGE=dev")
        return self.common.stage

    @cached_property
    def deployed(self) -> Deployed:
        """That stage. Raises WrongUse, StageError and NotDeployed."""
        return self.open(self.stage)

    def show(self, answer: Any, lines: str | Iterable[str] | None = None) -> None:
        """An answer: as JSON where that was asked for, else these lines, else its fields one by one."""
        if self.common.json:
            self._print(json.dumps(answer, indent=2, ensure_ascii=False, default=str))
        elif lines is None:
            self._print("\n".join(fields(answer)))
        else:
            self._print(lines if isinstance(lines, str) else "\n".join(lines))

    def table(self, answer: Any, head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
        """An answer of many: a table on a terminal, a line each with tabs elsewhere; `empty` where there are none."""
        found = [[_plain(cell) for cell in row] for row in rows]
        if self.common.json:
            self.show(answer)
        elif not found:
            self.remark(empty)
        elif self.out.isatty():
            self._draw(head, found)
        else:
            self._print("\n".join("\t".join(line) for line in (list(head), *found)))

    def remark(self, words: str) -> None:
        """Something to know beside the answer."""
        print(words, file=self.err)

    def agreed(self, change: str) -> bool:
        """Whether to do this; `change` says it whole. False for a dry run. Raises Refused where the answer is no.

        Raises WrongUse where nobody can be asked.
        """
        if self.common.dry_run:
            self.show({"dryRun": True, "would": change}, f"would {change}; nothing was changed")
            return False
        if self.common.yes:
            return True
        if not self.answers.isatty():
            raise WrongUse(f"this would {change}, and nobody can be asked here: add --yes, or --dry-run to look first")
        print(f"This will {change}. Go on? [y/N] ", file=self.err, end="", flush=True)
        if self.answers.readline().strip().lower() not in ("y", "yes"):
            raise Refused("nothing was changed")
        return True

    def _draw(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        console = Console(file=self.out, highlight=False, soft_wrap=False)
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        for name in head:
            drawn.add_column(name, overflow="fold")
        for row in rows:
            drawn.add_row(*map(Text, row))
        console.print(drawn)

    def _print(self, text: str) -> None:
        try:
            print(text, file=self.out, flush=True)  # so that a closed pipe is noticed here
        except BrokenPipeError:
            raise OutputClosed from None


def of(context: typer.Context) -> Operator:
    """The operator of a command under way."""
    found: Operator = context.find_root().obj
    return found


def fields(answer: Any, indent: str = "") -> Iterable[str]:
    """An answer's fields one by one, for people."""
    for name, value in answer.items() if isinstance(answer, dict) else enumerate(answer, 1):
        if isinstance(value, dict | list) and value:
            yield f"{indent}{name}:"
            yield from fields(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {_plain(value)}"


def _plain(value: object) -> str:
    """A value as text that moves no cursor: what callers wrote is shown, and never obeyed by a terminal."""
    if value is None or value == [] or value == {}:
        return "–"
    return "".join(letter if letter.isprintable() else "�" for letter in str(value))
