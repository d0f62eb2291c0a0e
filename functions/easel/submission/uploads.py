"""Room for one reference, to be filled by its owner and nobody else: a form for S3, bound to type and size.

What an upload holds is judged when a job uses it: it is copied then, as it is, and decoded before anybody sees it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from easel.aws.bucket import REFERENCE_BYTES_MAX, Bucket, Form
from easel.clock import SECOND, Clock
from easel.errors import Unauthenticated
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.limits.rates import RateLimits
from easel.schemas import WHOLE, Body, Moment, Url, View, instant

FORM_SECONDS = 600
FOLDER = "uploads/"


def _by_its_right_name(mime_type: object) -> object:
    return "image/jpeg" if mime_type == "image/jpg" else mime_type  # as many programs call it


class UploadRequest(Body):
    """What will be uploaded: its type and, if known, its exact size."""

    mime_type: Annotated[Literal["image/png", "image/jpeg", "image/webp"], BeforeValidator(_by_its_right_name)] = Field(
        description="the type of the file"
    )
    bytes: Annotated[int, Field(ge=1, le=REFERENCE_BYTES_MAX), WHOLE] | None = Field(
        None, description="its exact size, if known; 25 MB at most"
    )


@dataclass(frozen=True)
class Upload:
    """Where to post the file until `expires_at` (ms), and its name in a reference."""

    id: str
    form: Form
    expires_at: int


def folder(secret: bytes, owner: str) -> str:
    """Where an owner's uploads are."""
    return f"{FOLDER}{ids.owner_folder(secret, owner)}/"


@dataclass(frozen=True)
class Uploads:
    """Makes room, so often and no more: whoever signed in could fill the bucket otherwise."""

    assets: Bucket
    limits: RateLimits
    clock: Clock
    secret: Callable[[], bytes]

    def __call__(self, ask: UploadRequest, *, caller: Caller) -> Upload:
        """Room for one file. Its key names its owner, so another's upload looks like one that is not there.

        Raises Unauthenticated, RateLimited and Busy.
        """
        if caller.anonymous:
            raise Unauthenticated("Sign in to upload: send `Authorization: Bearer` with a token or an API key.")
        self.limits.admit_upload(caller)
        now = self.clock.now()
        upload_id = ids.fresh(now)
        form = self.assets.form(
            folder(self.secret(), caller.owner) + upload_id,
            ask.mime_type,
            bytes_min=ask.bytes or 1,
            bytes_max=ask.bytes or REFERENCE_BYTES_MAX,
            seconds=FORM_SECONDS,
        )
        return Upload(id=upload_id, form=form, expires_at=now + FORM_SECONDS * SECOND)


class UploadView(View):
    """Where to post a file until `expiresAt`: `fields` first, as they are, and `file` last."""

    upload_id: str = Field(description="its name in a reference")
    url: Url = Field(description="where to post the form")
    fields: dict[str, str] = Field(description="the form's fields, to be sent as they are")
    expires_at: Moment = Field(description="until when the form is accepted")


def upload(made: Upload) -> UploadView:
    """The answer to a wish to upload."""
    return UploadView(
        upload_id=made.id, url=made.form.url, fields=made.form.fields, expires_at=instant(made.expires_at)
    )
