"""The same stack on this machine: an emulated AWS, a front door, stand-in providers, and what starts them."""

import sys

LOWEST = (3, 11)

if sys.version_info < LOWEST:  # before anything here is read that an older Python cannot read
    raise SystemExit(
        f"Easel needs Python 3.11 or newer; this is {sys.version.split()[0]}\n"
        "next: make PYTHON=python3.13 ..., with one that is installed here"
    )
