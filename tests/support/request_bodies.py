"""Bodies of requests as callers send them, and what a refused one is told."""

import base64
from typing import Any

import pytest

from easel.errors import CallerError
from easel.submission.request import JobRequest
from tests.support.requests import a_job_request

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


def data_url(content: bytes = PNG, mime_type: str = "image/png") -> str:
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"


def a_job(**fields: Any) -> JobRequest:
    return a_job_request({"prompt": "a lamp", **fields})


def refusal(fields: object, make: Any = a_job_request) -> CallerError:
    with pytest.raises(CallerError) as caught:
        make(fields)
    return caught.value
