"""Credits as their owner sees them."""

from typing import Any

from pydantic import Field

from easel.credits.accounts import Granted
from easel.credits.ledger import Entries
from easel.credits.model import Balance, Entry, Grant, GrantKind, Kind
from easel.schemas import Moment, Url, View, given, instant

GRANTS_SHOWN = 100  # of an owner, in one answer


class GrantView(View):
    """Credits that are left of one grant, or of several with the same terms, under the id of the oldest."""

    grant_id: str = Field(description="its name in the ledger")
    kind: GrantKind = Field(description="promotional ones are spent before paid ones")
    amount: int = Field(description="what is left of it")
    created_at: Moment = Field(description="when it was given")
    expires_at: Moment = Field("", description="when it ends; it does not where this is left out")


class BalanceView(View):
    """What an owner can spend, and what is set aside for jobs under way."""

    available: int = Field(description="whole credits that can be spent now")
    held: int = Field(description="set aside for jobs under way")
    grants: tuple[GrantView, ...] = Field(description=f"what is spent first, at most {GRANTS_SHOWN} of them")
    more_grants: int = Field(0, description="how many are left that `grants` does not show")
    buy_url: Url = Field("", description="where more can be bought, if the stage says so")


class EntryView(View):
    """One line of the ledger; `moves` sums to zero over the accounts."""

    seq: int = Field(description="its number in this owner's ledger, from 1 on")
    kind: Kind = Field(description="what happened")
    at: Moment = Field(description="when")
    moves: dict[str, int] = Field(description="by account, such as available or held: by how many credits it changed")
    job_id: str = Field("", description="the job it is about")
    by: str = Field("", description="who moved them, where somebody did by hand")


class EntriesView(View):
    """A page of the ledger, newest first; `cursor` leads to the next."""

    entries: tuple[EntryView, ...] = Field(description="the newest first")
    cursor: str | None = Field(description="what leads to the next page; null on the last one")


class GrantedView(View):
    """A movement that was made: the grant it led to, or the job it refunded."""

    owner: str = Field(description="whose credits were moved")
    amount: int = Field(description="how many; negative where they were taken")
    available: int = Field(description="what the owner could spend afterwards")
    grant_id: str = Field("", description="the grant it led to")
    job_id: str = Field("", description="the job it refunded")


def balance(found: Balance, *, buy_url: str | None) -> dict[str, Any]:
    """The answer of `GET /api/credits`."""
    shown = tuple(map(_grant, found.grants[:GRANTS_SHOWN]))
    more = given(more_grants=len(found.grants[GRANTS_SHOWN:]) or None, buy_url=buy_url)
    return BalanceView(available=found.available, held=found.held, grants=shown, **more).body()


def entries(page: Entries) -> dict[str, Any]:
    """The answer of `GET /api/credits/entries`."""
    cursor = None if page.before is None else str(page.before)
    return EntriesView(entries=tuple(map(_entry, page.entries)), cursor=cursor).body()


def granted(made: Granted) -> dict[str, Any]:
    """The answer of `POST /api/credits/grants`, `…/adjustments` and `…/refunds`."""
    named = given(grant_id=made.grant_id, job_id=made.job_id)
    return GrantedView(owner=made.owner, amount=made.amount, available=made.available, **named).body()


def _grant(grant: Grant) -> GrantView:
    return GrantView(
        grant_id=grant.id,
        kind=grant.kind,
        amount=grant.amount,
        created_at=instant(grant.created_at),
        **given(expires_at=None if grant.expires_at is None else instant(grant.expires_at)),
    )


def _entry(entry: Entry) -> EntryView:
    moves = {account: move for account, move in entry.moves.items() if move}
    return EntryView(
        seq=entry.seq,
        kind=entry.kind,
        at=instant(entry.at),
        moves=moves,
        **given(job_id=entry.job, by=shown_by(entry.by)),
    )


def shown_by(by: str | None) -> str | None:
    """Who moved credits as their owner is told: in whose name a command came is the operator's to know."""
    return "command" if by is not None and by.startswith("command:") else by
