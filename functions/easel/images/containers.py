"""How an image file is put together, walked without decoding it: the decoder is handed what makes the picture alone.

A decoder's time grows with the pieces of a file, not only with its pixels: a JPEG may ask for a thousand passes over
the same picture, a PNG hold two million chunks. And a decoder that unpacks a text or a profile may fail at it, so that
what is thrown away would decide about the picture. What colours or orientation need is unpacked here, within bounds.
"""

from dataclasses import dataclass, field
from typing import Any

from easel.errors import ImageRejected

PIECES_MAX = 20_000  # a 25 MB PNG in usual chunks of 8 KB has 3,000
EXTRA_BYTES_MAX = 4_000_000  # of a profile or a text, unpacked


@dataclass(frozen=True)
class Container:
    """A file as the decoder is to see it.

    `extras` are a colour profile, a colour key or words about orientation, under the names by which Pillow knows them.
    `cut_off` where the file stops before its end; what is there may still be the whole picture.
    `photo` where the file's form already lost detail, and has no transparency.
    """

    content: bytes
    extras: dict[str, Any] = field(default_factory=dict)
    cut_off: bool = False
    animated: bool = False
    photo: bool = False


def must_be_few(pieces: int) -> None:
    """Refuse a file of too many pieces; raises ImageRejected."""
    if pieces > PIECES_MAX:
        raise ImageRejected(f"it consists of more than {PIECES_MAX:,} pieces; save it anew")
