"""OpenAI's fields as a job's: pure. What loses its meaning on the way is said in a warning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from easel.catalog import planning
from easel.catalog.sizes import parse_size
from easel.clock import Millis
from easel.errors import InvalidRequest, UnsupportedOption, invalid
from easel.http.bodies import check
from easel.openai_api.answers import Look
from easel.openai_api.form import SentForm
from easel.openai_api.request import EditRequest, GenerationRequest, ImageInput
from easel.policy import Policy
from easel.schemas import given
from easel.settings import ProviderSettings
from easel.submission.references import FILES
from easel.submission.request import JobRequest

ANSWER_BYTES_MAX = 64_000_000  # as base64: more is nothing that a client reads at once
DALL_E_SIZES = ("256x256", "512x512", "1024x1792", "1792x1024")
QUALITIES = {"standard": "medium", "hd": "high", "auto": None}
WITHOUT_EFFECT = {
    "style": "style has no effect: no model here takes one; say it in the prompt",
    "moderation": "moderation has no effect: the stage decides how strict it is",
    "input_fidelity": "input_fidelity has no effect: images are always looked at closely",
    "complexity": "complexity has no effect here",
}
BYTES_PER_PIXEL_MIN = {"png": 1.0, "jpeg": 0.1, "webp": 0.1}  # of a picture of something; less is a plain area


@dataclass(frozen=True)
class Stage:
    """What a stage decides of sizes: its providers and its policy, at a time (ms)."""

    providers: Mapping[str, ProviderSettings]
    policy: Policy
    now: Millis


@dataclass(frozen=True)
class Translated:
    """A job's request, how its answer shall look, and what is to be said of the translation."""

    ask: JobRequest
    warnings: tuple[str, ...]
    look: Look


def translate(sent: GenerationRequest, form: SentForm, stage: Stage) -> Translated:
    """The job that a request means. Raises InvalidRequest and other CallerErrors, in our names of fields."""
    edit = isinstance(sent, EditRequest)
    stream = bool(sent.stream)
    if stream and (sent.n or 1) > 1:
        raise invalid("n", "must be 1 in a stream, whose events do not say of which image they are")
    fields = _fields(sent, stream=stream) | (_references(sent, form) if isinstance(sent, EditRequest) else {})
    ask = check(JobRequest, fields, context={FILES: form.contents})
    size, resized = _size(sent.size, ask, stage)
    if size:
        ask = check(JobRequest, {**fields, "size": size}, context={FILES: form.contents})
    look = Look(by_link=sent.response_format == "url" and not stream, stream=stream, edit=edit and stream)
    if not look.by_link:
        _must_fit_into_an_answer(ask)
    return Translated(ask, (*resized, *_warnings(sent, stream=stream)), look)


def _fields(sent: GenerationRequest, *, stream: bool) -> dict[str, Any]:
    options = sent.easel.model_dump(by_alias=True, exclude_none=True) if sent.easel else {}
    return given(
        prompt=sent.prompt,
        modelId=sent.model,
        n=sent.n,
        quality=QUALITIES.get(sent.quality, sent.quality) if sent.quality else None,
        background=sent.background,
        outputFormat=sent.output_format,
        outputCompression=sent.output_compression,
        previews=sent.partial_images if stream else None,
        safetyIdentifier=sent.safety_identifier or sent.user or None,
        **options,
    )


def _references(sent: EditRequest, form: SentForm) -> dict[str, Any]:
    references = [{"attached": digest} for digest in form.images]
    references += [_by_address(image, f"images[{index}]") for index, image in enumerate(sent.images)]
    if not references:
        raise InvalidRequest(
            "image: is required; send it as a file of a form, or `images` with an `image_url`.",
            errors=[("image", "is required")],
            reason="missing_required_parameter",
        )
    overlays: dict[str, Any] = {name: {"attached": digest} for name, digest in form.overlays.items()}
    for name, image in (("mask", sent.mask), ("markup", sent.markup)):
        if image is not None:
            overlays[name] = _by_address(image, name)
    return {"references": references, **overlays, "mode": "image_to_image"}


def _by_address(image: ImageInput, named: str) -> dict[str, str]:
    if image.file_id is not None:
        said = "names a file at OpenAI, which is not here; send image_url or the file itself"
        raise UnsupportedOption(f"{named}.file_id: {said}.", errors=[(f"{named}.file_id", said)])
    if image.image_url is None:
        raise invalid(f"{named}.image_url", "is required")
    return {"data" if image.image_url[:5].lower() == "data:" else "url": image.image_url}


def _size(size: str | None, ask: JobRequest, stage: Stage) -> tuple[str | None, tuple[str, ...]]:
    """The size to ask for, None where the caller leaves it open, and a warning where it is another than was said."""
    if size is None or size == "auto":
        return None, ()
    found = parse_size(size)
    if found is None:
        raise invalid("size", f"must be auto or WxH in pixels, such as 1536x1024, not {size!r}")
    if size not in DALL_E_SIZES:
        return size, ()
    sizes = planning.sizes_of(ask, providers=stage.providers, policy=stage.policy, now=stage.now)
    if sizes.allows(found):
        return size, ()
    nearest = str(sizes.instead_of(found))
    return nearest, (f"size {size} is DALL·E's and is not drawn any more; {nearest} was asked for",)


def _must_fit_into_an_answer(ask: JobRequest) -> None:
    """Refuse before anything is held what could not be answered: `n` pictures of that size in base64."""
    size = parse_size(ask.size) if ask.size else None
    if size is None:
        return
    least = size.pixels * ask.n * BYTES_PER_PIXEL_MIN[ask.output_format or "png"] * 4 / 3
    if least > ANSWER_BYTES_MAX:
        raise invalid(
            "response_format",
            f"{ask.n} pictures of {size} have more than {ANSWER_BYTES_MAX // 1_000_000} MB as b64_json;"
            " send response_format url, or fewer or smaller ones",
        )


def _warnings(sent: GenerationRequest, *, stream: bool) -> tuple[str, ...]:
    told = [said for name, said in WITHOUT_EFFECT.items() if getattr(sent, name) is not None]
    if sent.partial_images and not stream:
        told.append("partial_images has no effect without stream")
    return tuple(told)
