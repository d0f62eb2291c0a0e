"""OpenAI's images API: generations, edits, and streams of partial images."""

import base64
import io
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageFilter

from local.standins import openai_rules as rules
from local.standins.exchange import Call, Drawing, Heard, Reply, as_json
from local.standins.forms import File, form
from local.standins.openai_faults import refusal
from local.standins.script import Turn

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"


class OpenAI:
    """The wire at OpenAI's own paths."""

    models: tuple[str, ...] = ()

    def look(self, heard: Heard) -> Reply | None:
        """The models."""
        if (heard.method, heard.path) != ("GET", "/v1/models"):
            return None
        names = [*rules.MODELS, *rules.OLD_MODELS, *self.models]
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "stand-in"} for name in names]
        return as_json({"object": "list", "data": models})

    def hear(self, heard: Heard) -> Call | None:
        """A request for images."""
        if heard.path == GENERATIONS:
            words, files = self._json(heard), list[File]()
        elif heard.path == EDITS:
            words, files = form(heard.body, heard.headers.get("content-type") or "")
        else:
            return None
        return self._call(words, files, str(words.get("model") or ""))

    def fault(self, call: Call, turn: Turn) -> Reply | None:
        """A fault in OpenAI's words."""
        return refusal(turn, call.model, call.request_id)

    def check(self, heard: Heard, call: Call) -> Drawing:
        """A request as it is understood."""
        if not (heard.headers.get("authorization") or "").removeprefix("Bearer ").strip():
            raise rules.WireError(401, "You didn't provide an API key.", code="invalid_api_key")
        return self._asked(call, call.words, edit=heard.path == EDITS)

    def answer(self, call: Call, drawing: Drawing, images: list[bytes], turn: Turn, heard: Heard) -> Reply:
        """The images as base64, or the events of a stream."""
        headers = {"x-request-id": call.request_id, "openai-processing-ms": "20"}
        if str(call.words.get("stream") or "").lower() == "true" and images:
            kind = "image_edit" if drawing.references else "image_generation"
            partial = int(call.words.get("partial_images") or 0)
            return _streamed(kind, drawing, images[0], partial, turn, headers)
        answer = {**_about(drawing), "usage": rules.usage(drawing, drawing.n)}
        answer["data"] = [{"b64_json": rules.encoded(image)} for image in images]
        return as_json(answer, headers=headers)

    def _json(self, heard: Heard) -> dict[str, Any]:
        try:
            words = json.loads(heard.body)
        except ValueError as error:
            raise rules.WireError(400, "We could not parse the JSON body of your request.") from error
        if not isinstance(words, dict):
            raise rules.WireError(400, "The body is not a JSON object.")
        return words

    def _call(self, words: Mapping[str, Any], files: list[Any], model: str) -> Call:
        request_id = f"req_{uuid.uuid4().hex}"
        n = str(words.get("n") or 1)
        prompt = str(words.get("prompt") or "")
        return Call(prompt, model, words, request_id, int(n) if n.isdecimal() else 1, tuple(files))

    def _asked(self, call: Call, words: Mapping[str, Any], *, edit: bool) -> Drawing:
        return rules.asked(words, call.files, edit=edit, extra_models=self.models)


def _about(drawing: Drawing) -> dict[str, Any]:
    return {
        "created": int(time.time()),
        "background": drawing.background,
        "output_format": drawing.output_format,
        "quality": drawing.quality,
        "size": f"{drawing.width}x{drawing.height}",
    }


def _streamed(kind: str, drawing: Drawing, image: bytes, partial: int, turn: Turn, headers: dict[str, str]) -> Reply:
    about = _about(drawing)
    about["created_at"] = about.pop("created")
    events = [
        _event(f"{kind}.partial_image", {**about, "b64_json": part, "partial_image_index": index})
        for index, part in enumerate(_blurred(image, partial))
    ]
    error: dict[str, Any] = {"type": "server_error", "code": "server_error", "message": "It broke.", "param": None}
    if turn.do == "midstream_refuse":
        error |= {"type": "image_generation_user_error", "code": "moderation_blocked", "message": "It was blocked."}
    if turn.do in ("midstream", "midstream_refuse"):
        events = [*events[:1], _event("error", {"error": error})]
    elif turn.do != "torn":
        usage = rules.usage(drawing, 1, previews=partial)
        events.append(_event(f"{kind}.completed", {**about, "b64_json": rules.encoded(image), "usage": usage}))
    return Reply(200, mime_type="text/event-stream", headers=headers, pieces=tuple(events))


def _event(name: str, words: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **words})}\n\n".encode()


def _blurred(image: bytes, count: int) -> list[str]:
    """What is to be seen while an image is made."""
    if not count:
        return []
    try:
        picture = Image.open(io.BytesIO(image)).convert("RGB")
    except (OSError, SyntaxError):
        return [base64.b64encode(image).decode()] * count
    parts = []
    for left in range(count, 0, -1):
        out = io.BytesIO()
        picture.filter(ImageFilter.BoxBlur(8 * left)).save(out, "PNG", compress_level=1)
        parts.append(rules.encoded(out.getvalue()))
    return parts


WIRE = OpenAI()
