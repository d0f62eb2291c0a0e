"""Endpoints as owners ask for them, field by field."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from easel.schemas import Body, refuse
from easel.webhooks.addresses import as_webhook_url
from easel.webhooks.model import EVENT_TYPES

DESCRIPTION_CHARS_MAX = 256


def _each_once(events: tuple[str, ...]) -> tuple[str, ...]:
    if not events:
        refuse(f"must name at least one of {', '.join(EVENT_TYPES)}; leave it out to be told of all")
    return tuple(dict.fromkeys(events))


EventType = Literal["job.succeeded", "job.failed", "job.canceled"]
Url = Annotated[str, AfterValidator(as_webhook_url)]
Events = Annotated[tuple[EventType, ...], Field(strict=False, max_length=10), AfterValidator(_each_once)]
Description = Annotated[str, Field(max_length=DESCRIPTION_CHARS_MAX)]

URL_TOLD = "https, port 443, a public host by its name; no user name, password or fragment; at most 2,048 characters"
EVENTS_TOLD = "which ends of jobs to tell of; all by default"


class WebhookRequest(Body):
    """An endpoint to be told of the ends of jobs."""

    url: Url = Field(description=URL_TOLD)
    events: Events | None = Field(None, description=EVENTS_TOLD)
    description: Description = Field("", description="for yourself, up to 256 characters")


class WebhookChanges(Body):
    """What is to be different about an endpoint."""

    url: Url | None = Field(None, description=URL_TOLD)
    events: Events | None = Field(None, description=EVENTS_TOLD)
    description: Description | None = Field(None, description="for yourself, up to 256 characters")
    enabled: bool | None = Field(
        None, description="false: nothing is sent there; true: from now on again, what ended meanwhile is not told"
    )
