"""`python -m tests.prove NAME`: runs one of the proofs; without a name, prints what each of them proves."""

import ast
import sys
from importlib import import_module
from pathlib import Path

FOLDERS = ("simulation", "adversarial")


def proofs() -> dict[str, Path]:
    """Each proof's file by its name: the modules of the two folders that have a `main`."""
    here = Path(__file__).parent
    found = (path for folder in FOLDERS for path in sorted((here / folder).glob("*.py")))
    return {path.stem: path for path in found if "\ndef main() -> int:" in path.read_text("utf-8")}


def main(arguments: list[str]) -> int:
    """The proof's own exit status; 2 where there is no such proof."""
    known = proofs()
    if len(arguments) != 1 or arguments[0] not in known:
        for name, path in known.items():
            told = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            sys.stderr.write(f"  {name:12} {told.splitlines()[0]}\n")
        return 2
    path = known[arguments[0]]
    status: int = import_module(f"tests.{path.parent.name}.{path.stem}").main()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
