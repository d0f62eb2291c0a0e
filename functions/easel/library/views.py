"""Shares as owners see them, and a shared job as anybody with the address does: nothing of its owner."""

from pydantic import Field

from easel.jobs.model import JobShare
from easel.jobs.views import Address, Links, saved_as, served_model
from easel.library.share import NewShare, ShownJob
from easel.schemas import Moment, Url, View, given, instant

SHARED = "/api/aiimage/shared"


class ShareView(View):
    """An address by which a job is shown."""

    share_id: str = Field(description="by which it is taken back")
    created_at: Moment = Field(description="when it was made")
    expires_at: Moment = Field(description="when it ends")
    prompt: bool = Field(description="whether the prompt is shown")


class NewShareView(ShareView):
    """A new address; `token` and `address` are told this once."""

    token: str = Field(description="what opens it, for a page of one's own")
    address: Url = Field(description="where anybody sees the pictures, as JSON")


class SharesView(View):
    """The addresses by which a job is shown."""

    shares: tuple[ShareView, ...] = Field(description="those that have not ended")


class SharedImageView(View):
    """A picture of a shared job."""

    url: Url = Field(description="a signed link to the file itself")
    download_url: Url = Field(description="the same for a browser to save")
    thumbnail_url: Url = Field(description="a signed link to a small WebP of it")
    expires_at: Moment = Field(description="when the links stop working; ask again for fresh ones")
    width: int = Field(description="in pixels")
    height: int = Field(description="in pixels")
    mime_type: str = Field(description="image/png, image/jpeg or image/webp")
    bytes: int = Field(description="the size of the file")


class SharedJobView(View):
    """A job as it is shown to others."""

    images: tuple[SharedImageView, ...] = Field(description="its pictures")
    model_id: str = Field(description="the model that made them")
    prompt: str = Field("", description="what was asked for, where its owner shows it")
    created_at: Moment = Field(description="when it was asked for")
    shared_until: Moment = Field(description="when this address ends, if it is not taken back before")


def share_view(share: JobShare) -> ShareView:
    """A share."""
    return ShareView(**_facts(share))


def new_share_view(made: NewShare, address: Address) -> NewShareView:
    """A share that was just made."""
    return NewShareView(**_facts(made.share), token=made.token, address=address(f"{SHARED}?token={made.token}"))


def shared_job_view(shown: ShownJob, links: Links) -> SharedJobView:
    """What a share shows."""
    return SharedJobView(
        images=tuple(_image(shown, index, links) for index in range(len(shown.job.images))),
        model_id=served_model(shown.job) or shown.job.model_id,
        created_at=instant(shown.job.created_at),
        shared_until=instant(shown.share.expires_at),
        **given(prompt=shown.prompt),
    )


def _facts(share: JobShare) -> dict[str, str | bool]:
    told = {"share_id": share.id, "created_at": instant(share.created_at), "expires_at": instant(share.expires_at)}
    return {**told, "prompt": share.prompt}


def _image(shown: ShownJob, index: int, links: Links) -> SharedImageView:
    job, image = shown.job, shown.job.images[index]
    link, name = links(job, index), saved_as(job, image, shown.prompt)
    return SharedImageView(
        url=link.url,
        download_url=links(job, index, download=name).url,
        thumbnail_url=links(job, index, thumbnail=True).url,
        expires_at=instant(link.expires_at),
        width=image.width,
        height=image.height,
        mime_type=image.mime_type,
        bytes=image.bytes,
    )
