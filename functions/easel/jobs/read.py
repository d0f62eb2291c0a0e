"""Read jobs: one, a page of them, and links to their images. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from easel.aws.bucket import Bucket, Link
from easel.clock import Clock
from easel.errors import NotFound, Unauthenticated
from easel.identity.callers import Caller
from easel.jobs import viewers
from easel.jobs.arrivals import arrived
from easel.jobs.evidence import previews_prefix
from easel.jobs.file_names import attachment
from easel.jobs.listing import EVERYTHING, Wanted, find_page
from easel.jobs.model import Job
from easel.jobs.store import JobWithRequest, Page, Store


@dataclass(frozen=True)
class Seen:
    """How a job was when somebody looked: its row's version, and how many previews and images it had before its end."""

    version: int
    pieces: int


@dataclass(frozen=True)
class JobReader:
    """What a viewer may see of a job; absent and foreign jobs look alike."""

    store: Store
    assets: Bucket
    clock: Clock

    def read(self, job_id: str, *, caller: Caller) -> JobWithRequest:
        """The job and its request. Raises NotFound, and to its owner JobErased."""
        found = self.store.find(job_id)
        if found is None or not viewers.may_see(found.job, caller):
            raise viewers.absent()
        if found.job.erased or found.request is None:
            raise viewers.erased(job_id)
        return found

    def seen(self, job: Job) -> Seen:
        """What a viewer knows who sees the job now."""
        return Seen(job.version, self.pieces(self.with_arrived(job), self.previews(job)))

    @staticmethod
    def pieces(job: Job, previews: Sequence[Link]) -> int:
        """How many previews and images there are of a job that has not ended; a final job's version says it all."""
        return 0 if job.final else len(previews) + len(job.images)

    def with_arrived(self, job: Job) -> Job:
        """The job with the images that are there already, where it has not ended."""
        return job if job.final else job.model_copy(update={"images": arrived(job, self.assets)})

    def list(self, *, caller: Caller, limit: int, cursor: str | None, wanted: Wanted = EVERYTHING) -> Page:
        """The caller's jobs, newest first, erased ones too. Raises Unauthenticated, InvalidRequest and Busy."""
        if caller.anonymous:
            raise Unauthenticated("Sign in to list your jobs.")
        page = find_page(self.store, caller.owner, limit=limit, cursor=cursor, wanted=wanted)
        return replace(page, jobs=tuple(map(_as_listed, page.jobs)))

    def link(self, job: Job, index: int, *, thumbnail: bool = False, download: str | None = None) -> Link:
        """A signed link to one of a job's images, or to save it as `download`. Raises NotFound where it is not there.

        Until a job has ended its images have the numbers of their slots, so that an address leads to one image alone.
        """
        numbered = {image.slot: image for image in job.images} if not job.final else dict(enumerate(job.images))
        if index not in numbered:
            raise NotFound(f"The job has {len(job.images)} images; the first is number 0.")
        image = numbered[index]
        key = image.thumbnail_key if thumbnail else image.key
        saved = None if download is None else attachment(download, image.mime_type)
        return self.assets.link(key, now=self.clock.now(), disposition=saved)

    def previews(self, job: Job) -> tuple[Link, ...]:
        """Partial images of the attempt under way; none once it has ended."""
        if not job.previews or job.final or job.erased or job.last is None or not job.last.open:
            return ()
        keys = self.assets.below(previews_prefix(job, job.last))
        return tuple(self.assets.link(key, now=self.clock.now()) for key in keys)


def _as_listed(job: Job) -> Job:
    """A job without images where it was erased; where it runs, with those that its row knows."""
    if job.erased:
        return job.model_copy(update={"images": ()})
    return job if job.final else job.model_copy(update={"images": tuple(image for _, image in job.delivered())})
