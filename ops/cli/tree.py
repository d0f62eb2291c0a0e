"""How commands are written down: each with an example that a test runs."""

from collections.abc import Callable
from typing import Any

import typer

from ops.cli.words import EVERYWHERE

EXAMPLE = "Example: "


def group(help_text: str) -> typer.Typer:
    """A command that has commands below it."""
    return typer.Typer(help=help_text, add_completion=False, rich_markup_mode=None)


def command(
    app: typer.Typer, name: str, *, example: str, **more: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Puts a function into the tree under a name; its docstring is the help."""
    epilog = f"\b\n{EXAMPLE}easel {example}\n\n{EVERYWHERE}"  # \b: so that an example stays a line
    made: Callable[[Callable[..., None]], Callable[..., None]] = app.command(name, epilog=epilog, **more)
    return made
