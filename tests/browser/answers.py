"""What a pretending stage says, in the shapes of the product's own views."""

import base64
from typing import TYPE_CHECKING, Any

from easel import schemas
from easel.jobs import started_view, views
from easel.jobs.model import Status
from easel.submission import quick_view as quick_route

if TYPE_CHECKING:
    from tests.browser.stage import FakeJob, Stage

MOMENT = "2026-11-20T12:00:00.000Z"
SIZES = {"1:1": (96, 96), "3:2": (96, 64), "2:3": (64, 96), "16:9": (96, 54), "9:16": (54, 96)}


def started(job: "FakeJob", stage: "Stage") -> started_view.StartedView:
    """A job that was accepted."""
    return started_view.StartedView(
        job_id=job.id,
        status=Status.QUEUED,
        status_url=f"{stage.address}api/aiimage/status/{job.id}",
        credits=started_view.HeldView(held=2, available=92),
        model_id=job.request["modelId"],
        requested_model_id=job.request["modelId"],
        effective_prompt=job.request["prompt"],
        warnings=(),
        created_at=MOMENT,
        deadline_at=MOMENT,
    )


def status(job: "FakeJob", stage: "Stage") -> views.JobView:
    """A job as it stands."""
    facts = job.facts
    charged = facts.get("charged", 0)
    error = facts.get("error")
    return views.JobView(
        job_id=job.id,
        status=Status(facts.get("status", "queued")),
        mode="text_to_image",
        model_id=job.request["modelId"],
        requested_model_id=job.request["modelId"],
        provider=facts.get("provider", "openai"),
        warnings=facts.get("warnings", ()),
        effective_prompt=job.request["prompt"],
        metadata={},
        progress=views.ProgressView(stage=facts.get("stage", "waiting"), attempt=facts.get("attempt", 0)),
        previews=(),
        images=_images(job, stage) if facts.get("status") == "succeeded" else (),
        attempts=(),
        charge=views.ChargeView(held=2, charged=charged, returned=2 - charged if job.final else 0),
        created_at=MOMENT,
        deadline_at=MOMENT,
        **schemas.given(error=error and views.ErrorView(**error), cancel_requested=facts.get("cancel_requested")),
    )


def quick(request: dict[str, Any], content: bytes) -> quick_route.QuickView:
    """A picture that was waited for."""
    return quick_route.QuickView(
        provider="openai",
        image=base64.b64encode(content).decode(),
        mime_type="image/png",
        width=96,
        height=96,
        model_id=request["modelId"],
        requested_model_id=request["modelId"],
        job_id="job-quick",
        job_token="shown-once",
        warnings=("stand-in: no OPENAI_API_KEY",),
    )


def _images(job: "FakeJob", stage: "Stage") -> tuple[views.ImageView, ...]:
    width, height = SIZES[job.request["aspectRatio"]]
    url = f"{stage.pictures}/{width}x{height}.png"
    return tuple(
        views.ImageView(
            slot=index,
            url=f"{url}?signed={index}",
            download_url=f"{url}?download={index}",
            expires_at=MOMENT,
            address=f"{stage.address}api/aiimage/jobs/{job.id}/images/{index}",
            thumbnail_url=f"{url}?thumbnail={index}",
            width=width,
            height=height,
            mime_type="image/png",
            bytes=1_234_567,
        )
        for index in range(job.request.get("n", 1))
    )
