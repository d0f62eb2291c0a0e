"""What the routes of `/v1` read of a request, beside what all doors read."""

import re
import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Query, Request

from easel.errors import Unauthenticated, UnsupportedMediaType, invalid
from easel.http import bodies, parameters
from easel.identity.callers import Caller
from easel.openai_api import form
from easel.openai_api.answers import Look
from easel.openai_api.collect import HOPS_MAX
from easel.openai_api.form import SentForm
from easel.openai_api.request import EditForm, EditRequest

LOOKS: Mapping[str, Look] = {
    "url": Look(by_link=True),
    "stream": Look(stream=True),
    "edit_stream": Look(stream=True, edit=True),
}
COUNT = re.compile(r"[0-9]{1,3}")
HOP = re.compile(r"[1-9][0-9]?")
MULTIPART = re.compile(r"multipart/form-data\s*;", re.IGNORECASE)


def holder(caller: Caller, request: Request) -> Caller:
    """Refuse whoever shows no key and no token, for a cookie does not count here. Raises Unauthenticated."""
    request.state.begun = time.monotonic()
    if caller.anonymous or "authorization" not in request.headers:
        raise Unauthenticated(
            "Send an API key (easel_…) or a token as `Authorization: Bearer`, as `api_key` of the SDK."
        )
    return caller


async def edit(request: Request) -> tuple[EditRequest, SentForm]:
    """The body of an edit, as a form or as JSON."""
    content_type = request.headers.get("content-type", "")
    if not MULTIPART.match(content_type):
        if not bodies.JSON_TYPE.match(content_type):
            raise UnsupportedMediaType("An edit is multipart/form-data with its boundary, or application/json.")
        return bodies.parse(EditRequest, await parameters.json_of(request)), SentForm()
    bodies.must_be_plain(request.headers.get("content-encoding"))
    sent = await form.read(request.stream(), content_type)
    return bodies.check(EditRequest, sent.fields), sent


def repeats(
    count: Annotated[
        str | None,
        Header(
            alias="X-Stainless-Retry-Count", description="what OpenAI's SDKs count repeats by; one takes over its job"
        ),
    ] = None,
) -> int:
    """For routes that start: how often the client says that it repeated this request."""
    return int(count) if count and COUNT.fullmatch(count) else 0


def hop(
    number: Annotated[str | None, Query(alias="hop", description=f"1 to {HOPS_MAX}, as the redirect has it")] = None,
) -> int:
    """For the job's route: the number of its hop. Raises InvalidRequest."""
    found = 1 if number is None else int(number) if HOP.fullmatch(number) else 0
    if not 1 <= found <= HOPS_MAX:
        raise invalid("hop", f"must be a number from 1 to {HOPS_MAX}")
    return found


def look(named: Annotated[str | None, Query(alias="as", description="url, stream or edit_stream")] = None) -> Look:
    """For the job's route: how its answer shall look. Raises InvalidRequest."""
    if named is not None and named not in LOOKS:
        raise invalid("as", f"must be {', '.join(LOOKS)}, or be left out")
    return LOOKS[named] if named else Look()


def query_of(look: Look) -> str:
    """The same as the rest of a query, "" for the usual look."""
    return next((f"&as={name}" for name, known in LOOKS.items() if known == look), "")


def takes_edit(*, redder: Mapping[str, Any], redder_form: Mapping[str, Any]) -> dict[str, Any]:
    """For the document: the body of an edit, as JSON or as a form."""
    json = parameters.takes(EditRequest, redder=redder)["requestBody"]["content"]["application/json"]
    form_ = parameters.takes(EditForm, redder=redder_form)["requestBody"]["content"]["application/json"]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": form_, "application/json": json}}}
