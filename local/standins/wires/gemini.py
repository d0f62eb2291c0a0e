"""Google's generateContent for image models: one image among the parts, blocks at HTTP 200."""

import io
import re
import uuid
from typing import Any

from PIL import Image, UnidentifiedImageError

from local.standins.exchange import Call, Drawing, Heard, Refusal, Reply, as_json
from local.standins.openai_rules import encoded
from local.standins.script import Turn
from local.standins.sketch import from_base64

PATH = re.compile(r"/v1beta/models/([^/:]+):generateContent")
MODELS = ("gemini-nano-banana-2.1", "gemini-3-pro-image", "gemini-3.1-flash-lite-image")
ONE_SIZE = "gemini-3.1-flash-lite-image"
TOKENS = {"1K": 1_120, "2K": 1_680, "4K": 2_520}
PRO_TOKENS = {"1K": 1_120, "2K": 1_120, "4K": 2_000}
REFERENCE_TOKENS = 560
REFERENCES_MAX = 14
SIZES = {
    "1:1": (1024, 1024),
    "3:2": (1264, 848),
    "2:3": (848, 1264),
    "4:3": (1200, 896),
    "3:4": (896, 1200),
    "5:4": (1152, 928),
    "4:5": (928, 1152),
    "16:9": (1376, 768),
    "9:16": (768, 1376),
    "21:9": (1584, 672),
}
TIMES = {"1K": 1, "2K": 2, "4K": 4}
QUOTA = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "ImagesPerDayPerProject"}]}
BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
ERRORS: dict[str, tuple[int, str]] = {
    "busy": (429, "RESOURCE_EXHAUSTED"),
    "slow_down": (429, "RESOURCE_EXHAUSTED"),
    "quota": (429, "RESOURCE_EXHAUSTED"),
    "error": (500, "INTERNAL"),
    "overloaded": (503, "UNAVAILABLE"),
    "bad_key": (400, "INVALID_ARGUMENT"),
    "unverified": (403, "PERMISSION_DENIED"),
    "no_model": (404, "NOT_FOUND"),
}


class Gemini:
    """One model at a time, one image a call."""

    models: tuple[str, ...] = ()

    def look(self, heard: Heard) -> Reply | None:
        """Nothing to look at."""
        return None

    def hear(self, heard: Heard) -> Call | None:
        """A request for an image."""
        found = PATH.fullmatch(heard.path)
        if found is None:
            return None
        words = heard.words
        texts = [str(part["text"]) for part in _parts(words) if "text" in part]
        return Call(" ".join(texts), found[1], words, f"gem_{uuid.uuid4().hex}")

    def fault(self, call: Call, turn: Turn) -> Reply | None:
        """An error of the API, or a block at HTTP 200."""
        if turn.do == "edge":
            return Reply(502, b"<html>502 Bad Gateway</html>", "text/html")
        if turn.do == "garbage":
            return Reply(200, b'{"candidates": [')
        usage = {"promptTokenCount": 12, "totalTokenCount": 12}
        if turn.do == "refuse":
            ratings = [{"category": "HARM_CATEGORY_SEXUALLY_EXPLICIT", "probability": "HIGH", "blocked": True}]
            feedback = {"blockReason": "PROHIBITED_CONTENT", "safetyRatings": ratings}
            return as_json({"promptFeedback": feedback, "usageMetadata": usage, "responseId": call.request_id})
        if turn.do == "refuse_200":
            candidates = [{"index": 0, "finishReason": "IMAGE_SAFETY", "finishMessage": "blocked"}]
            return as_json({"candidates": candidates, "usageMetadata": usage, "responseId": call.request_id})
        if turn.do not in ERRORS:
            return None
        status, name = ERRORS[turn.do]
        return _error(status, name, _details(turn))

    def check(self, heard: Heard, call: Call) -> Drawing:
        """A request as it is understood."""
        if not heard.headers.get("x-goog-api-key"):
            raise _refused(403, "PERMISSION_DENIED")
        if call.model not in MODELS:
            raise _refused(404, "NOT_FOUND")
        config = call.words.get("generationConfig") or {}
        image = config.get("imageConfig") or {}
        ratio, times = str(image.get("aspectRatio") or "1:1"), TIMES.get(str(image.get("imageSize") or "1K"))
        if times != 1 and call.model == ONE_SIZE:
            raise _refused(400, "INVALID_ARGUMENT")
        if config.get("responseModalities") != ["IMAGE"] or ratio not in SIZES or times is None:
            raise _refused(400, "INVALID_ARGUMENT")
        references = tuple(_picture(part["inlineData"]) for part in _parts(call.words) if "inlineData" in part)
        if len(references) > REFERENCES_MAX or not call.prompt:
            raise _refused(400, "INVALID_ARGUMENT")
        width, height = SIZES[ratio]
        return Drawing(
            prompt=call.prompt,
            model=call.model,
            width=width * times,
            height=height * times,
            quality=str(image.get("imageSize") or "1K"),
            references=references,
        )

    def answer(self, call: Call, drawing: Drawing, images: list[bytes], turn: Turn, heard: Heard) -> Reply:
        """The image among the parts."""
        parts = [{"inlineData": {"mimeType": "image/png", "data": encoded(image)}} for image in images]
        tokens = (PRO_TOKENS if "pro" in drawing.model else TOKENS)[drawing.quality]
        text, pictures = -(-len(drawing.prompt.encode()) // 4), REFERENCE_TOKENS * len(drawing.references)
        details = [{"modality": "TEXT", "tokenCount": text}]
        if pictures:
            details.append({"modality": "IMAGE", "tokenCount": pictures})
        usage = {
            "promptTokenCount": text + pictures,
            "promptTokensDetails": details,
            "candidatesTokenCount": tokens,
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": tokens}],
            "totalTokenCount": text + pictures + tokens,
        }
        finish = "STOP" if parts else "NO_IMAGE"
        candidate = {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": finish}
        return as_json({"candidates": [candidate], "usageMetadata": usage, "responseId": call.request_id})


def _parts(words: Any) -> list[dict[str, Any]]:
    contents = words.get("contents") or []
    return [part for content in contents for part in content.get("parts") or []]


def _details(turn: Turn) -> list[dict[str, Any]]:
    wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{turn.retry_after}s"}
    known: dict[str, list[dict[str, Any]]] = {
        "busy": [wait],
        "overloaded": [wait],
        "quota": [QUOTA, wait],
        "bad_key": [BAD_KEY],
    }
    return known.get(turn.do, [])


def _error(status: int, name: str, details: list[dict[str, Any]]) -> Reply:
    error = {"code": status, "message": f"{name} of the stand-in", "status": name, "details": details}
    return as_json({"error": error}, status)


def _refused(status: int, name: str) -> Refusal:
    return Refusal(status, {"error": {"code": status, "message": f"{name} of the stand-in", "status": name}})


def _picture(inline: dict[str, Any]) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(from_base64(inline["data"])))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, TypeError) as error:
        raise _refused(400, "INVALID_ARGUMENT") from error
    return picture


WIRE = Gemini()
