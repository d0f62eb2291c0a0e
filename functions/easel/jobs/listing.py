"""An owner's jobs page by page: all of them, or those that are wanted."""

from dataclasses import dataclass

from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.jobs.store import ANY_TIME, Page, Store, cursor_after

LOOKED_AT = 50  # rows read at once where only some are wanted
LOOKS_MAX = 4  # and how often, for one page: who wants few of many goes on by the cursor


@dataclass(frozen=True)
class Wanted:
    """Which jobs a list shall have. Empty or None: any. `span` is from when on (ms), and before when."""

    statuses: frozenset[Status] = frozenset()
    feature_id: str | None = None
    model_id: str | None = None
    text: str = ""  # in the prompt, in letters of either case
    starred: bool | None = None
    span: tuple[int, int] = ANY_TIME
    requests: bool = False  # what was asked for comes with each

    @property
    def all(self) -> bool:
        """Whether no job is left out but by its time."""
        return not (self.statuses or self.feature_id or self.model_id or self.text) and self.starred is None

    def fits(self, job: Job) -> bool:
        """Whether a job is wanted, as far as its row says."""
        return (
            (not self.statuses or job.status in self.statuses)
            and self.feature_id in (None, job.feature_id)
            and self.model_id in (None, job.model_id, job.requested_model_id, *(each.model for each in job.attempts))
            and self.starred in (None, job.starred)
        )


EVERYTHING = Wanted()


def find_page(store: Store, owner: str, *, limit: int, cursor: str | None, wanted: Wanted) -> Page:
    """The next page. Where only some are wanted it may have fewer than `limit` and lead on all the same.

    Raises InvalidRequest for a cursor that is none, and Busy.
    """
    found: list[Job] = []
    requests: dict[str, Request] = {}
    for _ in range(1 if wanted.all else LOOKS_MAX):
        page = store.list(owner, limit=limit if wanted.all else LOOKED_AT, cursor=cursor, span=wanted.span)
        jobs, said = _fitting(store, page, wanted)
        requests |= said
        for job in jobs:
            found.append(job)
            if len(found) == limit:
                more = job.id != page.jobs[-1].id or page.cursor
                return Page(tuple(found), cursor_after(job) if more else None, requests)
        cursor = page.cursor
        if not cursor:
            break
    return Page(tuple(found), cursor, requests)


def _fitting(store: Store, page: Page, wanted: Wanted) -> tuple[list[Job], dict[str, Request]]:
    jobs = [job for job in page.jobs if wanted.fits(job)]
    if not (wanted.requests or wanted.text):
        return jobs, {}
    said = store.requests([job.id for job in jobs if not job.erased])
    if wanted.text:
        words = wanted.text.casefold()
        jobs = [job for job in jobs if job.id in said and words in said[job.id].prompt.casefold()]
    return jobs, said if wanted.requests else {}
