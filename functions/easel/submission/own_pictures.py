"""Pictures that were made here, as references: of jobs of the caller's own, found before anything is held."""

from dataclasses import dataclass

from easel.aws.bucket import Bucket, Source
from easel.errors import ImageRejected
from easel.file_kinds import JPEG, PNG, why_too_large
from easel.identity.callers import Caller
from easel.jobs.attempts import StoredImage
from easel.jobs.store import Store
from easel.jobs.viewers import may_see
from easel.submission.references import MASK_BYTES_MAX, JobImage, Mask, Reference

ABSENT = "names no job of yours that has pictures; list yours with GET /api/aiimage/jobs"


@dataclass(frozen=True)
class OwnPictures:
    """Finds them; another's job, one that was erased and one that never was are refused in the same words."""

    store: Store
    assets: Bucket

    def find(self, reference: Reference, named: JobImage, caller: Caller) -> Source:
        """The object of one picture. Raises ImageRejected, and Forbidden for credentials that may not read jobs."""
        caller.must("read")
        job = self.store.get(named.id)
        if job is None or job.erased or not job.final or not may_see(job, caller) or not job.images:
            raise ImageRejected(ABSENT)
        if named.image >= len(job.images):
            raise ImageRejected(f"names image {named.image} of a job that has {len(job.images)}; the first is 0")
        image = job.images[named.image]
        if why := _why_not_taken(image, reference):
            raise ImageRejected(why)
        return self.assets.find(self.assets.bucket, image.key)


def _why_not_taken(image: StoredImage, reference: Reference) -> str | None:
    if isinstance(reference, Mask) and image.mime_type != "image/png":
        return "must be a PNG with an alpha channel"
    if isinstance(reference, Mask) and image.bytes >= MASK_BYTES_MAX:
        return "must have under 4 MB; a mask compresses well as PNG"
    return why_too_large(
        JPEG if image.mime_type == JPEG.mime_type else PNG, (image.width, image.height), reference.pixels_max
    )
