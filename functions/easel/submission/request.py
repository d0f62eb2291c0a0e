"""What a caller may ask for, field by field, each refusal with its remedy.

How fields go together, and what a model can do, is `catalog`'s to say.
"""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field

from easel.catalog.plan import Mode
from easel.catalog.sizes import parse_ratio, parse_size
from easel.credits.balance import AMOUNT_MAX
from easel.http.bodies import Body, check, refuse
from easel.submission.references import BY_COMMAND, Mask, Reference

Terms = TypeVar("Terms", bound=Body)

PROMPT_CHARS_MAX = 32_000
N_MAX = 10
REFERENCES_MAX = 16
METADATA_KEYS_MAX = 16
METADATA_CHARS_MAX = 512
NAME_CHARS_MAX = 128
PREVIEWS_MAX = 3


def _prompt(text: str) -> str:
    clean = "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) != "Cc")
    clean = unicodedata.normalize("NFC", clean).strip()
    if not clean:
        refuse("must not be empty; say what the picture should show")
    if len(clean) > PROMPT_CHARS_MAX:
        refuse(f"has {len(clean):,} characters; at most {PROMPT_CHARS_MAX:,} are allowed")
    return clean


def _ratio(text: str) -> str:
    if parse_ratio(text) is None:
        refuse("must be W:H from 1:3 to 3:1, such as 1:1, 3:2 or 9:16")
    return text


def _size(text: str) -> str:
    if parse_size(text) is None:
        refuse("must be WxH in pixels, such as 1536x1024")
    return text


def _metadata(pairs: dict[str, str]) -> dict[str, str]:
    if len(pairs) > METADATA_KEYS_MAX:
        refuse(f"may have at most {METADATA_KEYS_MAX} keys")
    for name, value in pairs.items():
        if not name or len(name) > METADATA_CHARS_MAX or len(value) > METADATA_CHARS_MAX:
            refuse(f"keys must have 1 to {METADATA_CHARS_MAX} characters, values at most {METADATA_CHARS_MAX}")
    return pairs


def _no_webhook_yet(url: str) -> str:
    refuse("is not supported yet; poll statusUrl, with ?wait=20 to be told at once", code="unsupported_option")


def _just_one(count: int) -> int:
    if count > 1:
        refuse(f"must be 1 on this route; POST /api/aiimage/start takes up to {N_MAX}")
    return count


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
    resolution: Literal["1k", "2k", "4k"] | None = None
    quality: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    n: Annotated[int, Field(ge=1, le=N_MAX)] = 1
    output_format: Literal["png", "jpeg", "webp"] | None = None
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    background: Literal["auto", "opaque", "transparent"] | None = None
    references: Annotated[tuple[Reference, ...], Field(strict=False, max_length=REFERENCES_MAX)] = ()
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
    ] = 0
    priority: Literal["quality", "economy"] = "quality"
    webhook_url: Annotated[str, AfterValidator(_no_webhook_yet)] | None = Field(None, description="not served yet")
    metadata: Annotated[dict[str, str], AfterValidator(_metadata)] = Field({}, description="echoed by status")


class QuickRequest(JobRequest):
    """The fields of a picture that is waited for: a job's, with one image."""

    n: Annotated[int, Field(ge=1, le=N_MAX), AfterValidator(_just_one)] = 1
    image_format: Literal["base64", "url"] = "base64"


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse("must be a time such as 2027-01-31T00:00:00Z")
    if moment.tzinfo is None:
        refuse("must say its zone: write Z or an offset at the end")
    return moment.astimezone(UTC).isoformat()


def _not_zero(amount: int) -> int:
    if amount == 0:
        refuse("must not be 0")
    return amount


class MovementRequest(Body):
    """A movement of credits under a key. `fingerprint_kind` is stored with the key: it outlives the class's name."""

    fingerprint_kind: ClassVar[str]


class GrantRequest(MovementRequest):
    """Credits for an owner: `promotional` ones are spent before `paid` ones, a lower `priority` before a higher."""

    fingerprint_kind: ClassVar[str] = "GrantRequest"

    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)]
    kind: Literal["paid", "promotional"] = "paid"
    priority: Annotated[int, Field(ge=0, le=1000)] = 100
    expires_at: Annotated[str, AfterValidator(_moment)] | None = Field(None, description="RFC 3339; never by default")

    @property
    def expires_at_ms(self) -> int | None:
        """When they expire, in milliseconds since 1970."""
        return None if self.expires_at is None else round(datetime.fromisoformat(self.expires_at).timestamp() * 1000)


class AdjustRequest(MovementRequest):
    """A correction by hand: credits added, or taken where `amount` is negative."""

    fingerprint_kind: ClassVar[str] = "AdjustRequest"

    amount: Annotated[int, Field(ge=-AMOUNT_MAX, le=AMOUNT_MAX), AfterValidator(_not_zero)]


class RefundRequest(MovementRequest):
    """Credits a job was charged, given back: `amount` of them, or all that is left."""

    fingerprint_kind: ClassVar[str] = "RefundRequest"

    job_id: str = Field(min_length=1, max_length=80)
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = Field(None, description="all that is left by default")


class Owned(Body):
    """A movement over HTTP, which names its owner in the body."""

    owner: str = Field(description="user:<issuer>:<id> or service:<account>")


class GrantBody(GrantRequest, Owned):
    """A grant over HTTP."""


class AdjustBody(AdjustRequest, Owned):
    """An adjustment over HTTP."""


class RefundBody(RefundRequest, Owned):
    """A refund over HTTP."""


def terms(body: Owned, model: type[Terms]) -> Terms:
    """A movement without its owner: the same one, by whatever way it comes, has the same hash."""
    return model.model_validate(body.model_dump(by_alias=True, exclude_unset=True, exclude={"owner"}))


def job(fields: object, *, by_command: bool = False) -> JobRequest:
    """A job's fields, checked."""
    return check(JobRequest, fields, context={BY_COMMAND: by_command})


def quick(fields: object, *, by_command: bool = False) -> QuickRequest:
    """A quick picture's fields, checked."""
    return check(QuickRequest, fields, context={BY_COMMAND: by_command})


def fingerprint(ask: MovementRequest) -> str:
    """What is stored under a movement's key, so that a repeat with another body is told from the same again."""
    return f"{ask.fingerprint_kind}:{body_hash(ask)}"


def body_hash(ask: Body) -> str:
    """SHA-256 over the fields as they were sent, before any default: tells a replay from another request."""
    sent: dict[str, Any] = ask.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    canonical = json.dumps(sent, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
