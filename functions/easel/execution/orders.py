"""The pictures that an order brings along, read from where `prepare` put them."""

from collections.abc import Iterator
from dataclasses import replace

from easel.aws.bucket import Bucket
from easel.execution.prepare import markup_key, mask_key, reference_key
from easel.images import sanitize
from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest
from easel.providers.protocol import Order, Picture


def with_pictures(order: Order, found: JobWithRequest, assets: Bucket) -> Order:
    """The order with its prepared pictures: they go to a provider once, a look at a queue's task reads none again.

    Raises ValueError where one is not in the bucket.
    """
    job, request = found.job, found.request
    if request is None:
        return order
    return replace(
        order,
        references=tuple(
            _read_picture(assets, reference_key(job.id, index)) for index in range(len(request.references))
        ),
        mask=_read_picture(assets, mask_key(job.id)) if request.mask is not None else None,
        markup=_read_picture(assets, markup_key(job.id)) if request.markup is not None else None,
    )


def references(assets: Bucket, job: Job, request: Request) -> Iterator[tuple[bytes, str]]:
    """The prepared references, one after another, with their types."""
    for index in range(len(request.references)):
        picture = _read_picture(assets, reference_key(job.id, index))
        yield picture.content, picture.mime_type


def _read_picture(assets: Bucket, key: str) -> Picture:
    content = assets.read(key)
    if content is None:
        raise ValueError("a prepared reference is not in the bucket")
    facts = sanitize.facts_of_our_own(content)
    return Picture(content, facts.mime_type, facts.width * facts.height)
