"""What the owner of a job said, in a row beside the job's."""

from easel.catalog.plan import Mode
from easel.records import Record


class SentPicture(Record):
    """A reference as it was named; of one that came as bytes no more than that it did.

    Addresses stand in `fetches` of the request, and not here a second time: a row has room for them once.
    """

    kind: str  # the field of the reference that it was sent in: uploadId, url, job, s3, data
    upload_id: str | None = None
    job_id: str | None = None
    image: int | None = None


class SentRequest(Record):
    """The fields of a request as they were sent, None where the caller did not say, so that it can be sent again.

    Prompt and metadata stand beside it.
    """

    mode: Mode | None = None
    model_id: str | None = None
    provider: str | None = None
    fallback: bool | None = None
    feature_id: str | None = None
    aspect_ratio: str | None = None
    size: str | None = None
    resolution: str | None = None
    quality: str | None = None
    n: int | None = None
    output_format: str | None = None
    output_compression: int | None = None
    background: str | None = None
    previews: int | None = None
    priority: str | None = None
    references: tuple[SentPicture, ...] = ()
    mask: bool = False
    markup: bool = False


class Request(Record):
    """What the owner said, kept apart from the job: written once, never indexed, erased alone.

    References are keys in the asset bucket; `fetches` says of some of them from which address their bytes are still
    to be fetched, `uploads` which uploads were copied. Neither text nor keys nor addresses are ever logged.
    """

    prompt: str
    effective_prompt: str
    references: tuple[str, ...] = ()
    mask: str | None = None
    markup: str | None = None
    fetches: dict[str, str] = {}
    uploads: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    sent: SentRequest | None = None  # None on rows of earlier releases
