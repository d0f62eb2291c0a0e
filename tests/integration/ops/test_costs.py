"""Costs add up to the books: to the credit as the ledger, to the micro-dollar as the jobs, by every grouping."""

import csv
import random
from itertools import combinations
from typing import Any

import pytest

from easel.errors import CallerError
from easel.jobs.model import Job
from easel.providers.errors import ProviderRefused, ProviderUnavailable
from ops.watch import costs
from tests.support.operator import DeployedWorld, easel
from tests.support.world import ANN, BOB, World

CREDIT = 10_000


@pytest.fixture
def jobs(quick_world: World) -> tuple[DeployedWorld, list[Job]]:
    """A week's worth of what happens: pictures, several at once, refusals, failures, fallbacks, refunds."""
    chance = random.Random(7)  # noqa: S311 - which of these happen, the same each time
    stage = DeployedWorld(quick_world)
    ended: list[str] = []
    for caller in (ANN, BOB):
        quick_world.give(caller, 5_000)
    for number in range(60):
        quick_world.clock.forward(4_000)
        script: dict[str, Any] = chance.choice([{}, {}, {"openai": ProviderUnavailable}, {"openai": ProviderRefused}])
        for name, failure in script.items():
            quick_world.providers[name].script = [failure("no")] * 2
        asked: dict[str, Any] = {"n": chance.choice([1, 1, 3]), "quality": chance.choice(["low", "medium", "high"])}
        try:
            begun = quick_world.begin(chance.choice([ANN, BOB]), **asked)
        except CallerError:
            continue
        ended.append(quick_world.run(begun.job.id).id)
        quick_world.providers["openai"].script = []
        if number % 10 == 3:
            with stage.functions_answering():
                job = quick_world.job(ended[-1])
                words = ["credits", "refund", job.owner, "--job", job.id, "--key", f"r{number}", "--yes"]
                easel(stage, *words, "--stage", "dev")
    return stage, [quick_world.job(job_id) for job_id in ended]


def test_by_every_grouping_the_sums_are_those_of_ledger_and_calls(
    quick_world: World, jobs: tuple[DeployedWorld, list[Job]]
) -> None:
    _, ended = jobs
    entries = [e for owner in (ANN, BOB) for e in quick_world.ledger.entries(owner.owner, limit=1000).entries]
    settled = sum(entry.moves.get("charged", 0) for entry in entries if entry.kind == "settle")
    back = -sum(entry.moves.get("charged", 0) for entry in entries if entry.kind == "refund")

    assert len({job.status for job in ended}) > 1
    assert settled > 0
    assert back > 0
    for size in (1, 2, 3):
        for by in combinations(costs.BY, size):
            together = costs.total(costs.grouped(ended, by).values())
            assert (together.charged, together.refunded) == (settled, back), by
            assert together.cost_micros == sum(job.cost_micros() for job in ended), by
            assert (together.jobs, together.pictures) == (len(ended), sum(len(job.delivered()) for job in ended)), by


def test_failures_fallbacks_and_what_was_lost_are_counted(jobs: tuple[DeployedWorld, list[Job]]) -> None:
    _, ended = jobs
    together = costs.total(costs.grouped(ended, ["provider"]).values())

    assert together.failed == sum(job.status == "failed" for job in ended) > 0
    assert together.fallbacks == sum(
        bool(job.delivered()) and job.delivered()[0][0].provider != job.route[0].provider for job in ended
    )
    assert together.fallbacks > 0
    assert 0 <= together.lost_micros <= together.cost_micros


def test_the_command_shows_the_same_as_a_table_as_json_as_csv_and_as_a_page(
    jobs: tuple[DeployedWorld, list[Job]], tmp_path: Any
) -> None:
    stage, ended = jobs
    page = tmp_path / "costs.html"
    words = ["costs", "--since", "9999d", "--by", "provider", "--stage", "dev"]

    told = easel(stage, *words, "--json").answer
    lines = list(csv.DictReader(easel(stage, *words, "--csv", "--html", str(page)).out.splitlines()))
    table = easel(stage, *words).out

    assert told["together"]["charged"] == sum(job.charged for job in ended)
    assert [line["group"] for line in lines] == [*(group["group"] for group in told["groups"]), "together"]
    assert int(lines[-1]["charged"]) == told["together"]["charged"]
    assert table.splitlines()[-1].startswith("together\t")
    assert page.read_text().startswith("<!doctype html>")
    assert "http" not in page.read_text()
    assert easel(stage, "costs", "--by", "colour", "--stage", "dev").code == 2


def test_margin_is_what_is_kept_after_providers_and_aws() -> None:
    told = costs.told(costs.Sums(jobs=2, cost_micros=50_000, charged=10, refunded=1, failed=1), CREDIT)

    assert told["income_micros"] == 90_000
    assert told["margin_micros"] == 90_000 - 50_000 - 2 * costs.AWS_MICROS
    assert told["failed_percent"] == 50.0


def test_of_ten_thousand_jobs_with_any_charges_no_credit_is_lost_or_made(jobs: tuple[DeployedWorld, list[Job]]) -> None:
    chance, known = random.Random(11), jobs[1]  # noqa: S311 - the same each time
    many = []
    for number in range(10_000):
        charged = chance.randrange(100)
        amounts = {"charged": charged, "refunded": chance.randrange(charged + 1)}
        many.append(known[number % len(known)].model_copy(update=amounts))

    together = costs.total(costs.grouped(many, ["provider", "model", "quality", "day"]).values())

    assert together.charged == sum(job.charged for job in many)
    assert together.refunded == sum(job.refunded for job in many)
    assert together.cost_micros == sum(job.cost_micros() for job in many)
