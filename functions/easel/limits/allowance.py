"""What limits count: credits against a day, as a job keeps them, and the write that counts within a bound."""

from easel.aws.dynamodb import Update
from easel.records import Record


class Allowance(Record):
    """Credits counted against what an owner or a key may hold on one day; `account` names which."""

    account: str
    day: str
    credits: int


def count_within(
    name: str, table: str, key: tuple[str, str], counter: str, *, by: int, most: int, expires_at: int
) -> Update:
    """The write that adds `by` to a row's counter, refused where it would then be above `most`.

    `expires_at` is when the row may go, in seconds since 1970 UTC. More than `most` at once is refused as well, also
    where there is no row yet.
    """
    pk, sk = key
    fits = f"{counter} <= :left"
    return Update(
        name=name,
        table=table,
        pk=pk,
        sk=sk,
        expression=f"SET expiresAt = :expires ADD {counter} :by",
        condition=f"attribute_not_exists({counter}) OR {fits}" if by <= most else f"attribute_exists(pk) AND {fits}",
        values={"expires": expires_at, "by": by, "left": most - by},
    )
