"""What is kept of a request's own fields, so that its owner can see them and send them again. Pure."""

from easel.jobs.request import SentPicture, SentRequest
from easel.submission.references import Reference
from easel.submission.request import JobRequest

ELSEWHERE = frozenset({"references", "mask", "markup"})


def sent_request(ask: JobRequest) -> SentRequest:
    """The fields that the caller sent; bytes are told of, and not kept a second time."""
    named = {name: getattr(ask, name) for name in SentRequest.model_fields if name not in ELSEWHERE}
    return SentRequest(
        **{name: value for name, value in named.items() if name in ask.model_fields_set},
        references=tuple(map(_picture, ask.references)),
        mask=ask.mask is not None,
        markup=ask.markup is not None,
    )


def _picture(reference: Reference) -> SentPicture:
    if reference.upload_id is not None:
        return SentPicture(kind="uploadId", upload_id=reference.upload_id)
    if reference.url is not None:
        return SentPicture(kind="url")
    if reference.job is not None:
        return SentPicture(kind="job", job_id=reference.job.id, image=reference.job.image)
    return SentPicture(kind="s3" if reference.s3 is not None else "data")
