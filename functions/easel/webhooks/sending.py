"""One request for one delivery: claimed, signed, sent, and what came of it written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from easel.aws.metrics import Metrics
from easel.clock import SECOND, Clock, Millis
from easel.jobs.store import Store
from easel.jobs.views import Address
from easel.webhooks import body, schedule, signing
from easel.webhooks.model import DEFAULT, DELIVERED, DROPPED, GIVEN_UP, Delivery, Endpoint, Try
from easel.webhooks.store import WebhookStore

LEASE = 60 * SECOND  # longer than a request takes: until then nobody else sends the same delivery
ANSWER_CHARS = 256  # of an answer that are kept
GONE = 410
SAVES_MAX = 20  # how often an owner's endpoints may change under one worker


@dataclass(frozen=True)
class Answered:
    """What came of a request: a status, or why there was none; how long it took, and what the server said."""

    milliseconds: int
    status: int | None = None
    reason: str = ""
    answer: str = ""
    retry_after: str = ""

    @property
    def taken(self) -> bool:
        """Whether the server has it."""
        return self.status is not None and 200 <= self.status < 300


Post = Callable[[str, Mapping[str, str], bytes], Answered]  # never raises for what a server does


@dataclass(frozen=True)
class Letter:
    """What is to be sent where."""

    endpoint: Endpoint
    url: str
    body: bytes


@dataclass(frozen=True)
class Send:
    """Sends what is due, at least once. Two who meet do not both send it; a worker that dies is followed by another."""

    webhooks: WebhookStore
    jobs: Store
    post: Post
    master: Callable[[], bytes]
    address: Address
    clock: Clock
    meter: Metrics

    def __call__(self, owner: str, endpoint_id: str, delivery_id: str) -> Delivery | None:
        """The delivery as it is now; None where there is none any more. Nothing is sent of what is not due.

        Raises Busy where the secret cannot be read, and Contended.
        """
        found = self.webhooks.delivery(owner, endpoint_id, delivery_id)
        now = self.clock.now()
        if found is None or not found.pending or found.wake_by is None or found.wake_by > now:
            return found
        letter = self._letter(found)
        if isinstance(letter, str):
            return self._saved(found, found.ended(DROPPED, letter))
        master = self.master()  # before it is claimed: without it nothing can be sent
        claimed = found.model_copy(update={"wake_by": now + LEASE})
        if not self.webhooks.save_delivery(claimed):
            return found  # somebody else sends it
        claimed = claimed.model_copy(update={"version": found.version + 1})
        keys = signing.secrets_now(master, owner, letter.endpoint, now)
        signed = signing.headers(body.message_id(found.id), letter.body, keys, now)
        answered = self.post(letter.url, signed, letter.body)
        return self._saved(claimed, self._after(claimed, letter.endpoint, answered, at=now))

    def _letter(self, delivery: Delivery) -> Letter | str:
        """What to send, or why nothing is to be sent any more."""
        endpoint = self.webhooks.endpoints(delivery.owner).find(delivery.endpoint)
        if endpoint is None:
            return "the endpoint was deleted"
        if endpoint.off:
            return "the endpoint is switched off"
        if not delivery.job_id:
            return Letter(endpoint, endpoint.url, body.of_test(delivery))
        found = self.jobs.find(delivery.job_id)
        if found is None or found.job.erased:
            return "the job was erased"
        url = found.job.webhook_url or "" if endpoint.id == DEFAULT else endpoint.url
        return Letter(endpoint, url, body.of_job(delivery, found.job, found.request, self.address))

    def _after(self, claimed: Delivery, endpoint: Endpoint, answered: Answered, *, at: Millis) -> Delivery:
        """The delivery with what came of a request. What it says of the endpoint is written first, or would be lost."""
        tried = claimed.with_try(
            Try(
                at=at,
                milliseconds=answered.milliseconds,
                status=answered.status,
                reason=answered.reason,
                answer=answered.answer[:ANSWER_CHARS],
            )
        )
        now = self.clock.now()
        self._judge(claimed.owner, endpoint.id, answered, now)
        if answered.taken:
            return tried.ended(DELIVERED)
        if answered.status == GONE:
            return tried.ended(GIVEN_UP, "the server answered 410: nothing is wanted there any more")
        following = schedule.next_try(tried, now, chance=self.clock.jitter(), retry_after=answered.retry_after)
        if following is None:
            self.meter.count("WebhookGivenUp")
            return tried.ended(GIVEN_UP, "the server did not take it for a day")
        return tried.model_copy(update={"wake_by": following})

    def _judge(self, owner: str, endpoint_id: str, answered: Answered, now: Millis) -> None:
        """Note since when an endpoint takes nothing, and switch it off where it says so or has for too long."""
        for _ in range(SAVES_MAX):
            owned = self.webhooks.endpoints(owner)
            endpoint = owned.find(endpoint_id)
            if endpoint is None or endpoint.id == DEFAULT:
                return
            judged = _judged(endpoint, answered, now)
            if judged == endpoint or self.webhooks.save_endpoints(owned.having(judged)):
                return

    def _saved(self, known: Delivery, following: Delivery) -> Delivery | None:
        """The delivery as written, or as somebody else wrote it meanwhile."""
        if self.webhooks.save_delivery(following):
            return following
        return self.webhooks.delivery(known.owner, known.endpoint, known.id)


def _judged(endpoint: Endpoint, answered: Answered, now: Millis) -> Endpoint:
    if answered.taken:
        return endpoint.changed(failing_since=None)
    since = endpoint.failing_since or now
    if endpoint.off:
        return endpoint
    if answered.status == GONE:
        return endpoint.changed(failing_since=since, off_since=now, off_reason="it answered 410")
    if now - since >= schedule.OFF_AFTER:
        return endpoint.changed(failing_since=since, off_since=now, off_reason="it took nothing for three days")
    return endpoint.changed(failing_since=since)
