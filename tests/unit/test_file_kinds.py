"""Files known by their bytes."""

from typing import Any

import pytest

from easel import file_kinds
from tests.support.picture_files import held, photo, saved

OTHERS = ("GIF", "BMP", "TIFF", "ICO", "PDF", "JPEG2000", "AVIF")


@pytest.mark.parametrize(
    ("kind", "known"), [("PNG", file_kinds.PNG), ("JPEG", file_kinds.JPEG), ("WEBP", file_kinds.WEBP)]
)
def test_a_picture_is_known_with_its_size_by_its_first_bytes(kind: str, known: file_kinds.FileKind) -> None:
    options: list[dict[str, Any]] = (
        [{}, {"lossless": True}, {"exif": held(3)}] if kind == "WEBP" else [{}, {"exif": held(3)}]
    )

    for each in options:
        content = saved(photo(320, 200), kind, **each)
        assert file_kinds.kind_of(content) is known
        assert file_kinds.size_of(content[:2_000]) == (320, 200)
        assert file_kinds.why_not_taken(content[:2_000]) is None


def test_a_head_that_does_not_reach_the_size_says_nothing_of_it() -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        content = saved(photo(320, 200), kind)
        assert [file_kinds.size_of(content[:end]) for end in range(12)] == [None] * 12
        assert file_kinds.why_not_taken(content[:12]) is None


@pytest.mark.parametrize("kind", OTHERS)
def test_every_other_kind_is_named_with_what_to_do(kind: str) -> None:
    why = file_kinds.why_not_taken(saved(photo(64, 64), kind))

    assert why
    assert why.startswith("is ")
    assert "; " in why
    assert "cannot be decoded here" in why


def test_what_nobody_knows_is_told_what_is_taken() -> None:
    assert file_kinds.why_not_taken(b"\0" * 2_000) == "cannot be decoded as PNG, JPEG or WebP"
