"""The images of a job that is still being made: those its row knows, and those that its worker has stored since."""

import re

from easel.aws.bucket import Bucket
from easel.jobs.attempts import Attempt, StoredImage
from easel.jobs.evidence import attempt_prefix
from easel.jobs.model import Job

MIME_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
IMAGE = re.compile(r"(\d+)\.(png|jpg|webp)")
THUMBNAIL = "thumbnail.webp"


def arrived(job: Job, assets: Bucket) -> tuple[StoredImage, ...]:
    """The images that are there so far, by slot.

    Where several are being made, the bucket is asked: a worker writes them down only once its attempt is over. Of those
    the size is the one that was asked for.
    """
    if job.erased:
        return ()
    known = {image.slot: image for _, image in job.delivered()}
    if job.n > 1 and job.last and job.last.open and not job.last.tickets:  # a queue's images are on the row
        known = {**_stored(job, job.last, assets), **known}
    return tuple(known[slot] for slot in sorted(known))


def _stored(job: Job, attempt: Attempt, assets: Bucket) -> dict[int, StoredImage]:
    prefix, step = attempt_prefix(job, attempt), job.step_of(attempt)
    found = assets.below(prefix)
    named = {key: IMAGE.fullmatch(key.removeprefix(prefix)) for key in found}
    return {
        int(name[1]): StoredImage(
            slot=int(name[1]),
            key=key,
            thumbnail_key=f"{prefix}{name[1]}.{THUMBNAIL}",
            width=step.width,
            height=step.height,
            mime_type=MIME_TYPES[name[2]],
            bytes=found[key],
        )
        for key, name in named.items()
        if name and f"{prefix}{name[1]}.{THUMBNAIL}" in found  # which is stored after it
    }
