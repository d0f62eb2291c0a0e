"""Randomness that is the same twice: each actor draws its own sequence, named by the actor and a count."""

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def seeded(draw: Callable[[int], bytes]) -> Iterator[None]:
    """While inside, `uuid`, `secrets` and `random.SystemRandom` of this process draw from here."""
    real, real_random = os.urandom, random._urandom  # type: ignore[attr-defined] # its own name for it
    os.urandom = draw
    random._urandom = draw  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom = real
        random._urandom = real_random  # type: ignore[attr-defined]


def drawn(name: str, count: int, size: int) -> bytes:
    """The bytes of one draw."""
    return hashlib.shake_128(f"{name}:{count}".encode()).digest(size)
