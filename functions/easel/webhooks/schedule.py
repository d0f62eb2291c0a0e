"""When a delivery is tried again, and when it is given up. Pure."""

import re

from easel.clock import DAY, HOUR, MINUTE, SECOND, Millis
from easel.webhooks.model import Delivery

DELAYS = (5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR)
EVERY = 6 * HOUR  # after those
SPREAD = 0.2  # either way, so that what failed together does not come back together
GIVE_UP_AFTER = DAY  # from the event on, or from when it was asked for again
RETRY_AFTER_MAX = HOUR
OFF_AFTER = 3 * DAY  # an endpoint that took nothing for so long


def next_try(delivery: Delivery, now: Millis, *, chance: float, retry_after: str = "") -> Millis | None:
    """When to try a delivery again that failed just now; None where its day is over.

    `chance` is a number in [0, 1), `retry_after` the header that came with the refusal.
    """
    delay = DELAYS[delivery.tried - 1] if delivery.tried <= len(DELAYS) else EVERY
    delay = round(delay * (1 - SPREAD + 2 * SPREAD * chance))
    following = now + max(delay, _asked_for(retry_after))
    return following if following <= delivery.begun_at + GIVE_UP_AFTER else None


def _asked_for(retry_after: str) -> Millis:
    """What a server asks for in seconds, up to an hour; a date is not read."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*", retry_after, re.ASCII)
    return min(int(found[1]) * SECOND, RETRY_AFTER_MAX) if found else 0
