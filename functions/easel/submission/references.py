"""A caller's reference image as it stands in a request: what kind it is, and its bytes where they came along.

Only what needs no decoding is checked here; Prepare decodes.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, NoReturn, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from easel.file_kinds import PHOTO_PIXELS_MAX, REFERENCE_PIXELS_MAX, TAKEN, kind_of, why_not_taken
from easel.outbound.urls import FetchFailed, place_of
from easel.providers.protocol import Picture
from easel.schemas import BY_COMMAND, WHOLE, Body, refuse

MASK_BYTES_MAX = 4_000_000
URL_BYTES_MAX = 2_048  # a job keeps its addresses beside its prompt, in one row of at most 400 KB
DATA_URL = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)  # what it says of the type is not looked at: the bytes do
FILES = "files"  # key of the validation context: the files that came with a form, by the SHA-256 of their bytes
SPACES = re.compile(r"\s+")  # some programs break base64 into lines


class S3Object(Body):
    """An object in a bucket that this deployment may read."""

    bucket: str = Field(min_length=3, max_length=63, description="its name")
    key: str = Field(min_length=1, max_length=1024, description="the object's name in it")


class JobImage(Body):
    """An image of a job of one's own that has ended."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,80}$", description="the job's id")
    image: Annotated[int, Field(ge=0, le=9, description="which of its images; the first is 0"), WHOLE] = 0


class Reference(Body):
    """One reference image: exactly one of the fields.

    `s3` is for commands alone. `attached` is a door's own word for a file of a form: its bytes came beside the fields,
    and are not copied into one.
    """

    pixels_max: ClassVar[int] = REFERENCE_PIXELS_MAX

    data: str | None = Field(None, description=f"data:image/png;base64,… {TAKEN}")
    s3: S3Object | None = Field(None, description="by lambda:Invoke alone")
    url: str | None = Field(
        None, description=f"https://…, fetched before the picture is made; port 443, public. {TAKEN}"
    )
    upload_id: str | None = Field(None, description=f"of POST /api/aiimage/uploads. {TAKEN}", pattern=r"^[0-9a-z]{26}$")
    job: JobImage | None = Field(
        None, description="a picture that was made here, of a job of one's own; as it was made"
    )
    attached: Annotated[str | None, SkipJsonSchema()] = None
    _file: Picture | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_that_is_served(self, info: ValidationInfo) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            refuse("must have exactly one field: uploadId, job, url or data, or s3 in a command")
        if self.s3 is not None and not (info.context or {}).get(BY_COMMAND):
            refuse("is for commands by lambda:Invoke; send the image as data", field="s3", code="unsupported_option")
        if self.attached is not None:
            self._file = _attached(self.attached, (info.context or {}).get(FILES, {}), self.pixels_max)
        if self.data is not None:
            decoded(self.data, self.pixels_max)
        if self.url is not None:
            _must_be_fetchable(self.url)
        return self

    def picture(self) -> Picture | None:
        """The image that came along; None where only its address did."""
        return self._file if self.data is None else decoded(self.data, self.pixels_max)


class Mask(Reference):
    """A mask: PNG with alpha, as large as the first reference."""

    pixels_max: ClassVar[int] = PHOTO_PIXELS_MAX

    @model_validator(mode="after")
    def _a_small_png(self) -> Self:
        picture = self.picture()
        if picture and picture.mime_type != "image/png":
            _not_an_image("must be a PNG with an alpha channel")
        if picture and len(picture.content) >= MASK_BYTES_MAX:
            _not_an_image("must have under 4 MB; a mask compresses well as PNG")
        return self


def decoded(data: str, pixels_max: int = REFERENCE_PIXELS_MAX) -> Picture:
    """The image in a data URL, of the type that its bytes are; a refusal is told as the field's error."""
    head = DATA_URL.match(data)
    if not head:
        _not_an_image("must look like data:image/png;base64,…")
    try:
        content = base64.b64decode(SPACES.sub("", data[head.end() :]), validate=True)
    except binascii.Error:
        _not_an_image("is not valid base64")
    if why := why_not_taken(content, pixels_max):
        _not_an_image(why)
    return _picture(content)


def _picture(content: bytes) -> Picture:
    kind = kind_of(content)
    return Picture(content=content, mime_type=(kind and kind.mime_type) or "")


def _attached(digest: str, files: Mapping[str, bytes], pixels_max: int) -> Picture:
    if digest not in files:
        refuse("is not a field of this route; did you mean data?", field="attached")
    if why := why_not_taken(files[digest], pixels_max):
        _refused("attached", why)
    return _picture(files[digest])


def _must_be_fetchable(url: str) -> None:
    size = len(url.encode())
    if size > URL_BYTES_MAX:
        _refused("url", f"has {size:,} bytes as UTF-8; at most {URL_BYTES_MAX:,} are accepted")
    try:
        place_of(url)
    except FetchFailed as refusal:
        _refused("url", str(refusal))


def _not_an_image(message: str) -> NoReturn:
    _refused("data", message)


def _refused(field: str, message: str) -> NoReturn:
    raise PydanticCustomError("invalid_reference", "{message}", {"message": message, "field": field})
