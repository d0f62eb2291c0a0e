"""Amazon Bedrock's InvokeModel with Stability's bodies; signatures are looked for and not checked."""

import io
import re
import uuid
from typing import Any
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

from local.standins.exchange import Call, Drawing, Heard, Refusal, Reply, as_json
from local.standins.openai_rules import encoded
from local.standins.script import Turn
from local.standins.sketch import from_base64

PATH = re.compile(r"/model/([^/]+)/invoke")
MODELS = ("stability.stable-image-core-v1:1", "stability.sd3-5-large-v1:0", "stability.stable-image-ultra-v1:1")
SIZES = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "9:16": (768, 1344),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "5:4": (1088, 896),
    "4:5": (896, 1088),
    "21:9": (1536, 640),
    "9:21": (640, 1536),
}
WORDS = {"prompt", "aspect_ratio", "seed", "output_format", "negative_prompt", "mode", "image", "strength"}
ERRORS = {
    "busy": (429, "ThrottlingException"),
    "slow_down": (429, "ModelNotReadyException"),
    "quota": (400, "ServiceQuotaExceededException"),
    "error": (500, "InternalServerException"),
    "overloaded": (503, "ServiceUnavailableException"),
    "bad_key": (403, "UnrecognizedClientException"),
    "unverified": (403, "AccessDeniedException"),
    "no_model": (404, "ResourceNotFoundException"),
}


class Bedrock:
    """One model at a time, one image a call."""

    models: tuple[str, ...] = ()

    def look(self, heard: Heard) -> Reply | None:
        """Nothing to look at."""
        return None

    def hear(self, heard: Heard) -> Call | None:
        """A request for an image."""
        found = PATH.fullmatch(unquote(heard.path))
        if found is None:
            return None
        words = heard.words
        return Call(str(words.get("prompt") or ""), found[1], words, str(uuid.uuid4()))

    def fault(self, call: Call, turn: Turn) -> Reply | None:
        """An exception of the service, or a filter's word at HTTP 200."""
        if turn.do == "edge":
            return Reply(502, b"<html>502 Bad Gateway</html>", "text/html")
        if turn.do == "garbage":
            return Reply(200, b'{"images": [', headers={"x-amzn-requestid": call.request_id})
        if turn.do in ("refuse", "refuse_200"):
            body = {
                "finish_reasons": ["Filter reason: prompt" if turn.do == "refuse" else "Filter reason: output image"]
            }
            return as_json(body, headers={"x-amzn-requestid": call.request_id})
        if turn.do not in ERRORS:
            return None
        status, name = ERRORS[turn.do]
        wait = {"retry-after": str(turn.retry_after)} if turn.do in ("busy", "overloaded") else {}
        return _exception(status, name, call.request_id, wait)

    def check(self, heard: Heard, call: Call) -> Drawing:
        """A request as it is understood."""
        words = call.words
        if "AWS4-HMAC-SHA256" not in heard.headers.get("authorization", ""):
            raise _refused(403, "MissingAuthenticationTokenException", call)
        if call.model not in MODELS:
            raise _refused(404, "ResourceNotFoundException", call)
        if set(words) - WORDS or not 1 <= len(call.prompt) <= 10_000:
            raise _refused(400, "ValidationException", call)
        reference = _picture(words["image"], call) if "image" in words else None
        if reference is not None and ("core" in call.model or "aspect_ratio" in words or "strength" not in words):
            raise _refused(400, "ValidationException", call)
        width, height = reference.size if reference else SIZES.get(str(words.get("aspect_ratio") or "1:1"), (0, 0))
        if not width or words.get("output_format", "png") not in ("png", "jpeg"):
            raise _refused(400, "ValidationException", call)
        return Drawing(
            prompt=call.prompt,
            model=call.model,
            width=width,
            height=height,
            output_format=str(words.get("output_format") or "png"),
            references=(reference,) if reference else (),
        )

    def answer(self, call: Call, drawing: Drawing, images: list[bytes], turn: Turn, heard: Heard) -> Reply:
        """The image as base64."""
        body = {"seeds": [1] * len(images), "finish_reasons": [None], "images": [encoded(image) for image in images]}
        return as_json(body, headers={"x-amzn-requestid": call.request_id})


def _exception(status: int, name: str, request_id: str, headers: dict[str, str]) -> Reply:
    known = {"x-amzn-errortype": name, "x-amzn-requestid": request_id, **headers}
    return as_json({"message": f"{name} of the stand-in"}, status, known)


def _refused(status: int, name: str, call: Call) -> Refusal:
    known = {"x-amzn-errortype": name, "x-amzn-requestid": call.request_id}
    return Refusal(status, {"message": f"{name} of the stand-in"}, known)


def _picture(text: Any, call: Call) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(from_base64(text)))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, TypeError) as error:
        raise _refused(400, "ValidationException", call) from error
    return picture


WIRE = Bedrock()
