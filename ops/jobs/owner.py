"""An owner at a glance: what it has, what it may, what it runs."""

from typing import Any

from easel.credits.ledger import Ledger
from easel.jobs.model import Job
from easel.policy import Policy
from easel.submission.hold import in_flight_max
from ops.deployed import Deployed
from ops.jobs import by_id, listing
from ops.watch.status import policy_of

JOBS_SHOWN = 10


def look(deployed: Deployed, owner: str) -> tuple[dict[str, Any], list[Job]]:
    """An owner's balance, grants and limits, and its newest jobs. An owner never seen has nothing."""
    table = deployed.setting("credits", "CREDITS_TABLE")
    balance = Ledger(deployed.database, table).balance(owner)
    policy = policy_of(deployed)
    newest = listing.of_owner(deployed, owner, listing.Wanted(), JOBS_SHOWN)
    told = {
        "owner": owner,
        "available": balance.available,
        "held": balance.held,
        "charged": balance.charged,
        "granted": -balance.granted,  # in the books it is what the operator gave away
        "inFlight": balance.in_flight,
        "grants": [
            {"id": each.id, "kind": each.kind, "amount": each.amount, "expiresAt": by_id.moment(each.expires_at)}
            for each in balance.grants
        ],
        "limits": _limits(policy, owner),
    }
    return told, newest


def _limits(policy: Policy, owner: str) -> dict[str, object]:
    return {
        "jobsInFlight": in_flight_max(policy, owner),
        "perMinute": policy.service_per_minute if owner.startswith("service:") else policy.owner_per_minute,
        "dailyCredits": policy.owner_daily_credits,
        "sharePercentOfTheDaysCap": policy.owner_share_percent,
    }
