"""An altered ledger is found, and the first altered row is named."""

from collections.abc import Callable

import pytest

from easel.credits import balance as credits_balance
from easel.credits.audit import Finding, verify
from easel.credits.model import GENESIS, Balance, Entry
from tests.support.builders import a_gift, a_hold
from tests.support.fakes import NOON

Rows = list[Entry]


def a_ledger() -> tuple[Balance, Rows]:
    rows: Rows = []
    balance = Balance(owner="user:local:ann")
    for index in range(3):
        granted = credits_balance.grant(balance, a_gift(50, id=f"g{index}"), now=NOON, by="t")
        held = a_hold(granted.after, 6, job_id=f"j{index}")
        settled = credits_balance.settle(held.after, held.draws, 4, job_id=f"j{index}", now=NOON)
        rows += [*granted.entries, *held.entries, *settled.entries]
        balance = settled.after
    return balance, rows


def test_a_ledger_as_it_was_written_verifies() -> None:
    assert verify(*a_ledger()) is None


def edited(rows: Rows) -> Rows:
    return [*rows[:4], rows[4].model_copy(update={"moves": {"available": -1, "held": 1}}), *rows[5:]]


def edited_and_hashed_again(rows: Rows) -> Rows:
    row = rows[4].model_copy(update={"at": NOON + 1})
    return [*rows[:4], row.model_copy(update={"hash": row.digest()}), *rows[5:]]


def deleted(rows: Rows) -> Rows:
    return [*rows[:4], *rows[5:]]


def cut(rows: Rows) -> Rows:
    return rows[:-1]


def swapped(rows: Rows) -> Rows:
    return [*rows[:4], rows[5], rows[4], *rows[6:]]


def inserted(rows: Rows) -> Rows:
    return [*rows[:5], rows[4], *rows[5:]]


@pytest.mark.parametrize(
    ("tamper", "seq"), [(edited, 5), (edited_and_hashed_again, 6), (deleted, 5), (cut, 9), (swapped, 5), (inserted, 6)]
)
def test_the_first_wrong_row_is_named(tamper: Callable[[Rows], Rows], seq: int) -> None:
    balance, rows = a_ledger()

    finding = verify(balance, tamper(rows))

    assert finding is not None
    assert finding.seq == seq


@pytest.mark.parametrize("account", ["available", "held", "charged", "granted", "expired", "adjusted"])
def test_a_balance_that_its_entries_do_not_come_to_is_named(account: str) -> None:
    balance, rows = a_ledger()

    finding = verify(balance.model_copy(update={account: getattr(balance, account) + 1}), rows)

    assert finding is not None
    assert finding.seq == 0
    assert account in finding.what


def chained(rows: Rows, **changes: object) -> tuple[Balance, Rows]:
    """A ledger whose last entry was forged by somebody who can count and hash, the balance's head with it."""
    last = rows[-1].model_copy(update=changes)
    last = last.model_copy(update={"hash": last.digest()})
    balance, _ = a_ledger()
    return balance.model_copy(update={"head": last.hash}), [*rows[:-1], last]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"owner": "user:local:eve"}, "belongs to user:local:eve"),
        ({"seq": 12}, "is numbered 12"),
        ({"moves": {"held": -6, "charged": 6, "available": 3}}, "does not sum to zero over the accounts"),
        ({"moves": {"held": -6, "bonus": 6}}, "does not sum to zero over the accounts"),
    ],
)
def test_a_forged_entry_is_told_by_what_is_wrong_with_it(changes: dict[str, object], what: str) -> None:
    finding = verify(*chained(a_ledger()[1], **changes))

    assert finding == Finding("user:local:ann", 9, what)


def test_an_entry_may_move_every_account() -> None:
    balance, rows = a_ledger()
    moves = {**dict.fromkeys(("available", "held", "charged", "granted", "expired", "adjusted"), 0), **rows[-1].moves}

    balance, rows = chained(rows, moves=moves)

    assert verify(balance, rows) is None


def test_grants_that_do_not_come_to_what_is_available_are_named_as_the_balances_fault() -> None:
    balance, rows = a_ledger()

    finding = verify(balance.model_copy(update={"grants": balance.grants[1:]}), rows)

    assert finding is not None
    assert (finding.seq, "its grants hold" in finding.what) == (0, True)


def test_the_first_entry_follows_sixty_four_zeros() -> None:
    assert GENESIS == a_ledger()[1][0].previous == "0" * 64
