"""Which grant is spent when, and back to which it goes: pure functions of grants and draws.

The order is priority, earliest expiry, promotional before paid, oldest. A balance is one row, and a row has an end: of
many grants, those of equal terms (kind, priority, expiry), which stand side by side in that order, become one. Of very
many, those that expire within one UTC day: the later expiry holds, so that no credit is gone early.
"""

from collections.abc import Iterable, Sequence

from easel.clock import DAY, Millis
from easel.credits.model import Draw, Grant

EXPIRY_GRACE = DAY  # a grant that expired during a hold stays spendable this long after credits return to it
EACH_MAX = 20  # so many grants are kept each by itself
EQUALS_MAX = 100  # so many by their exact terms; above, by the day: shops give each purchase a year from its second on


def spending_order(grant: Grant) -> tuple[int, float, int, int, str]:
    """Sort key: priority, earliest expiry, promotional before paid, oldest; the id settles ties."""
    expiry = float("inf") if grant.expires_at is None else grant.expires_at
    return grant.priority, expiry, int(grant.kind == "paid"), grant.created_at, grant.id


def take(grants: Sequence[Grant], amount: int) -> tuple[tuple[Grant, ...], tuple[Draw, ...]]:
    """The grants left when `amount` credits are spent in order, and what was drawn from which."""
    left: list[Grant] = []
    draws: list[Draw] = []
    for source in sorted(grants, key=spending_order):
        taken = min(source.amount, amount)
        amount -= taken
        if taken:
            draws.append(draw_of(source, taken))
        if source.amount > taken:
            left.append(source.model_copy(update={"amount": source.amount - taken}))
    return merged(left), tuple(draws)


def unspent(draws: Sequence[Draw], charged: int) -> tuple[Draw, ...]:
    """The part of the draws that is left when the first `charged` credits of them are spent."""
    back: list[Draw] = []
    for draw in draws:
        spent = min(draw.amount, charged)
        charged -= spent
        if draw.amount > spent:
            back.append(draw.model_copy(update={"amount": draw.amount - spent}))
    return tuple(back)


def spent(draws: Sequence[Draw], amount: int) -> tuple[Draw, ...]:
    """The part of the draws that the first `amount` credits make up."""
    taken: list[Draw] = []
    for draw in draws:
        part = min(draw.amount, amount)
        amount -= part
        if part:
            taken.append(draw.model_copy(update={"amount": part}))
    return tuple(taken)


def put_back(grants: Sequence[Grant], back: Sequence[Draw], now: Millis) -> tuple[Grant, ...]:
    """The grants with draws given back, an emptied one made anew; one that expired meanwhile gets EXPIRY_GRACE."""
    by_id = {grant.id: grant for grant in grants}
    for draw in back:
        late = draw.expires_at is not None and draw.expires_at <= now
        source = by_id.get(draw.grant_id) or Grant(
            id=draw.grant_id,
            kind="paid" if draw.kind == "paid" else "promotional",
            priority=draw.priority,
            amount=0,
            expires_at=now + EXPIRY_GRACE if late else draw.expires_at,
            created_at=draw.created_at,
        )
        by_id[draw.grant_id] = source.model_copy(update={"amount": source.amount + draw.amount})
    return merged(by_id.values())


def merged(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Grants as a balance keeps them: many are brought together by their terms; the one spent first is at the front."""
    found = tuple(sorted(grants, key=spending_order))
    if len(found) > EACH_MAX:
        found = _alike(found, span=1)
    return found if len(found) <= EQUALS_MAX else _alike(found, span=DAY)


def _alike(grants: Iterable[Grant], *, span: Millis) -> tuple[Grant, ...]:
    """Grants of one kind and priority that expire within one `span` as one, under the name of the oldest."""
    alike: dict[tuple[str, int, int | None], Grant] = {}
    for grant in sorted(grants, key=lambda grant: (grant.created_at, grant.id)):
        terms = grant.kind, grant.priority, None if grant.expires_at is None else grant.expires_at // span
        first = alike.get(terms, grant)
        if first is not grant:
            latest = None if grant.expires_at is None else max(grant.expires_at, first.expires_at or 0)
            first = first.model_copy(update={"amount": first.amount + grant.amount, "expires_at": latest})
        alike[terms] = first
    return tuple(sorted(alike.values(), key=spending_order))


def draw_of(source: Grant, amount: int) -> Draw:
    """So many credits of a grant, with all it takes to put them back there."""
    return Draw(
        grant_id=source.id,
        kind=source.kind,
        priority=source.priority,
        expires_at=source.expires_at,
        created_at=source.created_at,
        amount=amount,
    )
