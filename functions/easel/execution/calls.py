"""The calls of one attempt: made side by side where each gives one image, or handed to a provider's queue."""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from easel.aws.bucket import Bucket
from easel.catalog.plan import Step
from easel.clock import SECOND, Clock
from easel.execution.call_results import Called, Result, Slots, result_of
from easel.execution.moderation import Inspect
from easel.execution.orders import Pictures
from easel.execution.store_images import store_images, store_preview
from easel.jobs import ids
from easel.jobs.attempts import Attempt, Call, Ticket
from easel.jobs.model import Job
from easel.jobs.store import JobWithRequest
from easel.providers.errors import ProviderError, ProviderRefused, ProviderUnavailable
from easel.providers.http import images_per_answer
from easel.providers.protocol import Made, Order, Outcome, Provider, QueueProvider, Task

SIDE_BY_SIDE_MAX = 4
LOOK_AFTER_PART = 4  # a queue's task is looked at again after this part (a quarter) of its age, at the earliest


def side_by_side(call: Callable[[Slots], Called], groups: Sequence[Slots]) -> list[Called]:
    """Make an attempt's calls at once, a few at a time."""
    with ThreadPoolExecutor(SIDE_BY_SIDE_MAX) as pool:
        return list(pool.map(call, groups))


@dataclass(frozen=True)
class Loaded:
    """What a call needs besides its job: the adapter, its key in hand, and what the provider is told of the owner."""

    provider: Provider | QueueProvider
    safety_identifier: str


@dataclass(frozen=True)
class ProviderCalls:
    """Where providers are asked; `provider_named` gives the adapter, its key in hand, `spread` makes the calls."""

    provider_named: Callable[[str], Provider | QueueProvider]
    assets: Bucket
    clock: Clock
    secret: Callable[[], bytes]
    moderation: str = "auto"
    spread: Callable[[Callable[[Slots], Called], Sequence[Slots]], list[Called]] = side_by_side
    inspect: Inspect | None = None

    def load(self, job: Job, step: Step) -> Loaded:
        """What a call of this step needs. Raises what an adapter or a secret that cannot be had raises."""
        identifier = job.safety_identifier or ids.safety_identifier(self.secret(), job.owner)
        return Loaded(self.provider_named(step.provider), identifier)

    def make(
        self, found: JobWithRequest, attempt: Attempt, pictures: Pictures, loaded: Loaded, *, step: Step, seconds: float
    ) -> Result:
        """Order the attempt's slots and store what comes. Never raises for what a provider does."""
        order = pictures.added_to(self._order(found, step, seconds, loaded))
        size = min(step.images_per_call, images_per_answer(step.width * step.height))
        groups = [attempt.slots[start : start + size] for start in range(0, len(attempt.slots), size)]
        called = self.spread(lambda slots: self._call(loaded.provider, order, found.job, attempt, slots), groups)
        return result_of(attempt, called, now=self.clock.now())

    def look(self, found: JobWithRequest, attempt: Attempt, *, step: Step, seconds: float) -> Result:
        """Look after the work that a queue has taken on, and store what is ready. Raises TypeError."""
        loaded, now = self.load(found.job, step), self.clock.now()
        provider = loaded.provider
        if not isinstance(provider, QueueProvider):
            raise TypeError(f"{step.provider} has tickets but is no queue")
        order = self._order(found, step, seconds, loaded)
        called = []
        for ticket in attempt.tickets:
            if found.job.cancel_requested:
                provider.cancel(ticket.task_id)
            due = ticket.look_at <= now or found.job.cancel_requested
            called.append(
                self._look_after(provider, order, found.job, attempt, ticket) if due else Called(ticket=ticket)
            )
        return result_of(attempt, called, now=self.clock.now())

    def abandon(self, attempt: Attempt) -> None:
        """Ask a queue not to make what nobody will wait for any longer."""
        provider = self.provider_named(attempt.provider)
        for ticket in attempt.tickets:
            if isinstance(provider, QueueProvider):
                provider.cancel(ticket.task_id)

    def _order(self, found: JobWithRequest, step: Step, seconds: float, loaded: Loaded) -> Order:
        job = found.job
        if found.request is None:
            raise ValueError(f"job {job.id} has no request to order by")
        return Order(
            model=step.upstream,
            prompt=found.request.effective_prompt,
            width=step.width,
            height=step.height,
            quality=job.quality,
            n=1,
            output_format=job.output_format,
            timeout_seconds=seconds,
            client_request_id="",
            safety_identifier=loaded.safety_identifier,
            output_compression=job.output_compression,
            background=job.background,
            moderation=self.moderation,
            previews=0 if job.n > 1 or (self.inspect and self.inspect.policy.holds_previews_back) else job.previews,
        )

    def _call(
        self, provider: Provider | QueueProvider, order: Order, job: Job, attempt: Attempt, slots: Slots
    ) -> Called:
        order = replace(
            order,
            n=len(slots),
            client_request_id=str(uuid.uuid4()),
            on_preview=lambda index, content: store_preview(
                index, content, assets=self.assets, job=job, attempt=attempt
            ),
        )
        started = self.clock.now()
        try:
            if isinstance(provider, QueueProvider):
                task = provider.submit(order)
                return Called(ticket=self._ticket_of(task, order, slots, submitted_at=started))
            made = provider.make(order)
        except ProviderError as error:
            return self._failed(error, order, slots, started=started)
        return self._store(made, order, job, attempt, slots, started=started)

    def _look_after(self, provider: QueueProvider, order: Order, job: Job, attempt: Attempt, ticket: Ticket) -> Called:
        order = replace(order, n=len(ticket.slots), client_request_id=ticket.client_request_id)
        try:
            found = provider.look(ticket.task_id, order)
        except ProviderError as error:
            return self._failed(error, order, ticket.slots, started=ticket.submitted_at)
        if isinstance(found, Task):
            found = replace(found, cost_micros=ticket.cost_micros)
            return Called(ticket=self._ticket_of(found, order, ticket.slots, submitted_at=ticket.submitted_at))
        if found.cost_micros is None and ticket.cost_micros is not None:
            found = replace(found, cost_micros=ticket.cost_micros * len(found.images))
        return self._store(found, order, job, attempt, ticket.slots, started=ticket.submitted_at)

    def _ticket_of(self, task: Task, order: Order, slots: Slots, *, submitted_at: int) -> Ticket:
        now = self.clock.now()
        pause = max(task.seconds * SECOND, (now - submitted_at) // LOOK_AFTER_PART)
        return Ticket(
            task_id=task.id,
            slots=slots,
            submitted_at=submitted_at,
            look_at=now + pause,
            client_request_id=order.client_request_id,
            cost_micros=task.cost_micros,
        )

    def _store(self, made: Made, order: Order, job: Job, attempt: Attempt, slots: Slots, *, started: int) -> Called:
        took = self.clock.now() - started
        if self.inspect and (check := self.inspect.results(job, made.images[: len(slots)])):
            refused = ProviderRefused(
                "what was made was refused by moderation",
                stage=check.stage,
                categories=check.categories,
                paid=True,
                cost_micros=made.cost_micros,
                usage=made.usage,
                request_id=made.request_id,
            )
            return self._failed(refused, order, slots, started=started)
        stored = store_images(made.images, assets=self.assets, job=job, attempt=attempt, slots=slots)
        if not stored:
            useless = ProviderUnavailable(
                "it answered without a usable image",
                paid=True,
                cost_micros=made.cost_micros,
                usage=made.usage,
                request_id=made.request_id,
            )
            return self._failed(useless, order, slots, started=started)
        call = Call(
            started_at=started,
            milliseconds=took,
            slots=slots,
            outcome=Outcome.DELIVERED,
            paid=True,
            cost_micros=made.cost_micros,
            usage=made.usage,
            request_id=made.request_id,
            client_request_id=order.client_request_id,
            reason=made.reason,
        )
        return Called(call, stored)

    def _failed(self, error: ProviderError, order: Order, slots: Slots, *, started: int) -> Called:
        call = Call(
            started_at=started,
            milliseconds=self.clock.now() - started,
            slots=slots,
            outcome=error.outcome,
            paid=error.paid,
            cost_micros=error.cost_micros,
            usage=error.usage,
            request_id=error.request_id,
            client_request_id=order.client_request_id,
            reason=error.reason,
        )
        return Called(call, error=error)
