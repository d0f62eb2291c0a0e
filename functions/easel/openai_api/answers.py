"""A finished job as OpenAI's clients read one: JSON, or the events of a stream, in pieces that are made one by one.

Four pictures of 10 MB are 53 MB of answer; whoever writes the pieces down as they come never holds more than one image.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from easel.aws.bucket import Bucket
from easel.clock import SECOND
from easel.errors import Busy
from easel.jobs.attempts import StoredImage
from easel.jobs.evidence import previews_prefix
from easel.jobs.model import Job
from easel.jobs.views import Links, maker
from easel.providers.protocol import Outcome
from easel.schemas import given

SIDES = ("input", "output")
KINDS = ("text_tokens", "image_tokens")
COUNTS = ("input_tokens", "output_tokens", "total_tokens")


@dataclass(frozen=True)
class Look:
    """How an answer shall look: images by link instead of in it, as a stream of events, in the words of an edit."""

    by_link: bool = False
    stream: bool = False
    edit: bool = False

    @property
    def media_type(self) -> str:
        """Of the answer."""
        return "text/event-stream" if self.stream else "application/json"


@dataclass(frozen=True)
class Answers:
    """Makes answers of finished jobs."""

    assets: Bucket
    links: Links

    def size(self, job: Job, look: Look) -> int:
        """How many bytes an answer has at most, its previews apart."""
        images = 0 if look.by_link else sum(4 * (image.bytes // 3 + 1) for image in job.images)
        return images + 8_000

    def pieces(self, job: Job, look: Look) -> Iterator[bytes]:
        """The answer, piece by piece. Raises Busy where an image cannot be read."""
        return self._events(job, look) if look.stream else self._object(job, look)

    def _object(self, job: Job, look: Look) -> Iterator[bytes]:
        head = {"created": job.created_at // SECOND, **_facts(job), **given(usage=usage(job)), "easel": about(job)}
        yield json.dumps(head, separators=(",", ":")).encode()[:-1] + b',"data":['
        for index, image in enumerate(job.images):
            yield b"," if index else b""
            yield _dumped(self._image(job, index, image, look))
        yield b"]}"

    def _events(self, job: Job, look: Look) -> Iterator[bytes]:
        name = "image_edit" if look.edit else "image_generation"
        shared = {"created_at": job.created_at // SECOND, **_facts(job)}
        for index, content in enumerate(self._previews(job)):
            partial = {"b64_json": _base64(content), "partial_image_index": index, **shared, "output_format": "webp"}
            yield _event(f"{name}.partial_image", partial)
        image = self._image(job, 0, job.images[0], look)
        yield _event(f"{name}.completed", {**image, **shared, **given(usage=usage(job)), "easel": about(job)})

    def _image(self, job: Job, index: int, image: StoredImage, look: Look) -> dict[str, str]:
        if look.by_link:
            return {"url": self.links(job, index).url}
        return {"b64_json": _base64(self._read(image.key))}

    def _previews(self, job: Job) -> Iterator[bytes]:
        """What the attempt that made the image showed on its way."""
        attempt, _ = job.delivered()[0]
        if job.previews:
            for key in self.assets.below(previews_prefix(job, attempt)):
                yield self._read(key)

    def _read(self, key: str) -> bytes:
        content = self.assets.read(key)
        if content is None:  # erased just now, or older than the stage keeps images
            raise Busy("An image of this job cannot be read just now; if it stays so, it is not kept any more.")
        return content


def usage(job: Job) -> dict[str, Any] | None:
    """The tokens that providers counted for what they delivered; None where none did, or not all."""
    delivering = (attempt for attempt in job.attempts if attempt.images)
    calls = [call for attempt in delivering for call in attempt.calls if call.outcome == Outcome.DELIVERED]
    if not calls or not all({"input_tokens", "output_tokens"} <= set(call.usage) for call in calls):
        return None
    sums = {name: sum(call.usage.get(name, 0) for call in calls) for name in COUNTS}
    sums["total_tokens"] = sums["total_tokens"] or sums["input_tokens"] + sums["output_tokens"]
    details: dict[str, Any] = {}
    for side in SIDES:
        found = {kind: sum(call.usage.get(f"{side}_{kind}", 0) for call in calls) for kind in KINDS}
        if side == "input" or any(found.values()):
            details[f"{side}_tokens_details"] = found
    return {**sums, **details}


def about(job: Job) -> dict[str, Any]:
    """What only Easel has to say of a finished job; credits are whole."""
    return {
        "jobId": job.id,
        "provider": maker(job),
        "modelId": job.model_id,
        "requestedModelId": job.requested_model_id,
        "charged": job.charged,
        "warnings": list(job.warnings),
    }


def _facts(job: Job) -> dict[str, str]:
    image = job.images[0]
    background = "transparent" if job.background == "transparent" else "opaque"
    return {
        "size": f"{image.width}x{image.height}",
        "quality": job.quality,
        "background": background,
        "output_format": image.mime_type.removeprefix("image/"),
    }


def _event(name: str, fields: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + _dumped({"type": name, **fields}) + b"\n\n"


def _dumped(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
