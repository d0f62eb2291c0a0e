"""`easel`: reads the line, does the command, and ends with a code.

0: done, 1: refused or found wrong, 2: wrong use, 3: no access.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.exceptions import TyperException

from ops.cli import failures
from ops.cli.failures import Failure
from ops.cli.operator import Open, Operator
from ops.cli.words import Common, common
from ops.deployed import deployed_stage
from ops.errors import OutputClosed

INTERRUPTED = 130


def main(words: Sequence[str] | None = None, *, open_stage: Open = deployed_stage) -> int:
    """Do what a command line says; its exit code."""
    line = list(sys.argv[1:] if words is None else words)
    operator = Operator(Common(json="--json" in line), open_stage)
    try:
        operator.common, rest = common(line, os.environ)
        code = _done(rest, operator)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED
    except (BrokenPipeError, OutputClosed):
        return _nobody_reads(failures.REFUSED)
    except Exception as error:  # the edge of our world: whatever it is, an operator reads a sentence
        return _ended(error, operator)


def _done(words: Sequence[str], operator: Operator) -> int:
    from ops.commands import tree  # which leads to AWS and the catalog: a wrong `--stage` is told without

    command = typer.main.get_command(tree.app)
    asked = list(words) or ["--help"]
    return _run(lambda: command.main(asked, prog_name="easel", standalone_mode=False, obj=operator))


def _run(do: Callable[[], Any]) -> int:
    try:
        answer = do()
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as ended:  # a pipe that closed while help was printed
        return int(ended.code or 0)
    return answer if isinstance(answer, int) else failures.DONE


def _ended(error: Exception, operator: Operator) -> int:
    if os.environ.get("EASEL_DEBUG", "") not in ("", "0"):
        traceback.print_exception(error)
    failure = _usage(error) or failures.told(error) or failures.unforeseen(error)
    print(failure.text, file=sys.stderr)
    if operator.common.json:
        told = {"error": {"sentence": failure.sentence, "remedy": failure.remedy, "exitCode": failure.code}}
        try:
            operator.show(told)
        except OutputClosed:
            return _nobody_reads(failure.code)
    return failure.code


def _nobody_reads(code: int) -> int:
    """The code to end with where the output was closed; what is unwritten must not fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(OutputClosed(), file=sys.stderr)
    return code


def _usage(error: Exception) -> Failure | None:
    """A line that cannot be meant, in the words of the reader of lines."""
    if not isinstance(error, TyperException):
        return None
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "easel"
    said = getattr(error, "format_message", lambda: str(error))()
    return Failure(said or f"{path} needs more words", f"`{path} --help` shows how", failures.WRONG_USE)


if __name__ == "__main__":
    sys.exit(main())
