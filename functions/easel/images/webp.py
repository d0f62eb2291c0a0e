"""A WebP, chunk by chunk: whether it moves, was cut off, or is a photo that lost detail already."""

from easel.images.containers import Container, must_be_few

FLAGS, LOSSY, ALPHA = b"VP8X", b"VP8 ", b"ALPH"
MOVES = 0x02


def unpack(content: bytes) -> Container:
    """The file as it is, looked through. Raises ImageRejected where it has too many pieces."""
    end = 8 + int.from_bytes(content[4:8], "little")
    at, pieces, names, animated = 12, 0, set[bytes](), False
    while at + 8 <= min(end, len(content)):
        name = content[at : at + 4]
        names.add(name)
        animated = animated or (name == FLAGS and at + 8 < len(content) and bool(content[at + 8] & MOVES))
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
        pieces += 1
        must_be_few(pieces)
    return Container(
        content, cut_off=end > len(content), animated=animated, photo=LOSSY in names and ALPHA not in names
    )
