"""What a caller may ask for, field by field, each refusal with its remedy.

How fields go together, and what a model can do, is `catalog`'s to say.
"""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from easel.catalog.plan import Mode
from easel.catalog.sizes import parse_ratio, parse_size
from easel.schemas import WHOLE, Body, refuse
from easel.submission.references import Mask, Reference
from easel.webhooks.addresses import as_webhook_url

PROMPT_CHARS_MAX = 32_000
RAW_PROMPT_CHARS_MAX = 4 * PROMPT_CHARS_MAX  # as it was sent: what is longer is not worth cleaning
N_MAX = 10
REFERENCES_MAX = 16
METADATA_KEYS_MAX = 16
METADATA_CHARS_MAX = 512
NAME_CHARS_MAX = 128
PREVIEWS_MAX = 3
EMPTY_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"})  # alone they are no writing: spaces, joiners, marks
FILLERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and signs that are blank
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # of category Cc, all but tab and line feed


def _prompt(text: str) -> str:
    if len(text) > RAW_PROMPT_CHARS_MAX:
        refuse(f"has {len(text):,} characters; at most {PROMPT_CHARS_MAX:,} are allowed")
    clean = CONTROLS.sub("", text.replace("\r\n", "\n"))
    clean = unicodedata.normalize("NFC", clean).strip()
    if all(map(_shows_nothing, set(clean))):
        refuse("must not be empty; say what the picture should show")
    if len(clean) > PROMPT_CHARS_MAX:
        refuse(f"has {len(clean):,} characters; at most {PROMPT_CHARS_MAX:,} are allowed")
    return clean


def _shows_nothing(character: str) -> bool:
    return character in FILLERS or unicodedata.category(character) in EMPTY_CATEGORIES


def _ratio(text: str) -> str:
    if parse_ratio(text) is None:
        refuse("must be W:H from 1:3 to 3:1, such as 1:1, 3:2 or 9:16")
    return text


def _size(text: str) -> str:
    if parse_size(text) is None:
        refuse("must be WxH in pixels, such as 1536x1024")
    return text


def _without_nulls(pairs: object) -> object:
    return {name: value for name, value in pairs.items() if value is not None} if isinstance(pairs, dict) else pairs


def _metadata(pairs: dict[str, str]) -> dict[str, str]:
    if len(pairs) > METADATA_KEYS_MAX:
        refuse(f"may have at most {METADATA_KEYS_MAX} keys")
    for name, value in pairs.items():
        if not name or len(name) > METADATA_CHARS_MAX or len(value) > METADATA_CHARS_MAX:
            refuse(f"keys must have 1 to {METADATA_CHARS_MAX} characters, values at most {METADATA_CHARS_MAX}")
    return pairs


def _just_one(count: int) -> int:
    if count > 1:
        refuse(f"must be 1 on this route; POST /api/aiimage/start takes up to {N_MAX}")
    return count


Metadata = Annotated[dict[str, str], AfterValidator(_metadata), BeforeValidator(_without_nulls)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]


class JobRequest(Body):
    """The fields of a job. What was not sent is None where the stage, the feature or the model decides."""

    prompt: Annotated[str, AfterValidator(_prompt), Field(description="1 to 32,000 characters after trimming")]
    feature_id: Name | None = Field(None, description="a preset; GET /api/features lists them")
    mode: Mode | None = Field(None, description="text_to_image by default; image_to_image needs a reference")
    model_id: Name | None = Field(None, description="GET /api/models lists them")
    provider: Name | None = Field(None, description="tried first")
    fallback: bool = Field(True, description="false: only the first provider")
    aspect_ratio: Annotated[str, AfterValidator(_ratio)] | None = Field(None, description="W:H, 1:3 to 3:1")
    size: Annotated[str, AfterValidator(_size)] | None = Field(None, description="WxH, instead of aspectRatio")
    resolution: Literal["1k", "2k", "4k"] | None = Field(None, description="about how large; 1k by default")
    quality: Literal["low", "medium", "high", "xhigh", "max"] | None = Field(
        None, description="of those that the model has; medium by default"
    )
    n: Annotated[int, Field(ge=1, le=N_MAX), WHOLE] = Field(1, description="how many images")
    output_format: Literal["png", "jpeg", "webp"] | None = Field(None, description="png by default")
    output_compression: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(
        None, description="of jpeg and webp: 100 is the best quality"
    )
    background: Literal["auto", "opaque", "transparent"] | None = Field(
        None, description="transparent needs png or webp, and a model that can"
    )
    references: Annotated[tuple[Reference, ...], Field(strict=False, max_length=REFERENCES_MAX)] = Field(
        (), description="images to begin from, the first one first"
    )
    mask: Mask | None = Field(None, description="PNG with alpha, as large as the first reference")
    markup: Mask | None = Field(
        None,
        description="what to change, drawn on a transparent PNG as large as the first reference, over which it lies;"
        " for models with `markup`, and not together with a mask",
    )
    previews: Annotated[
        int,
        Field(
            ge=0,
            le=PREVIEWS_MAX,
            description="partial images shown by status while one image is made: for models with `previewsMax`, with"
            " n 1, and not where a stage looks at images before it shows them",
        ),
        WHOLE,
    ] = 0
    priority: Literal["quality", "economy"] = Field(
        "quality", description="whom to ask first: the best provider, or the cheapest"
    )
    safety_identifier: Annotated[str, Field(min_length=1, max_length=METADATA_CHARS_MAX)] | None = Field(
        None,
        description="who among your users asks, in any words of yours; providers are sent a hash of it, so that they"
        " can tell one who misuses them from the others",
    )
    webhook_url: Annotated[str, AfterValidator(as_webhook_url)] | None = Field(
        None,
        description="is told of the job's end, signed by your default webhook secret: https, port 443, a public host",
    )
    metadata: Annotated[dict[str, str], AfterValidator(_metadata), BeforeValidator(_without_nulls)] = Field(
        {}, description="echoed by status"
    )


class QuickRequest(JobRequest):
    """The fields of a picture that is waited for: a job's, with one image."""

    n: Annotated[int, Field(ge=1, le=N_MAX), WHOLE, AfterValidator(_just_one)] = Field(
        1, description="1 on this route", json_schema_extra={"maximum": 1}
    )
    image_format: Literal["base64", "url"] = Field("base64", description="in the answer, or by a signed link")
