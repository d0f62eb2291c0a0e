"""What a day costs so far: spent, and set aside for what runs, against the stage's caps; and whether it is paused."""

from dataclasses import dataclass

from easel.limits.budget import TOTAL
from easel.policy import Policy
from ops.deployed import Deployed

MICROS = 1_000_000
FREE = "free#"


@dataclass(frozen=True)
class Spending:
    """A day in micro-dollars: what was spent, what more is reserved, and of both what was given away."""

    spent: int
    reserved: int
    free: int


def of_day(deployed: Deployed, day: str) -> Spending:
    """What a day (YYYY-MM-DD, by UTC) came to so far."""
    table = deployed.setting("start", "LIMITS_TABLE")
    rows, _ = deployed.database.query(table, "pk = :day", {"day": f"budget#{day}"}, ConsistentRead=True)
    shards = [row for row in rows if row["sk"] != TOTAL]
    spent = sum(int(row.get("spent", 0)) for row in shards)
    committed = sum(int(row.get("committed", 0)) for row in shards)
    free = sum(int(row.get("committed", 0)) for row in shards if row["sk"].startswith(FREE))
    return Spending(spent=spent, reserved=committed - spent, free=free)


def told(day: str, found: Spending, policy: Policy, switch: str) -> str:
    """The same for a person."""
    cap = policy.daily_cap_micros
    committed = found.spent + found.reserved
    share = f"{committed * 100 // cap} % of the cap" if cap else "the cap is 0: nothing can be made"
    return "\n".join(
        (
            f"{day}  spent {_dollars(found.spent)}, reserved for running jobs {_dollars(found.reserved)}: {share}",
            f"            cap {_dollars(cap)}, until midnight UTC",
            f"            given away {_dollars(found.free)} of at most {_dollars(min(policy.free_cap_micros, cap))}",
            f"            {switch}",
        )
    )


def _dollars(micros: int) -> str:
    return f"${micros / MICROS:.2f}"
