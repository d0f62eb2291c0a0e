"""A request's references as they come in: bytes put away, uploads and other buckets' objects copied, addresses noted.

Each copy is named by what it is of, so that another body under the same key harms nothing, and belongs to the job
from then on: what happens to an upload afterwards changes no picture.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from easel.aws.bucket import Bucket
from easel.errors import ImageRejected, InvalidReference
from easel.submission.references import Reference
from easel.submission.request import JobRequest
from easel.submission.uploads import folder

GONE = "is not there: it was never sent, is not yours, or is older than a day; upload it again"


@dataclass
class Intake:
    """What came in for one job."""

    assets: Bucket
    job_id: str
    owner: str
    secret: Callable[[], bytes]
    references: list[str] = field(default_factory=list)
    mask: str | None = None
    markup: str | None = None
    fetches: dict[str, str] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)

    def take(self, ask: JobRequest) -> "Intake":
        """Take in every reference and the mask."""
        for index, reference in enumerate(ask.references):
            self.references.append(self._keep(reference, f"references[{index}]"))
        self.mask = self._keep(ask.mask, "mask") if ask.mask else None
        self.markup = self._keep(ask.markup, "markup") if ask.markup else None
        return self

    def _keep(self, reference: Reference, named: str) -> str:
        """Where the bytes of a reference are, or will be."""
        if picture := reference.picture():
            key = self._key(picture.content)
            self.assets.put(key, picture.content, picture.mime_type)
            return key
        if reference.url is not None:
            key = self._key(reference.url.encode())
            self.fetches[key] = reference.url
            return key
        if reference.upload_id is not None:
            return self._copy_upload(reference.upload_id, named)
        if reference.s3 is None:
            raise InvalidReference(f"{named} holds no image.", errors=[(named, "send uploadId, url or data")])
        bucket, source = reference.s3.bucket, reference.s3.key
        key = self._key(f"{bucket}/{source}".encode())
        try:
            self.assets.copy_in(bucket, source, key)
        except ImageRejected as rejection:
            raise _invalid(named, "s3", str(rejection)) from rejection
        return key

    def _copy_upload(self, upload_id: str, named: str) -> str:
        source = folder(self.secret(), self.owner) + upload_id
        key = self._key(source.encode())
        try:
            self.assets.copy_in(self.assets.bucket, source, key)
        except ImageRejected as rejection:
            raise _invalid(named, "uploadId", GONE) from rejection
        self.uploads.append(source)
        return key

    def _key(self, content: bytes) -> str:
        return f"incoming/{self.job_id}/{hashlib.sha256(content).hexdigest()}"


def _invalid(named: str, kind: str, message: str) -> InvalidReference:
    return InvalidReference(f"{named} {message}.", errors=[(f"{named}.{kind}", message)])
