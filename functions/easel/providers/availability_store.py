"""Availability rows in DynamoDB: what every environment of every function knows of a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Put, put
from easel.catalog.plan import Step
from easel.clock import DAY, SECOND, Clock, Millis
from easel.providers.availability import Availability, Pace
from easel.settings import ProviderSettings

STATE = "state"
KEPT = 7 * DAY


@dataclass(frozen=True)
class Signals:
    """One row for each provider's model, in the `limits` table."""

    database: Database
    table: str
    providers: Mapping[str, ProviderSettings]
    clock: Clock

    def pace(self, step: Step) -> Pace | None:
        """What the operator says a provider allows; None: nobody counts."""
        settings = self.providers.get(step.provider)
        if settings is None or settings.images_per_minute is None:
            return None
        return Pace(images_per_minute=settings.images_per_minute, burst=settings.burst)

    def read(self, step: Step) -> Availability:
        """The row as it is now; a provider never heard of is well."""
        return read(self.database, self.table, step.provider, step.model)

    def save(self, before: Availability, after: Availability) -> bool:
        """Write the row's next version; False where somebody else did."""
        try:
            self.database.put(write(self.table, before, after, now=self.clock.now()))
        except (ConditionFailed, Contended):
            return False
        return True

    def earliest(self, route: Sequence[Step], images: int) -> int:
        """When the first provider of a route takes more images (ms), by one look at those that have a pace."""
        now = self.clock.now()
        return min(
            self.read(step).opening_at(pace, images, now) if (pace := self.pace(step)) else now for step in route
        )


def read(database: Database, table: str, provider: str, model: str) -> Availability:
    """What is known of a provider's model; one never heard of is well."""
    row = database.get(table, _key(provider, model), STATE)
    if row is None:
        return Availability(provider=provider, model=model)
    return Availability.model_validate({name: value for name, value in row.items() if name not in _NOT_TRAFFIC})


def write(table: str, before: Availability, after: Availability, *, now: Millis) -> Put:
    """The write of the row's next version, which is refused where somebody else wrote one since `before`."""
    key = {"pk": _key(after.provider, after.model), "sk": STATE}
    row = {**key, **after.model_dump(mode="json"), "expiresAt": (now + KEPT) // SECOND}
    if before.version:
        return put("traffic", table, row, condition="version = :version", version=before.version)
    return put("traffic", table, row, condition="attribute_not_exists(pk)")


_NOT_TRAFFIC = frozenset({"pk", "sk", "expiresAt"})


def _key(provider: str, model: str) -> str:
    return f"traffic#{provider}#{model}"
