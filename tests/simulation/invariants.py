"""What must hold after every run, whatever went wrong: one function, `broken`, that names what does not."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from easel.aws.rows import Item, from_dynamodb
from easel.clock import SECOND
from easel.credits import audit
from easel.credits.ledger import BALANCE
from easel.credits.model import Balance, Entry
from easel.jobs.model import PAID_CALLS_MAX, Job, Status
from easel.jobs.store import job_of
from tests.simulation.aws.executions import RUNNING
from tests.simulation.aws.region import Region
from tests.simulation.aws.tables import size_of

HOLD_SECONDS_MAX = 180  # beyond the deadline
BALANCE_BYTES_MAX = 100_000  # whatever was granted, held and given back: a row may have 400 KB


@dataclass(frozen=True)
class Books:
    """Everything stored, read past the product's adapters."""

    jobs: tuple[Job, ...]
    balances: tuple[Balance, ...]
    entries: dict[str, tuple[Entry, ...]]
    guards: frozenset[tuple[str, str]]
    shards: dict[tuple[str, str], Item]


def books(region: Region) -> Books:
    """Read the tables."""
    rows = {
        name: [from_dynamodb(s.wire) for s in table.items.values()] for name, table in region.dynamodb.tables.items()
    }
    jobs = tuple(job_of(row) for row in rows["jobs"] if row["sk"] == "job")
    balances, entries, guards = [], defaultdict(list), set()
    for row in rows["credits"]:
        body = {name: value for name, value in row.items() if name not in {"pk", "sk"}}
        if row["sk"] == BALANCE:
            balances.append(Balance.model_validate(body))
        elif row["sk"].startswith("entry#"):
            entries[row["pk"]].append((row["sk"], Entry.model_validate(body)))
        else:
            guards.add((row["pk"], row["sk"]))
    ordered = {owner: tuple(entry for _, entry in sorted(rows, key=lambda r: r[0])) for owner, rows in entries.items()}
    shards = {(row["pk"], row["sk"]): row for row in rows["limits"] if "committed" in row}
    return Books(jobs, tuple(balances), ordered, frozenset(guards), shards)


def broken(region: Region, *, at_rest: bool, late_seconds: int = 0) -> list[str]:
    """Every invariant that does not hold; `late_seconds` is how long faults may have kept a job past its time."""
    read = books(region)
    found = [*_balances(read), *_sizes(region), *_holds(read), *_charges(read, region), *_budget(read), *_paid(region)]
    if at_rest:
        found += [*_finished(read, region, late_seconds), *_promises(read, region), *_told(read, region)]
    return found + [what for what in region.reached if what.startswith("VIOLATION")]


def _balances(read: Books) -> Iterator[str]:
    """No balance below zero; the accounts sum to zero; the entries fold to the balance and their chain holds."""
    for balance in read.balances:
        accounts = {name: getattr(balance, name) for name in audit.ACCOUNTS}
        if min(balance.available, balance.held, balance.charged, balance.in_flight) < 0:
            yield f"{balance.owner} is below zero: {accounts}"
        if any(grant.amount < 0 for grant in balance.grants):
            yield f"{balance.owner} has a grant below zero"
        if sum(accounts.values()):
            yield f"{balance.owner} does not sum to zero: {accounts}"
        if wrong := audit.verify(balance, read.entries.get(balance.owner, ())):
            yield f"the ledger of {wrong.owner} is wrong at {wrong.seq}: {wrong.what}"
        open_jobs = [job for job in read.jobs if job.payer == balance.owner and not job.final]
        if balance.held != sum(job.held for job in open_jobs):
            yield f"{balance.owner} holds {balance.held}; its open jobs hold {[job.held for job in open_jobs]}"
        if balance.in_flight != len(open_jobs):
            yield f"{balance.owner} counts {balance.in_flight} in flight; {len(open_jobs)} are"
        charged = sum(job.charged - job.refunded for job in read.jobs if job.payer == balance.owner)
        if balance.charged != charged:
            yield f"{balance.owner} was charged {balance.charged}; its jobs say {charged}"


def _sizes(region: Region) -> Iterator[str]:
    """No balance comes near the end of a row."""
    for (owner, sort), stored in region.dynamodb.tables["credits"].items.items():
        if sort == BALANCE and size_of(stored.wire) > BALANCE_BYTES_MAX:
            yield f"the balance of {owner} has {size_of(stored.wire)} bytes"


def _holds(read: Books) -> Iterator[str]:
    """Every job was held for once, and settled once when it ended."""
    counted = Counter((e.job, e.kind) for entries in read.entries.values() for e in entries if e.job)
    for job in read.jobs:
        holds, settles = counted[job.id, "hold"], counted[job.id, "settle"]
        if (holds, settles) != (1, int(job.final)):
            yield f"job {job.id} ({job.status}) has {holds} holds and {settles} settlements"
        if ((job.payer, f"resolved#{job.id}") in read.guards) != job.final:
            yield f"job {job.id} ({job.status}) and its guard disagree"
    for job_id, kind in counted:
        if kind == "hold" and job_id not in {job.id for job in read.jobs}:
            yield f"credits are held for {job_id}, which is no job"


def _charges(read: Books, region: Region) -> Iterator[str]:
    """Charged exactly where images are shown, for what is shown, never above the hold."""
    for job in read.jobs:
        if not job.final:
            if job.charged or job.returned or job.images:
                yield f"job {job.id} is open, and was charged or shows images"
            continue
        if job.charged + job.returned != job.held or not 0 <= job.charged <= job.held:
            yield f"job {job.id} held {job.held}, charged {job.charged}, returned {job.returned}"
        if (job.charged > 0) != (job.status is Status.SUCCEEDED):
            yield f"job {job.id} {job.status} and was charged {job.charged}"
        if not 0 <= job.refunded <= job.charged:
            yield f"job {job.id} was charged {job.charged} and refunded {job.refunded}"
        if job.swept:
            yield from _remains(job, region)
        elif not job.erased:
            yield from _shown(job, region)


def _shown(job: Job, region: Region) -> Iterator[str]:
    if (job.charged > 0) != bool(job.images):
        yield f"job {job.id} was charged {job.charged} and shows {len(job.images)} images"
    steps = [job.step_of(attempt) for attempt, _ in job.delivered()]
    most = sum(step.credits_per_image for step in steps)
    least = sum(step.least_credits_per_image or step.credits_per_image for step in steps)
    if job.images and not min(least, job.held) <= job.charged <= min(most, job.held):
        yield f"job {job.id} was charged {job.charged} for images worth {least} to {most}"
    for image in job.images:
        if not region.s3.newest("assets", image.key) or not region.s3.newest("assets", image.thumbnail_key):
            yield f"job {job.id} shows an image that is not there"


def _remains(job: Job, region: Region) -> Iterator[str]:
    left = [key for _, key in region.s3.objects if key.startswith((f"jobs/{job.id}/", f"incoming/{job.id}/"))]
    if region.dynamodb.tables["jobs"].get((f"job#{job.id}", "request")) or (left and not region.live):
        yield f"job {job.id} was erased, and {left or 'its text'} is left"


def _budget(read: Books) -> Iterator[str]:
    """Each shard of a day is what open jobs reserve and final ones spent."""
    reserved: Counter[tuple[str, str]] = Counter()
    for job in read.jobs:
        for part in job.reservations:
            reserved[f"budget#{part.day}", f"{part.pool}#{part.shard}"] += 0 if job.final else part.micros
    for place, shard in read.shards.items():
        if shard["committed"] != shard.get("spent", 0) + reserved[place]:
            spent = shard.get("spent", 0)
            yield f"{place} has {shard['committed']} committed, {spent} spent, {reserved[place]} reserved"
    spent = sum(shard.get("spent", 0) for shard in read.shards.values())
    cost = sum(job.cost_micros() for job in read.jobs if job.final)
    if spent != cost:
        yield f"{spent} were spent in all; the final jobs cost {cost}"


def _paid(region: Region) -> Iterator[str]:
    """At most two calls that may be billed for a slot at one provider."""
    for (job, provider, slot), count in paid_calls(region).items():
        if count > PAID_CALLS_MAX:
            yield f"{provider} was paid {count} times for slot {slot} of job {job}"


def paid_calls(region: Region) -> Counter[tuple[str, str, int]]:
    """How often each slot may have been billed by each provider."""
    return Counter(
        (job, provider, slot) for job, provider, slots, kind in region.paid for slot in slots if kind == "paid"
    )


def _told(read: Books, region: Region) -> Iterator[str]:
    """What may have been billed is kept or told: each such call is on its job's row, however it ended."""
    jobs = {job.id: job for job in read.jobs if job.final}
    for (job, provider, slot), count in paid_calls(region).items():
        if job in jobs and jobs[job].paid_calls(provider, slot) < count:
            yield f"{provider} was paid {count} times for slot {slot} of job {job}, whose row tells of fewer"


def unsent(region: Region) -> Iterator[str]:
    """Spent is sent: no job counts dollars as spent at a provider that was never asked for it.

    Only where no worker was killed: an attempt of a dead worker counts as paid, since nobody knows.
    """
    asked = {(job, provider) for job, provider, _, _ in region.paid}
    for job in books(region).jobs:
        for attempt in job.attempts:
            alone = job.model_copy(update={"attempts": (attempt,)})
            if alone.cost_micros() and (job.id, attempt.provider) not in asked:
                yield f"job {job.id} counts {alone.cost_micros()} as spent, and {attempt.provider} was sent nothing"


def _finished(read: Books, region: Region, late_seconds: int) -> Iterator[str]:
    """Nothing is left undone, and nothing took longer than it may."""
    for job in read.jobs:
        if not job.final:
            yield f"job {job.id} was lost: still {job.status}"
        elif (job.finished_at or 0) > job.deadline_at + (HOLD_SECONDS_MAX + late_seconds) * SECOND:
            yield f"job {job.id} ended {((job.finished_at or 0) - job.deadline_at) // SECOND} s after its deadline"
        if job.erased and not job.swept:
            yield f"job {job.id} was to be erased, and was not"
        if job.final and job.wake_by is not None:
            yield f"job {job.id} is final and still in the index of open ones"
    for execution in region.stepfunctions.executions.values():
        if execution.status == RUNNING:
            yield f"execution {execution.name} never ended"


def _promises(read: Books, region: Region) -> Iterator[str]:
    """Whoever was told of a job has one, and the same key has led to one job."""
    known = {job.id for job in read.jobs}
    told: dict[Any, set[str]] = defaultdict(set)
    for name, answer in region.answers.items():
        if "jobId" in answer:
            told[name.split("/")[0]].add(answer["jobId"])
            if answer["jobId"] not in known:
                yield f"{name} was told of job {answer['jobId']}, which is not there"
    for name, jobs in told.items():
        if len(jobs) > 1:
            yield f"{name} led to {len(jobs)} jobs"
