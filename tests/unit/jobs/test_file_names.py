import re
from urllib.parse import unquote

import pytest

from easel.jobs.file_names import BYTES_MAX, attachment, file_name, speaking_name
from tests.support.fakes import NOON


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


@pytest.mark.parametrize(
    ("prompt", "number", "named"),
    [
        ("a ceramic lamp", None, "a ceramic lamp"),
        ("a ceramic lamp", 3, "a ceramic lamp 3"),
        ("  a lamp\n\n with/without \\ shade. ", None, "a lamp with without shade"),
        ("kırmızı bir lamba, gün batımında deniz kenarında duran eski ahşap masanın üstünde", 1, None),
        ("夕暮れの灯台" * 20, None, ("夕暮れの灯台" * 20)[:60]),
        ("مصباح على طاولة", 2, "مصباح على طاولة 2"),
        ("", None, "image 2026-10-28"),
        (None, 2, "image 2026-10-28 2"),
        ("...", None, "image 2026-10-28"),
    ],
)
def test_a_picture_is_named_by_the_first_words_of_its_prompt(
    prompt: str | None, number: int | None, named: str | None
) -> None:
    found = speaking_name(prompt, NOON, number)

    assert found == named if named is not None else len(found) <= 62
    assert not prompt or found.removesuffix(f" {number}") in prompt or named


@pytest.mark.parametrize(
    "prompt", ["a page.html", "version 1.2", "../../etc/passwd", 'a"; filename="b.exe', "a\r\nX: b"]
)
def test_no_prompt_gives_a_picture_another_ending_or_another_header(prompt: str) -> None:
    header = attachment(f"{speaking_name(prompt, NOON, None)}.png", "image/png")

    assert re.fullmatch(r"attachment; filename=\"[^\"\\\r\n]+\.png\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+\.png", header)
    assert header.count("filename=") == 1
    assert len(unquote(header.rpartition("'")[2]).encode()) <= BYTES_MAX + 4
