from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.adversarial import isolation, owner_histories, shared_jobs
from tests.support.report import Figures


def test_every_route_by_every_caller_holds() -> None:
    figures = Figures()

    isolation.matrix(figures)
    isolation.strangers(figures)

    assert not figures.violations


def test_a_share_shows_pictures_to_whoever_has_it_and_nothing_else_to_anybody() -> None:
    figures = Figures()

    shared_jobs.shares(figures)

    assert not figures.violations
    assert not [met for met in shared_jobs.MET if not figures.reached[met]]


def test_a_few_histories_are_the_same_without_the_other() -> None:
    with ProcessPoolExecutor(1) as pool:  # it keeps moto for itself
        found = list(pool.map(owner_histories.one, range(3)))

    assert [wrong for wrong, _ in found] == [[], [], []]


def test_the_proof_finds_a_seeded_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")
    figures = Figures()

    isolation.matrix(figures)

    assert figures.violations
