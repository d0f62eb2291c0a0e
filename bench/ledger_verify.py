"""`python -m bench.ledger_verify [jobs]`: how long `easel ledger verify` reads and recomputes that many jobs' ledgers.

The rows come through real botocore calls from an in-memory table, so that what is measured is everything but the
network: DynamoDB hands out a scan at about a megabyte a call.
"""

import json
import sys
import time

from easel.aws.dynamodb import Database, Put
from easel.aws.rows import to_dynamodb
from easel.clock import SystemClock
from easel.credits import balance as credits_balance
from easel.credits.balance import HoldTerms
from easel.credits.ledger import Ledger
from easel.credits.ledger_audit import Books
from easel.credits.model import Grant
from easel.credits.movement import still
from ops.ledger import verify
from tests.simulation.aws.region import Region
from tests.simulation.aws.tables import Schema, Stored, Table
from tests.simulation.aws.wire import line

JOBS = 100_000
JOBS_EACH = 50  # of an owner
TABLE = "credits"
NOW = 1_793_188_800_000
PRICE = 6


def written(table: Table, put: Put) -> None:
    """Put a row where the double keeps it."""
    item = to_dynamodb(put.item)
    table.items[table.key_of(item)] = Stored(item)


def fill(table: Table, ledger: Ledger, jobs: int) -> None:
    """The ledgers of so many jobs, held and settled by the rules themselves."""
    for number in range(-(-jobs // JOBS_EACH)):
        owner = f"user:bench:{number:06d}"
        balance = ledger.balance(owner)
        gift = Grant(id="g", kind="paid", amount=JOBS_EACH * PRICE, created_at=NOW)
        moves = [credits_balance.grant(balance, gift, now=NOW, by="bench")]
        for job in range(JOBS_EACH):
            base = still(moves[-1].after)
            name = f"{number}-{job}"
            moves.append(credits_balance.hold(base, PRICE, HoldTerms(in_flight_max=8), job_id=name, now=NOW))
            moves.append(credits_balance.settle(moves[-1].after, moves[-1].draws, PRICE, job_id=name, now=NOW))
            written(table, ledger.guard(owner, f"resolved#{name}", charged=PRICE))
        for move in moves:
            for put in ledger.writes(move):
                written(table, put)


def main(words: list[str]) -> int:
    """Fill a table, verify it, print one JSON object."""
    jobs = int(words[0]) if words else JOBS
    table = Table(Schema())
    region = Region({TABLE: table}, buckets=(), now=NOW)
    clients = line()
    clients.handler = region.handle
    database = Database(clients.dynamodb, SystemClock())
    fill(table, Ledger(database, TABLE), jobs)
    began = time.perf_counter()
    read, findings = verify(Books(database, TABLE))
    seconds = time.perf_counter() - began
    print(json.dumps({"jobs": jobs, "ledgers": read, "wrong": len(findings), "seconds": round(seconds, 1)}))
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
