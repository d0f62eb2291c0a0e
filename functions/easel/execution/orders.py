"""The pictures that an order brings along, read from where `prepare` put them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from easel.aws.bucket import Bucket
from easel.errors import ImageRejected
from easel.execution.prepare import markup_key, mask_key, reference_key
from easel.images import sanitize
from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.providers.protocol import Order, Picture


@dataclass(frozen=True)
class Pictures:
    """What an owner sent along, as providers are shown it."""

    references: tuple[Picture, ...] = ()
    mask: Picture | None = None
    markup: Picture | None = None

    def added_to(self, order: Order) -> Order:
        """The order with these pictures."""
        return replace(order, references=self.references, mask=self.mask, markup=self.markup)

    def each(self) -> Iterator[tuple[bytes, str]]:
        """Every one of them with its type: a provider sees a mask and a markup as it does a reference."""
        for picture in (*self.references, self.mask, self.markup):
            if picture:
                yield picture.content, picture.mime_type


def read_pictures(assets: Bucket, job: Job, request: Request) -> Pictures:
    """A job's prepared pictures. Raises ImageRejected, which names the one that cannot be read."""
    return Pictures(
        references=tuple(
            _read_picture(assets, reference_key(job.id, index), f"references[{index}]")
            for index in range(len(request.references))
        ),
        mask=_read_picture(assets, mask_key(job.id), "mask") if request.mask is not None else None,
        markup=_read_picture(assets, markup_key(job.id), "markup") if request.markup is not None else None,
    )


def _read_picture(assets: Bucket, key: str, field: str) -> Picture:
    content = assets.read(key)
    if content is None:
        raise ImageRejected(f"{field}: it is no longer there; start another job with it")
    try:
        facts = sanitize.facts_of_our_own(content)
    except (OSError, ValueError) as error:  # Pillow's, for what is no picture
        raise ImageRejected(f"{field}: it cannot be read; start another job with it") from error
    return Picture(content, facts.mime_type, facts.width * facts.height)
