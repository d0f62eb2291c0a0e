"""Credits counted against a day, as a job keeps them."""

from easel.records import Record


class Allowance(Record):
    """Credits counted against what an owner or a key may hold on one day; `account` names which."""

    account: str
    day: str
    credits: int
