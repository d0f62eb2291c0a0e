import re
from urllib.parse import unquote

import pytest

from easel.jobs.file_names import BYTES_MAX, attachment, file_name


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("lamp.png", "lamp.png"),
        ("lamp", "lamp.png"),
        ("写真.png", "写真.png"),
        ("büro", "büro.png"),
        ("boat (1).png", "boat (1).png"),
        ("boat v1.2", "boat v1.2.png"),
        ("invoice.exe", "invoice.png"),
        ("page.html", "page.png"),
        ("photo.PNG", "photo.PNG"),
        ("photo.jpg", "photo.png"),
        ("lamp\u202egnp.exe", "lampgnp.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\temp\\a.bat", "a.png"),
        ("a\r\nSet-Cookie: b", "aSet-Cookie b.png"),
        ('a"; filename="b.exe', "a; filename=b.png"),
        (".hidden", "hidden.png"),
        (".exe", "exe.png"),
        ("a.exe.", "a.png"),
        ("", "image.png"),
        ("...", "image.png"),
        ("///", "image.png"),
        ("\ud800", "image.png"),
        ("x" * 5_000, "x" * 100 + ".png"),
    ],
)
def test_any_name_is_taken_and_has_the_pictures_own_ending(name: str, saved: str) -> None:
    assert file_name(name, "image/png") == saved


@pytest.mark.parametrize(
    ("mime_type", "saved"), [("image/jpeg", "a.jpg"), ("image/webp", "a.webp"), ("image/png", "a.png")]
)
def test_each_type_has_its_ending(mime_type: str, saved: str) -> None:
    assert file_name("a", mime_type) == saved
    assert file_name("a.jpeg", "image/jpeg") == "a.jpeg"


@pytest.mark.parametrize("letter", ["a", "é", "写", "🦊"])
def test_a_long_name_is_cut_between_letters(letter: str) -> None:
    saved = file_name(letter * 5_000, "image/png").removesuffix(".png")

    assert set(saved) == {letter}
    assert len(saved.encode()) <= BYTES_MAX


@pytest.mark.parametrize("name", ["写真.png", "büro", 'a"b', "a;b", "100%", "a\nb", "boat (1).png"])
def test_a_header_is_ascii_and_says_the_name_whole(name: str) -> None:
    header = attachment(name, "image/png")

    found = re.fullmatch(r"(\w+); filename=\"([^\"]+)\"; filename\*=UTF-8''(\S+)", header)
    assert found
    kind, plain, whole = found.groups()
    assert header.isascii()
    assert kind == "attachment"
    assert plain.endswith(".png")
    assert unquote(whole) == file_name(name, "image/png")
