"""Evidence: it counts whenever it is found, and stays as its first writer left it."""

import pytest

from easel.jobs.attempts import StoredImage
from easel.jobs.evidence import Evidence, read_evidence, write_evidence
from easel.jobs.model import Status
from easel.providers.protocol import Outcome
from tests.support.deaths import WorkerDied, dies
from tests.support.world import World


def evidence(job_id: str, *, at: int) -> Evidence:
    image = StoredImage(
        slot=0,
        key=f"jobs/{job_id}/1/0.png",
        thumbnail_key=f"jobs/{job_id}/1/0.thumbnail.webp",
        width=1024,
        height=1024,
        mime_type="image/png",
        bytes=9,
    )
    model = "gpt-image-2"
    return Evidence(job=job_id, attempt=1, provider="openai", model=model, images=(image,), calls=(), at=at)


def test_evidence_of_a_worker_given_up_for_dead_is_charged_and_shown(world: World) -> None:
    world.providers["openai"].script = [dies, dies]
    job_id = world.begin().job.id
    for crashes in (0, 1):
        with pytest.raises(WorkerDied):
            world.attempt(job_id, crashes=crashes, dead=crashes - 1)
    assert world.job(job_id).attempts[0].outcome is Outcome.ABANDONED

    write_evidence(world.assets, evidence(job_id, at=world.clock.now()))
    world.clock.forward(world.clocks.lease)
    world.settle(job_id)

    job = world.job(job_id)
    assert (job.status, job.charged) == (Status.SUCCEEDED, 6)
    assert [attempt.outcome for attempt in job.attempts] == [Outcome.DELIVERED, Outcome.ABANDONED]


def test_evidence_is_written_once(world: World) -> None:
    first, second = (evidence("j", at=at) for at in (1, 2))

    write_evidence(world.assets, first)
    write_evidence(world.assets, second)

    assert read_evidence(world.assets, "j", 1) == first
