"""What was asked for, as its owner sees it: enough to send the same again."""

from typing import Literal

from pydantic import Field

from easel.catalog.plan import Mode
from easel.jobs.model import Job
from easel.jobs.request import Request, SentPicture, SentRequest
from easel.schemas import Url, View, given


class JobImageView(View):
    """An image of a job."""

    id: str = Field(description="the job")
    image: int = Field(description="which of its images; the first is 0")


class SentReferenceView(View):
    """A reference as it was named. One with the kind `data` came as bytes, and must be sent anew."""

    kind: Literal["uploadId", "url", "job", "s3", "data"] = Field(description="in which field it was sent")
    upload_id: str = Field("", description="the upload; it is kept for a day")
    url: Url = Field("", description="the address")
    job: JobImageView | None = Field(None, description="the image of a job")


class RequestView(View):
    """A request as it was sent; what was left out is left out here, so that the same can be sent again.

    Of jobs begun by an earlier release the fields are those that the job was made with.
    """

    prompt: str = Field(description="without the template of the feature")
    feature_id: str = Field("", description="the preset")
    mode: Mode = Field("text_to_image", description="whether from text alone or from references")
    model_id: str = Field("", description="as it was named")
    provider: str = Field("", description="who was to be tried first")
    fallback: bool = Field(True, description="false: only the first provider")
    aspect_ratio: str = Field("", description="W:H")
    size: str = Field("", description="WxH in pixels")
    resolution: str = Field("", description="about how large")
    quality: str = Field("", description="as it was named")
    n: int = Field(1, description="how many images")
    output_format: str = Field("", description="png, jpeg or webp")
    output_compression: int = Field(0, description="of jpeg and webp")
    background: str = Field("", description="auto, opaque or transparent")
    previews: int = Field(0, description="how many partial images")
    priority: str = Field("", description="quality or economy")
    references: tuple[SentReferenceView, ...] = Field(description="the images to begin from; empty without any")
    mask: bool = Field(description="whether a mask came with it")
    markup: bool = Field(description="whether a markup came with it")


ALIKE = (
    "feature_id",
    "mode",
    "model_id",
    "provider",
    "fallback",
    "aspect_ratio",
    "size",
    "resolution",
    "quality",
    "n",
    "output_format",
    "output_compression",
    "background",
    "previews",
    "priority",
)


def request_view(job: Job, request: Request) -> RequestView:
    """What the owner asked for."""
    sent = request.sent or _of_job(job, request)
    return RequestView(
        prompt=request.prompt,
        references=tuple(
            _reference(picture, request.fetches.get(key))
            for picture, key in zip(sent.references, request.references, strict=True)
        ),
        mask=sent.mask,
        markup=sent.markup,
        **given(**{name: getattr(sent, name) for name in ALIKE}),
    )


def _reference(picture: SentPicture, url: str | None) -> SentReferenceView:
    named = None if picture.job_id is None else JobImageView(id=picture.job_id, image=picture.image or 0)
    facts = given(upload_id=picture.upload_id, url=url, job=named)
    return SentReferenceView.model_validate({"kind": picture.kind, **facts})


def _of_job(job: Job, request: Request) -> SentRequest:
    """A request of an earlier release, from what its job says."""
    kinds = ("url" if key in request.fetches else "data" for key in request.references)
    return SentRequest(
        mode=job.mode,
        model_id=job.requested_model_id,
        feature_id=job.feature_id,
        size=f"{job.width}x{job.height}",
        quality=job.quality,
        n=job.n,
        output_format=job.output_format,
        output_compression=job.output_compression,
        background=job.background,
        references=tuple(SentPicture(kind=kind) for kind in kinds),
        mask=request.mask is not None,
        markup=request.markup is not None,
    )
