"""OpenAI's images wire as a server reads it: which requests are legal, what an answer counts, what an error looks like.

Written from the published rules and apart from the product's own code, so that each checks the other.
"""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, UnidentifiedImageError

from local.standins.exchange import Drawing, Refusal
from local.standins.forms import File

PROMPT_CHARS_MAX = 32_000
MASK_BYTES_MAX = 4_000_000
REFERENCE_TOKENS = 1_229
PREVIEW_TOKENS = 100
MIME_TYPES = ("image/jpeg", "image/png", "image/webp")

GPT_2 = {"low": 16, "medium": 48, "high": 96}
GPT_25 = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}
GPT_26 = {"low": 30, "medium": 48, "high": 48, "xhigh": 64, "max": 96}
MODELS: Mapping[str, Mapping[str, int]] = {
    "gpt-image-2": GPT_2,
    "gpt-image-2-2026-04-21": GPT_2,
    "gpt-image-2.5-flare": GPT_25,
    "gpt-image-2.5-flare-2026-09-08": GPT_25,
    "gpt-image-2.5-sunburst": GPT_25,
    "gpt-image-2.5-sunburst-2026-09-08": GPT_25,
    "gpt-image-2.6-flare": GPT_26,
    "gpt-image-2.6-sunburst": GPT_26,
}
OLD_MODELS = ("gpt-image-1.5", "gpt-image-1.5-2025-12-16", "gpt-image-1-mini", "chatgpt-image-latest")
OLD_TOKENS = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}
OLD_SIZES = ("1024x1024", "1024x1536", "1536x1024")

MODERATED = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"),
    *("self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"),
)
WORDS = {
    *("model", "prompt", "n", "size", "quality", "background", "moderation", "output_format", "output_compression"),
    *("safety_identifier", "user", "stream", "partial_images", "complexity"),
}
EDIT_WORDS = {*WORDS, "input_fidelity"}


class WireError(Refusal):
    """An error as OpenAI writes it."""

    def __init__(self, status: int, message: str, **words: Any) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **words}
        super().__init__(status, {"error": error})


def asked(words: Mapping[str, Any], files: Sequence[File], *, edit: bool, extra_models: Sequence[str]) -> Drawing:
    """A request as it is understood, or the error it gets."""
    model = str(words.get("model") or "")
    own = model in extra_models
    known = (EDIT_WORDS if edit else WORDS) | ({"response_format"} if own else set())
    for word in words:
        if word not in known:
            raise WireError(400, f"Unknown parameter: '{word}'.", param=word, code="unknown_parameter")
    if not own and model not in MODELS and model not in OLD_MODELS:
        message = f"The model `{model}` does not exist or has been deprecated."
        raise WireError(404, message, code="model_not_found")
    prompt = str(words.get("prompt") or "")
    if not 1 <= len(prompt) <= PROMPT_CHARS_MAX:
        raise _invalid(
            "prompt", f"Invalid 'prompt': it has {len(prompt)} characters, expected 1 to {PROMPT_CHARS_MAX}."
        )
    output_format = _one_of(words, "output_format", ("png", "jpeg", "webp"), "png")
    references, mask, markup = _pictures(files) if edit else ((), None, None)
    _streamable(words)
    width, height = _size(str(words.get("size") or "auto"), model)
    return Drawing(
        model=model,
        prompt=prompt,
        n=_number(words, "n", 1, 10) or 1,
        width=width,
        height=height,
        quality=_quality(words, model),
        background=_background(words, output_format),
        output_format=output_format,
        output_compression=_compression(words, output_format),
        references=references,
        mask=mask,
        markup=markup,
    )


def usage(asked: Drawing, images: int, previews: int = 0) -> dict[str, Any]:
    """Token counts by OpenAI's arithmetic."""
    text = math.ceil(len(asked.prompt.encode()) / 4)
    pictures = REFERENCE_TOKENS * len(asked.references)
    out = _output_tokens(asked) * images + PREVIEW_TOKENS * previews
    return {
        "input_tokens": text + pictures,
        "input_tokens_details": {"text_tokens": text, "image_tokens": pictures},
        "output_tokens": out,
        "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
        "total_tokens": text + pictures + out,
    }


def _invalid(param: str, message: str, code: str = "invalid_value") -> WireError:
    return WireError(400, message, type="image_generation_user_error", param=param, code=code)


def _one_of(words: Mapping[str, Any], name: str, known: Sequence[str], usual: str) -> str:
    value = str(words.get(name) or usual)
    if value not in known:
        raise _invalid(name, f"Invalid value: '{value}'. Supported values are: {', '.join(known)}.")
    return value


def _number(words: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    if words.get(name) is None:
        return None
    try:
        value = int(words[name])
    except (TypeError, ValueError):
        raise _invalid(name, f"Invalid type for '{name}': expected an integer.", "invalid_type") from None
    if not low <= value <= high:
        raise _invalid(name, f"Invalid '{name}': {value} is not between {low} and {high}.")
    return value


def _quality(words: Mapping[str, Any], model: str) -> str:
    quality = _one_of(words, "quality", (*MODELS.get(model, GPT_2), "auto"), "auto")
    return "medium" if quality == "auto" else quality


def _background(words: Mapping[str, Any], output_format: str) -> str:
    background = _one_of(words, "background", ("transparent", "opaque", "auto"), "auto")
    if background == "transparent" and output_format == "jpeg":
        raise _invalid("background", "Transparent background needs output_format 'png' or 'webp'.")
    return "opaque" if background == "auto" else background


def _compression(words: Mapping[str, Any], output_format: str) -> int | None:
    compression = _number(words, "output_compression", 0, 100)
    if compression is not None and output_format == "png":
        raise _invalid("output_compression", "Compression is only supported with 'jpeg' and 'webp'.")
    return compression


def _size(size: str, model: str) -> tuple[int, int]:
    if size == "auto":
        return 1024, 1024
    wide, _, tall = size.partition("x")
    if not (wide.isdecimal() and tall.isdecimal()):
        raise _invalid("size", f"Invalid size: '{size}'.")
    width, height = int(wide), int(tall)
    legal = size in OLD_SIZES if model in OLD_MODELS else size_ok(width, height)
    if not legal:
        raise _invalid("size", f"Invalid size: '{size}' is not supported by this model.")
    return width, height


def size_ok(width: int, height: int) -> bool:
    """The published bounds of gpt-image-2 and later."""
    long, short = max(width, height), min(width, height)
    edges = width % 16 == 0 and height % 16 == 0 and long <= 3840 and long <= 3 * short
    return edges and 655_360 <= width * height <= 8_294_400


def _output_tokens(asked: Drawing) -> int:
    short, long = min(asked.width, asked.height), max(asked.width, asked.height)
    if asked.model in OLD_MODELS:
        square, portrait, landscape = OLD_TOKENS[asked.quality]
        return square if short == long else portrait if asked.height == long else landscape
    factor = MODELS.get(asked.model, GPT_2)[asked.quality]
    return math.ceil(factor * int(factor * short / long + 0.5) * (2_000_000 + short * long) / 4_000_000)


def _pictures(
    files: Sequence[File],
) -> tuple[tuple[Image.Image, ...], Image.Image | None, Image.Image | None]:
    images = [file for file in files if file.field in ("image", "image[]")]
    over = {name: [file for file in files if file.field == name] for name in ("mask", "markup")}
    others = len(over["mask"]) + len(over["markup"])
    if not 1 <= len(images) <= 16 or others > 1 or len(images) + others != len(files):
        message = "Send 1 to 16 images as 'image' or 'image[]', and at most one 'mask' or one 'markup'."
        raise _invalid("image", message)
    references = tuple(_picture(file) for file in images)
    mask, markup = (_mask(found[0], references[0]) if found else None for found in over.values())
    return references, mask, markup


def _streamable(words: Mapping[str, Any]) -> None:
    partial = _number(words, "partial_images", 0, 3)
    streams = str(words.get("stream") or "").lower() == "true"
    if partial and not streams:
        raise _invalid("partial_images", "partial_images needs stream.")


def _picture(file: File) -> Image.Image:
    field = file.field.removesuffix("[]")
    if file.mime_type not in MIME_TYPES:
        message = f"Invalid file '{field}': unsupported mimetype ('{file.mime_type}')."
        raise _invalid(field, f"{message} Supported file formats are {MIME_TYPES}.", "unsupported_file_mimetype")
    try:
        picture = Image.open(io.BytesIO(file.content), formats=("PNG", "JPEG", "WEBP"))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _invalid(field, f"Invalid image file '{file.name}'.", "invalid_image_file") from error
    return picture


def _mask(file: File, first: Image.Image) -> Image.Image:
    mask = _picture(file)
    if len(file.content) >= MASK_BYTES_MAX or mask.mode != "RGBA" or mask.size != first.size:
        message = f"The {file.field} must be a PNG with alpha below 4 MB, of the same size as the first image."
        raise _invalid(file.field, message, "invalid_mask_image_format")
    return mask


def encoded(content: bytes) -> str:
    """Bytes as they travel in JSON."""
    return base64.b64encode(content).decode("ascii")
