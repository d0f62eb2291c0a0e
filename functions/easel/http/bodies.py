"""Request bodies: JSON objects of a bounded size, read strictly, as their models."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from easel.errors import PayloadTooLarge, UnsupportedMediaType
from easel.http import strict_json
from easel.http.refusals import refused

LIMIT_BYTES = 4_400_000  # the gateway hands over 6 MB, and a body grows by a third in base64
ENCODING_CHARS_MAX = 40  # of a header, as far as it is repeated
JSON_TYPE = re.compile(r"application/(?:[\w.-]+\+)?json\s*(?:;|$)", re.IGNORECASE)

T = TypeVar("T", bound=BaseModel)


def parse(model: type[T], raw: bytes) -> T:
    """A body as its model, or the error that says what is wrong with it."""
    return check(model, strict_json.read(raw))


def check(model: type[T], fields: object, *, context: Mapping[str, Any] | None = None) -> T:
    """Fields as their model."""
    try:
        return model.model_validate(fields, context=dict(context or {}))
    except ValidationError as error:
        raise refused(error.errors(include_url=False, include_input=False), model) from None  # it holds the input


def must_be_json(content_type: str | None) -> None:
    """Refuse a body that does not say it is JSON: a form or text could be another site's, sent by a browser.

    Raises UnsupportedMediaType.
    """
    if not content_type or not JSON_TYPE.match(content_type):
        raise UnsupportedMediaType("This route reads JSON: send the header `Content-Type: application/json`.")


def must_be_plain(encoding: str | None) -> None:
    """Refuse a body that is packed: unpacked it could be of any size. Raises UnsupportedMediaType."""
    if encoding and encoding.strip().lower() != "identity":
        named = encoding.strip()[:ENCODING_CHARS_MAX]
        raise UnsupportedMediaType(
            f"This route reads no packed body (Content-Encoding: {named}); send the JSON itself, without that header.",
            acceptEncoding="identity",
        )


def must_fit(size: int) -> None:
    """Refuse a body that is too large for a door. Raises PayloadTooLarge."""
    if size > LIMIT_BYTES:
        remedy = "make references smaller (2,048 pixels are plenty) or fewer"
        raise PayloadTooLarge(
            f"The body has more than {LIMIT_BYTES:,} bytes; {remedy}.", limitBytes=LIMIT_BYTES, remedy=remedy
        )
