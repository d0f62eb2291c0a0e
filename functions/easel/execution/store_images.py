"""Images from a provider, put where their job's viewer will find them.

What a provider sends is untrusted: bytes that are not an image are not an image, and more than was ordered is left.
"""

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from easel.aws.bucket import Bucket
from easel.errors import ImageRejected
from easel.images import sanitize
from easel.jobs.attempts import Attempt, StoredImage
from easel.jobs.evidence import image_key, preview_key
from easel.jobs.model import Job

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def store_images(
    made: Sequence[bytes], *, assets: Bucket, job: Job, attempt: Attempt, slots: Sequence[int]
) -> tuple[StoredImage, ...]:
    """Store what is an image, as it came: re-encoding would drop its provenance marks. Thumbnails are ours."""
    free = iter(slots)
    stored = []
    for content in made[: len(slots)]:
        try:
            facts = sanitize.examine(content)
            thumbnail = sanitize.thumbnail(content)
        except ImageRejected:
            continue
        slot = next(free)
        key = image_key(job, attempt, slot, EXTENSIONS[facts.mime_type])
        thumbnail_key = image_key(job, attempt, slot, "thumbnail.webp")
        assets.put(key, content, facts.mime_type)
        assets.put(thumbnail_key, thumbnail, "image/webp")
        stored.append(
            StoredImage(
                slot=slot,
                key=key,
                thumbnail_key=thumbnail_key,
                width=facts.width,
                height=facts.height,
                mime_type=facts.mime_type,
                bytes=len(content),
            )
        )
    return tuple(stored)


def store_preview(index: int, content: bytes, *, assets: Bucket, job: Job, attempt: Attempt) -> None:
    """Store a partial image, small, for those who watch. One that cannot be shown harms nothing, and is left out."""
    if not 0 <= index < job.previews:
        return
    try:
        small = sanitize.thumbnail(content)
        assets.put(preview_key(job, attempt, index), small, "image/webp")
    except (ImageRejected, ClientError, BotoCoreError):
        return
