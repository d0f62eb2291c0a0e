"""The name under which a browser saves a picture: any that its caller likes, with the picture's own ending. Pure."""

import re
import unicodedata
from urllib.parse import quote

from easel.schemas import instant

CHARS_MAX, BYTES_MAX = 100, 180  # file systems take 255 bytes, and the ending is added
ENDINGS = {"image/png": ("png",), "image/jpeg": ("jpg", "jpeg"), "image/webp": ("webp",)}
UNNAMED = "image"
NAME_CHARS_MAX = 60  # of a prompt in a name
ENDING = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,9})$")
NOT_PLAIN = re.compile(r"[^A-Za-z0-9_. ()-]")
NOT_SAVED = '<>:"|?*'  # what Windows takes in no name
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # what turns writing around, or is not seen


def speaking_name(prompt: str | None, created_at: int, number: int | None) -> str:
    """A name that says what the picture shows: the first words of its prompt, else its day.

    `created_at` is in milliseconds; `number` tells the images of one job apart, and is None where there is one.
    """
    words = " ".join(re.split(r"[\s/\\]+", prompt or "")).strip()
    short = words[:NAME_CHARS_MAX]
    if len(words) > len(short) and " " in short:
        short = short.rpartition(" ")[0]  # scripts without spaces are cut where they are
    stem = short.strip(" .,;:") or f"{UNNAMED} {instant(created_at)[:10]}"
    return stem if number is None else f"{stem} {number}"


def attachment(name: str, mime_type: str) -> str:
    """The Content-Disposition that saves a picture under a name (RFC 6266), in ASCII."""
    kept = file_name(name, mime_type)
    plain = NOT_PLAIN.sub("_", kept)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept, safe='')}"


def file_name(name: str, mime_type: str) -> str:
    """The name itself: its last part without what is not seen, and with the picture's ending in place of another."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(each for each in last if unicodedata.category(each) not in HIDDEN and each not in NOT_SAVED)
    stem, ending = _apart(seen.strip(" ."))
    own = ENDINGS[mime_type]
    short = stem.strip(" .")[:CHARS_MAX].encode()[:BYTES_MAX].decode(errors="ignore").strip(" .")
    return f"{short or UNNAMED}.{ending if ending.lower() in own else own[0]}"


def _apart(name: str) -> tuple[str, str]:
    found = ENDING.search(name)
    return (name[: found.start()], found[1]) if found else (name, "")
