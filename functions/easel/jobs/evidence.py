"""What an attempt leaves in the bucket: its images, its previews, and the evidence that outlives a dead worker."""

from easel.aws.bucket import Bucket
from easel.jobs.attempts import Attempt, Call, StoredImage
from easel.jobs.model import Job
from easel.providers.protocol import Outcome
from easel.records import Record


class Evidence(Record):
    """What a worker stored in one attempt, written once, after the images and before anything else."""

    job: str
    attempt: int
    provider: str
    model: str
    images: tuple[StoredImage, ...]
    calls: tuple[Call, ...]
    at: int


def with_evidence(job: Job, assets: Bucket) -> Job:
    """The job as it is once evidence of attempts nobody heard the end of is taken into account."""
    for attempt in job.attempts:
        if attempt.evidence_may_come and (evidence := read_evidence(assets, job.id, attempt.number)):
            job = job.closing(
                attempt.number,
                outcome=Outcome.DELIVERED,
                images=evidence.images,
                calls=evidence.calls,
                ended_at=evidence.at,
            )
    return job


def write_evidence(assets: Bucket, evidence: Evidence) -> None:
    """Write an attempt's evidence; a second writer changes nothing."""
    key = _evidence_key(evidence.job, evidence.attempt)
    assets.put_once(key, evidence.model_dump_json().encode(), "application/json")


def read_evidence(assets: Bucket, job_id: str, attempt: int) -> Evidence | None:
    """An attempt's evidence, None while there is none."""
    content = assets.read(_evidence_key(job_id, attempt))
    return Evidence.model_validate_json(content) if content is not None else None


def image_key(job: Job, attempt: Attempt, slot: int, extension: str) -> str:
    """Where an attempt's image goes."""
    return f"{attempt_prefix(job, attempt)}{slot}.{extension}"


def preview_key(job: Job, attempt: Attempt, index: int) -> str:
    """Where a partial image of an attempt goes."""
    return f"{previews_prefix(job, attempt)}{index}.webp"


def previews_prefix(job: Job, attempt: Attempt) -> str:
    """Where an attempt's partial images are."""
    return f"{attempt_prefix(job, attempt)}previews/"


def attempt_prefix(job: Job, attempt: Attempt) -> str:
    """Where everything is that an attempt leaves."""
    return f"jobs/{job.id}/{attempt.number}/"


def _evidence_key(job_id: str, attempt: int) -> str:
    return f"jobs/{job_id}/{attempt}/evidence.json"
