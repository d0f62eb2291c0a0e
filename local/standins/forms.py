"""Multipart bodies, read byte for byte."""

from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """One part of a form that is a file."""

    field: str
    name: str
    mime_type: str
    content: bytes


def form(body: bytes, content_type: str) -> tuple[dict[str, str], list[File]]:
    """The words and files of a multipart body."""
    _, _, boundary = content_type.partition("boundary=")
    words: dict[str, str] = {}
    files: list[File] = []
    for part in body.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, content = part[2:].partition(b"\r\n\r\n")
        headers = _headers(head)
        options = dict(_option(each) for each in headers.get("content-disposition", "").split(";")[1:])
        name, content = options.get("name", ""), content[:-2]
        if "filename" in options:
            mime_type = headers.get("content-type", "application/octet-stream")
            files.append(File(name, options["filename"], mime_type, content))
        else:
            words[name] = content.decode()
    return words, files


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode().split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name, value.strip('"')
