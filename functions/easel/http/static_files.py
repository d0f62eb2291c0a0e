"""The page and its files, read from one folder and from nowhere else."""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from easel.errors import NotFound
from easel.http.headers import HTTPS

PATH = re.compile(r"[A-Za-z0-9_./-]{1,200}")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
GUARDS = {
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def folder(beside: Path) -> Path:
    """Where the page is: beside the handlers once deployed, beside their folder in a checkout."""
    return next((place for place in (beside / "web", beside.parent / "web") if place.is_dir()), beside / "web")


def file(
    root: Path,
    path: str,
    request: Request,
    *,
    plain_http: bool,
    talks_to: Sequence[str] = (),
    embeds: Sequence[str] = (),
) -> Response:
    """A file of the folder; `plain_http` lets the page show images from a local bucket without TLS.

    `talks_to` are the origins of others that it may fetch from: where people sign in. `embeds` are those whose scripts
    it may run and whose frames it may show: where anonymous callers solve a challenge.
    """
    content = _read(root, path)
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    others = " ".join(["'self'", *talks_to])
    images = "https: http:" if plain_http else "https:"
    embedded = f"script-src 'self' {' '.join(embeds)}; frame-src {' '.join(embeds)}; " if embeds else ""
    policy = (
        f"default-src 'self'; {embedded}connect-src {others}; img-src 'self' data: blob: {images}; object-src 'none'; "
        "base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    headers = {**guards(policy, plain_http=plain_http), "ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=TYPES[Path(path).suffix], headers=headers)


def guards(policy: str, *, plain_http: bool) -> dict[str, str]:
    """The headers that keep a page to itself, beside those of every answer."""
    return {"Content-Security-Policy": policy, **GUARDS, **({} if plain_http else HTTPS)}


@cache
def _read(root: Path, path: str) -> bytes:
    place = (root / path).resolve() if PATH.fullmatch(path) else root
    if not place.is_relative_to(root.resolve()) or place.suffix not in TYPES or not place.is_file():
        raise NotFound("There is no such file.")
    return place.read_bytes()
