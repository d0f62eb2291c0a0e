"""A job from its start to its picture, by a client that openapi-python-client made of the document.

Prints what it saw. `easel_client` is the package that was made.
"""

import json
import sys

from easel_client.api.catalog import list_models
from easel_client.api.jobs import get_image, get_job, start_job
from easel_client.client import AuthenticatedClient
from easel_client.models import JobRequest, JobView, ModelsView, Problem, StartedView, Status


def main(address: str, token: str) -> None:
    """Start it, watch it, and ask for its picture."""
    easel = AuthenticatedClient(base_url=address, token=token, follow_redirects=False)
    started = start_job.sync(client=easel, body=JobRequest(prompt="a lamp"), idempotency_key="lamp-17")
    if not isinstance(started, StartedView):
        raise SystemExit(f"not started: {started}")
    job: object = None
    while not isinstance(job, JobView) or job.status in (Status.QUEUED, Status.RUNNING):
        job = get_job.sync(started.job_id, client=easel, wait=20)
    offered = list_models.sync(client=easel)
    refusal = start_job.sync(client=easel, body=JobRequest(prompt="a lamp", aspect_ratio="5:1"))
    seen = {
        "jobId": job.job_id,
        "status": job.status,
        "charged": job.charge.charged,
        "width": job.images[0].width,
        "link": get_image.sync_detailed(job.job_id, 0, client=easel).headers["Location"],
        "offered": isinstance(offered, ModelsView) and job.model_id in {model.id for model in offered.models},
        "refused": refusal.code if isinstance(refusal, Problem) else None,
    }
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
