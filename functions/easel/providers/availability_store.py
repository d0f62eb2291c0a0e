"""Availability rows in DynamoDB: what every environment of every function knows of a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database, put
from easel.catalog.plan import Step
from easel.clock import DAY, SECOND, Clock
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
        row = self.database.get(self.table, _key(step), STATE)
        if row is None:
            return Availability(provider=step.provider, model=step.model)
        return Availability.model_validate({name: value for name, value in row.items() if name not in _NOT_TRAFFIC})

    def save(self, before: Availability, after: Availability) -> bool:
        """Write the row's next version; False where somebody else did."""
        key = {"pk": f"traffic#{after.provider}#{after.model}", "sk": STATE}
        row = {**key, **after.model_dump(mode="json"), "expiresAt": (self.clock.now() + KEPT) // SECOND}
        absent, same = "attribute_not_exists(pk)", "version = :version"
        try:
            if before.version:
                self.database.put(put("traffic", self.table, row, condition=same, version=before.version))
            else:
                self.database.put(put("traffic", self.table, row, condition=absent))
        except (ConditionFailed, Contended):
            return False
        return True

    def earliest(self, route: Sequence[Step], images: int) -> int:
        """When the first provider of a route takes more images (ms), by one look at those that have a pace."""
        now = self.clock.now()
        return min(
            self.read(step).opening_at(pace, images, now) if (pace := self.pace(step)) else now for step in route
        )


_NOT_TRAFFIC = frozenset({"pk", "sk", "expiresAt"})


def _key(step: Step) -> str:
    return f"traffic#{step.provider}#{step.model}"
