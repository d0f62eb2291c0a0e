"""A request's references as they come in: bytes put away, uploads and other buckets' objects copied, addresses noted.

Each copy is named by what it is of, so that another body under the same key harms nothing, and belongs to the job
from then on: what happens to an upload afterwards changes no picture. Looking comes first and writes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from easel.aws.bucket import Bucket, Source, Version
from easel.catalog.plan import Plan
from easel.errors import Busy, CallerError, ImageRejected, InvalidReference
from easel.identity.callers import Caller
from easel.jobs.request import Request
from easel.limits.rates import RateLimits
from easel.providers.protocol import Picture
from easel.submission.own_pictures import OwnPictures
from easel.submission.references import JobImage, Reference
from easel.submission.request import JobRequest
from easel.submission.sent import sent_request
from easel.submission.uploads import folder

OWN = (
    "names Easel's own bucket; send a picture of your own as uploadId, job, url or data, or an object in another bucket"
)
GONE = "is not there: it was never sent, is not yours, or is older than a day; upload it again"


@dataclass(frozen=True)
class IncomingImage:
    """One image of a request: the key of its copy, and its bytes, the object they are in, or their address."""

    named: str
    key: str
    picture: Picture | None = None
    source: Source | None = None
    url: str | None = None
    kind: str = "data"  # the field of the reference that says where its bytes are

    @property
    def bytes(self) -> int:
        """How many bytes storing it takes; what has an address is fetched for a job that is paid for."""
        return len(self.picture.content) if self.picture else self.source.bytes if self.source else 0


@dataclass(frozen=True)
class Incoming:
    """Every image of a request, looked at and not yet stored."""

    references: tuple[IncomingImage, ...] = ()
    mask: IncomingImage | None = None
    markup: IncomingImage | None = None

    def __iter__(self) -> Iterator[IncomingImage]:
        yield from self.references
        yield from (item for item in (self.mask, self.markup) if item)

    @property
    def bytes(self) -> int:
        """How many bytes storing it takes."""
        return sum(item.bytes for item in self)

    def request(self, ask: JobRequest, plan: Plan) -> Request:
        """What is kept of what the owner said."""
        return Request(
            prompt=ask.prompt,
            effective_prompt=plan.effective_prompt,
            references=tuple(item.key for item in self.references),
            mask=self.mask.key if self.mask else None,
            markup=self.markup.key if self.markup else None,
            fetches={item.key: item.url for item in self if item.url is not None},
            uploads=tuple(item.source.key for item in self if item.kind == "uploadId" and item.source),
            metadata=ask.metadata,
            sent=sent_request(ask),
        )


@dataclass
class Stored:
    """What was put into the bucket for a job that is about to be held; `kept` once it is."""

    versions: list[Version] = field(default_factory=list)
    kept: bool = False


@dataclass(frozen=True)
class Intake:
    """The way of references into the bucket."""

    assets: Bucket
    secret: Callable[[], bytes]
    own_pictures: OwnPictures
    rates: RateLimits

    def look(self, ask: JobRequest, *, job_id: str, caller: Caller) -> Incoming:
        """What a request brings along; nothing is stored. Raises InvalidReference where it is absent, and Forbidden."""
        at = f"incoming/{job_id}/"
        return Incoming(
            references=tuple(
                self._item(reference, f"references[{index}]", at=at, caller=caller)
                for index, reference in enumerate(ask.references)
            ),
            mask=self._item(ask.mask, "mask", at=at, caller=caller) if ask.mask else None,
            markup=self._item(ask.markup, "markup", at=at, caller=caller) if ask.markup else None,
        )

    @contextmanager
    def stored(self, incoming: Incoming, caller: Caller) -> Iterator["Stored"]:
        """Put or copy what came, and delete it again where what follows is refused, or says that it was not kept.

        Its bytes are counted first; what has an address is fetched later. Busy is no refusal: nobody knows then
        whether the job is held. Raises InvalidReference, RateLimited and Busy.
        """
        if incoming.bytes:
            self.rates.admit_references(caller, incoming.bytes)
        stored = Stored()
        try:
            for item in incoming:
                stored.versions.extend(self._stored(item))
            yield stored
        except Busy:
            raise
        except CallerError:
            self.assets.delete(stored.versions)
            raise
        if not stored.kept:
            self.assets.delete(stored.versions)

    def _stored(self, item: IncomingImage) -> Iterator[Version]:
        if item.picture:
            yield self.assets.put(item.key, item.picture.content, item.picture.mime_type)
        if item.source:
            try:
                yield self.assets.copy(item.source, item.key)
            except ImageRejected as rejection:
                raise _invalid(item.named, item.kind, str(rejection)) from rejection

    def _item(self, reference: Reference, named: str, *, at: str, caller: Caller) -> IncomingImage:
        if picture := reference.picture():
            return IncomingImage(named, _key(at, picture.content), picture=picture)
        if reference.url is not None:
            return IncomingImage(named, _key(at, reference.url.encode()), url=reference.url, kind="url")
        if reference.upload_id is not None:
            source = folder(self.secret(), caller.owner) + reference.upload_id
            found = self._source(self.assets.bucket, source, named, "uploadId", absent=GONE)
            return IncomingImage(named, _key(at, source.encode()), source=found, kind="uploadId")
        if reference.job is not None:
            return self._own(reference, reference.job, named, at=at, caller=caller)
        if reference.s3 is not None:
            bucket, source = reference.s3.bucket, reference.s3.key
            if bucket == self.assets.bucket:  # whose keys are other owners' pictures too
                raise _invalid(named, "s3", OWN)
            found = self._source(bucket, source, named, "s3")
            return IncomingImage(named, _key(at, f"{bucket}/{source}".encode()), source=found, kind="s3")
        raise InvalidReference(f"{named} holds no image.", errors=[(named, "send uploadId, job, url or data")])

    def _own(self, reference: Reference, image: JobImage, named: str, *, at: str, caller: Caller) -> IncomingImage:
        try:
            found = self.own_pictures.find(reference, image, caller)
        except ImageRejected as rejection:
            raise _invalid(named, "job", str(rejection)) from rejection
        return IncomingImage(named, _key(at, found.key.encode()), source=found, kind="job")

    def _source(self, bucket: str, key: str, named: str, kind: str, *, absent: str | None = None) -> Source:
        try:
            return self.assets.find(bucket, key)
        except ImageRejected as rejection:
            raise _invalid(named, kind, absent or str(rejection)) from rejection


def _key(at: str, content: bytes) -> str:
    return at + hashlib.sha256(content).hexdigest()


def _invalid(named: str, kind: str, message: str) -> InvalidReference:
    return InvalidReference(f"{named} {message}.", errors=[(f"{named}.{kind}", message)])
