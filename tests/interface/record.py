"""`python -m tests.interface.record`: play the scenes and write the document's examples anew."""

import logging
import sys

from easel.openapi.examples import FILE
from tests.interface.scenes import play


def main() -> int:
    """Write the file; say where."""
    logging.disable(logging.CRITICAL)
    FILE.write_text(play().recorded(), "utf-8")
    sys.stdout.write(f"{FILE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
