"""OpenAI's fields, each with what becomes of it here; what OpenAI defines and nobody here can do is refused by name."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from easel.schemas import WHOLE, Body, refuse
from easel.submission.request import METADATA_CHARS_MAX, N_MAX, PREVIEWS_MAX, RAW_PROMPT_CHARS_MAX, Metadata, Name

QUALITIES = Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]
User = Annotated[str, Field(max_length=METADATA_CHARS_MAX)]


def _still(form: str) -> str:
    if form in ("gif", "svg"):
        refuse(f"{form} is not made here; send png, jpeg or webp", code="unsupported_option")
    if form not in ("png", "jpeg", "webp"):
        refuse("must be png, jpeg or webp")
    return form


def _not_made(value: object) -> object:
    refuse("is for pictures that move or are SVG, which are not made here; leave it out", code="unsupported_option")


class OpenAIBody(Body):
    """A body whose names are OpenAI's."""

    model_config = ConfigDict(alias_generator=None)


class EaselOptions(Body):
    """What only Easel has; the names are those of its own routes."""

    feature_id: Name | None = Field(None, description="a preset; GET /api/features lists them")
    provider: Name | None = Field(None, description="tried first")
    fallback: bool | None = Field(None, description="false: only the first provider")
    priority: Literal["quality", "economy"] | None = Field(
        None, description="whom to ask first: the best, or the cheapest"
    )
    metadata: Metadata | None = Field(None, description="echoed by the job's status")


class GenerationRequest(OpenAIBody):
    """The fields of `images.generate`."""

    prompt: Annotated[str, Field(max_length=RAW_PROMPT_CHARS_MAX, description="1 to 32,000 characters")]
    model: Name | None = Field(None, description="left out: the stage's default; GET /v1/models lists them")
    n: Annotated[int, Field(ge=1, le=N_MAX), WHOLE] | None = Field(None, description="how many images; 1 by default")
    size: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="auto, or WxH; DALL·E's sizes become the nearest that is drawn, with a warning"
    )
    quality: QUALITIES | None = Field(None, description="standard is medium, hd is high")
    background: Literal["auto", "opaque", "transparent"] | None = Field(
        None, description="transparent needs png or webp, and a model that can"
    )
    output_format: Annotated[str, AfterValidator(_still)] | None = Field(None, description="png, jpeg or webp")
    output_compression: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(
        None, description="of jpeg and webp: 100 is the best quality"
    )
    response_format: Literal["b64_json", "url"] | None = Field(None, description="by default `b64_json`")
    stream: bool | None = Field(None, description="as events, which come together once the picture is there; n is 1")
    partial_images: Annotated[int, Field(ge=0, le=PREVIEWS_MAX), WHOLE] | None = Field(
        None, description="previews in the stream"
    )
    user: User | None = Field(None, description="as `safety_identifier`, its older name")
    safety_identifier: User | None = Field(None, description="who among your users asks; providers are sent a hash")
    style: Literal["vivid", "natural"] | None = Field(None, description="without effect; a warning says so")
    moderation: Literal["auto", "low"] | None = Field(None, description="without effect: the stage decides")
    input_fidelity: Literal["high", "low"] | None = Field(None, description="without effect; a warning says so")
    complexity: Literal["low", "medium", "high"] | None = Field(None, description="without effect; a warning says so")
    frame_count: Annotated[Any, AfterValidator(_not_made)] = Field(None, description="not supported")
    frame_duration_ms: Annotated[Any, AfterValidator(_not_made)] = Field(None, description="not supported")
    svg: Annotated[Any, AfterValidator(_not_made)] = Field(None, description="not supported")
    easel: EaselOptions | None = Field(None, description="what only Easel has")


FILE = WithJsonSchema({"type": "string", "format": "binary"})
FILES = WithJsonSchema({"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 16})


class EditForm(GenerationRequest):
    """The fields of `images.edit` as a form, for the document: `form` reads it, and files have no fields then."""

    image: Annotated[Any, FILES] = Field(
        None, description="one image, or several of that name or of `image[]`; the bytes say its type"
    )
    mask: Annotated[Any, FILE] = Field(None, description="PNG with alpha, as large as the first image")
    markup: Annotated[Any, FILE] = Field(None, description="what to change, drawn on a transparent PNG")


class ImageInput(OpenAIBody):
    """An image by its address, or in the body."""

    image_url: Annotated[str, Field(description="https://… or data:image/png;base64,…")] | None = None
    file_id: str | None = Field(None, description="not supported: OpenAI's files are not here")


class EditRequest(GenerationRequest):
    """The fields of `images.edit`. In a form `image`, `image[]`, `mask` and `markup` are files in place of `images`."""

    images: Annotated[tuple[ImageInput, ...], Field(strict=False, max_length=16)] = Field(
        (), description="images to begin from, the first one first"
    )
    mask: ImageInput | None = Field(None, description="PNG with alpha, as large as the first image")
    markup: ImageInput | None = Field(None, description="what to change, drawn on a transparent PNG")
