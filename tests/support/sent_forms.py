"""Edits as clients of OpenAI's images API send them, byte for byte but for the picture and the random boundary."""

from collections.abc import AsyncIterator

from tests.support.fakes import png

Part = tuple[str, str | None, str | None, bytes]  # name, file name, type, content


def multipart(boundary: str, *parts: Part) -> bytes:
    """A form's body."""
    return b"".join(_part(boundary, *part) for part in parts) + f"--{boundary}--\r\n".encode()


def _part(boundary: str, name: str, file_name: str | None, kind: str | None, content: bytes) -> bytes:
    file = f'; filename="{file_name}"' if file_name is not None else ""
    typed = f"Content-Type: {kind}\r\n" if kind else ""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{typed}\r\n'
    return head.encode() + content + b"\r\n"


def text(name: str, value: str) -> Part:
    """A field."""
    return name, None, None, value.encode()


RED, BLUE = png(64, 64, "red"), png(64, 64, "blue")
OCTETS, PNG = "application/octet-stream", "image/png"
PROMPT = text("prompt", "make it red")

SENT: dict[str, tuple[str, bytes]] = {
    "openai-python, one image": (
        "multipart/form-data; boundary=d4f5c1e29bb34f5ea37a52fbbd2b7a1c",
        multipart(
            "d4f5c1e29bb34f5ea37a52fbbd2b7a1c",
            PROMPT,
            text("model", "gpt-image-2"),
            ("image", "upload", OCTETS, RED),
        ),
    ),
    "openai-python, a list of one": (
        "multipart/form-data; boundary=0123456789abcdef",
        multipart("0123456789abcdef", PROMPT, ("image[]", "upload", OCTETS, RED)),
    ),
    "openai-python, a list of two": (
        "multipart/form-data; boundary=0123456789abcdef",
        multipart("0123456789abcdef", PROMPT, ("image[]", "a.png", PNG, RED), ("image[]", "b.png", PNG, BLUE)),
    ),
    "openai-node, a read stream": (
        'multipart/form-data; boundary="openai-7f1b"',
        multipart("openai-7f1b", ("image", "lamp.png", OCTETS, RED), PROMPT, text("n", "1"), text("size", "auto")),
    ),
    "AI SDK, files without names of their own": (
        "multipart/form-data; boundary=----formdata-undici-012345678901",
        multipart(
            "----formdata-undici-012345678901",
            text("model", "gpt-image-2.5-flare"),
            PROMPT,
            ("image", "blob", PNG, RED),
            ("markup", "blob", PNG, BLUE),
            text("n", "1"),
        ),
    ),
    "LiteLLM, always a list": (
        "multipart/form-data; boundary=6f1c3a",
        multipart("6f1c3a", text("model", "gpt-image-2"), text("n", "2"), PROMPT, ("image[]", "image.png", PNG, RED)),
    ),
    "Open WebUI": (
        "multipart/form-data; boundary=b0c1d2",
        multipart(
            "b0c1d2",
            text("model", "gpt-image-1"),
            PROMPT,
            text("n", "1"),
            text("size", "1024x1024"),
            text("background", "auto"),
            text("response_format", "b64_json"),
            ("image", "image.png", PNG, RED),
        ),
    ),
    "LibreChat": (
        "multipart/form-data; boundary=--------------------------515890814546601021194782",
        multipart(
            "--------------------------515890814546601021194782",
            text("model", "gpt-image-1"),
            PROMPT,
            text("quality", "auto"),
            text("size", "auto"),
            ("image[]", "9f0e_lamp.png", PNG, RED),
        ),
    ),
    "n8n": (
        "multipart/form-data; boundary=--------------------------103",
        multipart(
            "--------------------------103",
            text("model", "gpt-image-1-mini"),
            PROMPT,
            ("image[]", "lamp.png", PNG, RED),
            text("n", "1"),
            text("size", "512x512"),
            text("quality", "standard"),
            text("input_fidelity", "high"),
        ),
    ),
    "a repeated image, no file names": (
        "multipart/form-data; boundary=x",
        multipart("x", PROMPT, ("image", None, None, RED), ("image", None, PNG, BLUE)),
    ),
}


async def pieces(body: bytes, size: int = 1 << 20) -> AsyncIterator[bytes]:
    """A body as it comes in; the last piece of a stream is empty."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
    yield b""
