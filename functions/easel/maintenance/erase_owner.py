"""Erase an owner: every job erased, every upload and webhook deleted; amounts stay, for the books.

The reconciler carries the request out once it is final, page by page, so that no owner has too many jobs for it.
"""

from dataclasses import dataclass

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import Contended
from easel.clock import SECOND, Clock
from easel.errors import Busy
from easel.jobs.store import Store
from easel.maintenance.erase_job import Erase
from easel.maintenance.erasure_store import ErasureRequest, ErasureStore
from easel.webhooks.store import WebhookStore

PAGE = 25
NEXT_PASS = 60 * SECOND  # by then the index of an owner's jobs shows every one from before the request


@dataclass(frozen=True)
class CarryOutErasures:
    """Carries out owners' requests to be erased, a page of their jobs at a time, until a time is over."""

    erasures: ErasureStore
    store: Store
    assets: Bucket
    erase: Erase
    webhooks: WebhookStore
    clock: Clock

    def __call__(self, *, until: int) -> int:
        """Carry out what is due, until that time (ms); how many jobs were marked."""
        marked = 0
        for due in self.erasures.due(now=self.clock.now(), limit=PAGE):
            request: ErasureRequest | None = due
            while request and self.clock.now() < until:
                request, found = self._page(request)
                marked += found
        return marked

    def _page(self, request: ErasureRequest) -> tuple[ErasureRequest | None, int]:
        """The request after one page more, None where it rests or is done; and how many jobs were marked."""
        if request.scheduled:  # from this write on it cannot be taken back: nothing is marked before
            begun = request.model_copy(update={"begun": True})
            return (begun.model_copy(update={"version": request.version + 1}) if self.erasures.save(begun) else None), 0
        page = self.store.list(request.owner, limit=PAGE, cursor=request.cursor)
        doomed = [job.id for job in page.jobs if not job.erased and job.created_at <= request.asked_at]
        marked = 0
        for job_id in doomed:
            try:
                self.erase.ask_for(job_id, owner=request.owner, by=request.by)
            except (Busy, Contended):
                continue  # the next pass meets it again
            marked += 1
        found = request.found + len(doomed)
        if page.cursor is None and not found:
            self.assets.erase(request.folder)
            self.webhooks.forget(request.owner, until=request.asked_at)
            self.erasures.end(request)
            return None, marked
        resting = page.cursor is None
        following = request.model_copy(
            update={
                "cursor": page.cursor,
                "found": 0 if resting else found,
                "wake_by": self.clock.now() + NEXT_PASS if resting else request.wake_by,
            }
        )
        written = self.erasures.save(following)
        following = following.model_copy(update={"version": request.version + 1})
        return (following if written and not resting else None), marked
