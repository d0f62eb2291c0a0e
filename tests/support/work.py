"""How much a piece of code does, counted in calls: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable
from types import FrameType

# Bodies of more than any request of ours holds, each of them below the doors' limit in bytes.
HEAVY: dict[str, bytes] = {
    "unknown fields": b'{"prompt":"x",' + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}",
    "empty references": b'{"prompt":"x","references":[' + b",".join([b"{}"] * 300_000) + b"]}",
    "empty lists": b'{"prompt":"x","references":[' + b",".join([b"[]"] * 300_000) + b"]}",
    "numbers": b'{"prompt":"x","references":[' + b",".join([b"1"] * 900_000) + b"]}",
    "metadata": b'{"prompt":"x","metadata":{' + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}}",
    "objects of objects": b'{"prompt":"x","metadata":' + b'{"a":{},"b":' * 300 + b"1" + b"}" * 301,
    "small objects": b'{"a":[' + b",".join([b'{"b":1}'] * 400_000) + b"]}",
    "a long name": b'{"' + b"k" * 4_000_000 + b'":1}',
    "long names": b"{" + b",".join(b'"%s%d":1' % (b"aspectRati" * 4_000, number) for number in range(90)) + b"}",
    "near names": b"{" + b",".join(b'"aspectRati%d":1' % number for number in range(90)) + b"}",
    "a long name in metadata": b'{"prompt":"x","metadata":{"' + b"k" * 4_000_000 + b'":1}}',
    "control characters": b'{"prompt":"' + b"\\u0001" * 700_000 + b'"}',
    "a long size": b'{"prompt":"x","size":"' + b"1" * 4_000_000 + b'"}',
    "a long ratio": b'{"prompt":"x","aspectRatio":"' + b"1" * 4_000_000 + b'"}',
    "a long address": b'{"prompt":"x","references":[{"url":"https://' + b"a." * 2_000_000 + b'"}]}',
    "long data": b'{"prompt":"x","references":[{"data":"data:image/' + b"a" * 4_000_000 + b'"}]}',
}


def calls(run: Callable[[], object]) -> int:
    """How many functions were called, those written in C among them; whatever `run` raises is its caller's affair."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return counted
