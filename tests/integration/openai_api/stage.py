"""A world whose doors are reached by an SDK, and whose jobs go on while a door waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai

from easel.clock import SECOND
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.providers.errors import ProviderError, ProviderRefused
from easel.providers.protocol import Made, Order
from tests.support.fakes import pictures, png
from tests.support.gateway import Answer, Ask, Gateway, bearer, posted
from tests.support.http_gateway import Served, serving
from tests.support.moto_world import a_world
from tests.support.world import World

SHOP = Caller(owner="service:shop", scopes=frozenset({"generate", "read"}), account="shop")


@dataclass
class Shop:
    """A shop with a key of ours and the official SDK."""

    world: World
    served: Served
    key: str
    seconds: float = 0  # how long a picture takes

    def client(self, **options: Any) -> openai.OpenAI:
        """The SDK, with two things changed: base URL and key."""
        return openai.OpenAI(**{"base_url": self.served.url, "api_key": self.key, "timeout": 20.0, **options})

    @property
    def jobs(self) -> list[Job]:
        """Every job there is."""
        rows = self.world.dynamodb.scan(TableName="jobs")["Items"]
        ids = {row["pk"]["S"].removeprefix("job#") for row in rows if row["pk"]["S"].startswith("job#")}
        return [self.world.job(each) for each in sorted(ids)]

    @property
    def job(self) -> Job:
        """The one job there is."""
        [job] = self.jobs
        return job

    @property
    def orders(self) -> list[Order]:
        """What providers were asked for."""
        return [order for provider in self.world.providers.values() for order in provider.orders]

    @property
    def order(self) -> Order:
        """The one order there is."""
        [order] = self.orders
        return order

    def paid(self) -> tuple[int, int]:
        """How many jobs were charged, and how often providers were asked."""
        charged = [job for job in self.jobs if job.charged]
        spent = 100 - self.world.available(SHOP)
        assert spent == sum(job.charged for job in charged), "credits are where jobs do not say"
        return len(charged), len(self.orders)

    def keys(self, prefix: str) -> list[str]:
        """What lies in the bucket below a prefix."""
        found = self.world.s3.list_objects_v2(Bucket="assets", Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def script(self, *behaviours: ProviderError) -> None:
        """What the first provider does, before it makes pictures again."""
        self.world.providers["openai"].script = list(behaviours)

    def preview(self, count: int) -> None:
        """Have the first provider show so many partial images."""

        def make(order: Order) -> Made:
            for index in range(count):
                if order.on_preview:
                    order.on_preview(index, png(32, 32))
            return pictures(order)

        self.world.providers["openai"].script = [make]

    def refusals(self, count: int) -> list[ProviderError]:
        """So many refusals by moderation."""
        return [ProviderRefused("no", stage="input", categories=("violence",)) for _ in range(count)]

    def post(self, fields: dict[str, Any], **headers: str) -> Answer:
        """One request, past the SDK, of a client that follows nothing."""
        told, body = posted(fields, **bearer(self.key), **headers)
        return self.served.gateway.send(Ask("POST", "/v1/images/generations", told, body))

    def get(self, path: str) -> Answer:
        """The same with GET."""
        return self.served.gateway.send(Ask("GET", path, bearer(self.key)))

    def cut_after(self, *numbers: int) -> None:
        """Drop the answers to the requests of these numbers, the first is 0."""
        self.served.cut = lambda number: number in numbers

    def tickets(self) -> list[Any]:
        """The rows by which repeats find what they left behind."""
        rows = self.world.dynamodb.scan(TableName="limits")["Items"]
        return [row for row in rows if row["pk"]["S"].startswith("ticket#")]

    def rewire(self) -> None:
        """Let the doors have the world's use cases as they are now."""
        self.served.gateway._wire()

    def go_on(self) -> None:
        """What the workflow does meanwhile."""
        for job_id in list(self.world.workflow.started):
            job = self.world.job(job_id)
            if not job.final and self.world.clock.now() >= job.created_at + round(self.seconds * SECOND):
                self.world.run(job_id)


@contextmanager
def a_shop(**options: Any) -> Iterator[Shop]:
    """A shop with 100 credits; its key acts for itself."""
    with a_world(**options) as world:
        gateway = Gateway(world)
        _, key = gateway.keys.create("shop", ["generate", "read"])
        world.give(SHOP)
        with serving(gateway) as served:
            shop = Shop(world, served, key)
            world.clock.on_sleep = shop.go_on
            yield shop
