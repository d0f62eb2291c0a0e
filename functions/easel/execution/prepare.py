"""Turn what an owner sent as references into images a provider may see: decoded, bounded, cleaned, of one kind."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from easel.aws.bucket import Bucket
from easel.errors import ImageRejected
from easel.execution.fetch_client import Fetch
from easel.images import overlays, sanitize
from easel.images.orientation import Orientation
from easel.images.sanitize import Facts
from easel.jobs.model import Failure, Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store, VersionConflict, until_saved
from easel.jobs.task_result import TaskResult

SIDE_BY_SIDE_MAX = 4  # 16 references and a mask, 10 seconds each, are fetched within 50


def reference_key(job_id: str, index: int) -> str:
    """Where a prepared reference is."""
    return f"jobs/{job_id}/references/{index}"


def mask_key(job_id: str) -> str:
    """Where a prepared mask is."""
    return f"jobs/{job_id}/references/mask"


def markup_key(job_id: str) -> str:
    """Where a prepared markup is."""
    return f"jobs/{job_id}/references/markup"


Spread = Callable[[Callable[[str], str | None], Iterable[str]], list[str | None]]

CleanOverlay = Callable[[bytes, Orientation], tuple[bytes, Facts]]


def side_by_side(call: Callable[[str], str | None], keys: Iterable[str]) -> list[str | None]:
    """Fetch a few at a time."""
    with ThreadPoolExecutor(SIDE_BY_SIDE_MAX) as pool:
        return list(pool.map(call, keys))


@dataclass(frozen=True)
class Prepare:
    """Done once per job that has references; doing it again does the same."""

    store: Store
    assets: Bucket
    fetch: Fetch
    spread: Spread = side_by_side

    def __call__(self, job_id: str) -> TaskResult:
        """Prepare the job's references, or write down why they cannot be; `wait` where its row kept changing."""
        try:
            return until_saved(lambda: self._prepare(job_id))
        except VersionConflict:
            return TaskResult("wait", 2)

    def _prepare(self, job_id: str) -> TaskResult:
        found = self.store.find(job_id)
        if found and found.request and not found.job.final and not found.job.prepared:
            self.store.save(found.job, self._store_references(found))
        return TaskResult("prepared")

    def _store_references(self, found: JobWithRequest) -> Job:
        job, request = found.job, found.request
        if request is None:
            return job
        try:
            self._fetch_sources(request)
            turns = [
                self._keep(key, reference_key(job.id, index), f"references[{index}]")
                for index, key in enumerate(request.references)
            ]
            if request.mask:
                self._keep_overlay(request.mask, mask_key(job.id), "mask", overlays.sanitize_mask, turns[0])
            if request.markup:
                self._keep_overlay(request.markup, markup_key(job.id), "markup", overlays.sanitize_markup, turns[0])
        except ImageRejected as rejection:
            return job.moved(failure=Failure(code="invalid_reference", message=str(rejection)))
        return job.moved(prepared=True)

    def _fetch_sources(self, request: Request) -> None:
        """Have everything fetched that is only an address so far."""
        keys = [key for key in request.fetches if self.assets.read(key) is None]
        reasons = self.spread(lambda key: self.fetch(request.fetches[key], key), keys)
        for key, reason in zip(keys, reasons, strict=True):
            if reason is not None:
                raise ImageRejected(f"{_named(request, key)}.url: {reason}")

    def _keep(self, source: str, target: str, field: str) -> Orientation:
        """Clean one image and store it; how it was turned is what a mask has to follow."""
        content = self._sent(source, field)
        try:
            cleaned, facts, turn = sanitize.sanitize(content)
        except ImageRejected as rejection:
            raise ImageRejected(f"{field}: {rejection}") from rejection
        self.assets.put(target, cleaned, facts.mime_type)
        return turn

    def _keep_overlay(self, source: str, target: str, field: str, clean: CleanOverlay, turn: Orientation) -> None:
        """Clean what lies over the first reference: turned as that was, and of its size."""
        content = self._sent(source, field)
        try:
            cleaned, facts = clean(content, turn)
        except ImageRejected as rejection:
            raise ImageRejected(f"{field}: {rejection}") from rejection
        self.assets.put(target, cleaned, facts.mime_type)

    def _sent(self, source: str, field: str) -> bytes:
        content = self.assets.read(source)
        if content is None:
            raise ImageRejected(f"{field}: its upload is no longer there; send it again")
        return content


def _named(request: Request, key: str) -> str:
    if key in request.references:
        return f"references[{request.references.index(key)}]"
    return "mask" if key == request.mask else "markup"
