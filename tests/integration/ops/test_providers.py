"""Breakers turned by hand: nobody is asked, or everybody again, and it is written down who did it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from easel.catalog.plan import Step
from easel.clock import MINUTE, SystemClock
from easel.providers.availability_store import Signals
from ops import audit
from ops.errors import Refused
from ops.jobs import export
from ops.watch import providers, what_if
from tests.support.operator import ANN_OF_OPERATIONS, DeployedWorld, FakeLambda, FakeLogs, easel
from tests.support.world import World

WITH_A_TIME = "providers open openai --model gpt-image-2 --for 10m --stage dev --yes"
DOUBLED = "prices --margin 100 --model gpt-image-2 --since 9999d --stage dev --json"


def step(model: str) -> Any:
    return Step(
        provider="openai",
        model=model,
        upstream=model,
        credits_per_image=6,
        worst_micros_per_image=60_000,
        width=1024,
        height=1024,
    )


def signals(world: World) -> Signals:
    return Signals(world.database, "limits", world.offers, SystemClock())


def test_an_opened_breaker_bars_the_provider_for_that_long_and_no_longer(quick_world: World) -> None:
    stage = DeployedWorld(quick_world)

    ran = easel(
        stage, *["providers", "open", "openai", "--model", "gpt-image-2", "--for", "10m", "--stage", "dev", "--yes"]
    )

    row, now = signals(quick_world).read(step("gpt-image-2")), SystemClock().now()
    assert ran.code == 0, ran.err
    assert 9 * MINUTE < row.barred_until(now) - now <= 10 * MINUTE
    assert row.half_open(now + 10 * MINUTE)
    assert not signals(quick_world).read(step("gpt-image-1.5")).barred_until(now)


def test_a_closed_breaker_lets_it_be_asked_at_once_and_its_pace_is_kept(quick_world: World) -> None:
    stage = DeployedWorld(quick_world)
    before = signals(quick_world).read(step("gpt-image-2"))
    far = SystemClock().now() + 60 * MINUTE
    busy = before.model_copy(update={"version": 1, "arrival": 7, "busy_until": far, "open_until": far, "failures": 2})
    assert signals(quick_world).save(before, busy)

    assert easel(stage, *["providers", "close", "openai", "--stage", "dev", "--yes"]).code == 0

    row = signals(quick_world).read(step("gpt-image-2"))
    assert (row.barred_until(SystemClock().now()), row.failures, row.arrival, row.version) == (0, 0, 7, 2)
    closed = [act for act in audit.acts(stage) if act.act == "breaker closed"]  # type: ignore[arg-type]
    assert [(act.what, act.by) for act in closed] == [("openai", ANN_OF_OPERATIONS)]
    assert "gpt-image-2" in closed[0].facts["models"].split()


def test_a_function_that_writes_meanwhile_loses_nothing(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, real = DeployedWorld(quick_world), providers._read
    raced: list[int] = []

    def read_and_be_overtaken(deployed: Any, named: providers.Named) -> Any:
        row = real(deployed, named)
        if not raced:
            raced.append(1)
            assert signals(quick_world).save(row, row.model_copy(update={"version": 1, "arrival": 99}))
        return row

    monkeypatch.setattr(providers, "_read", read_and_be_overtaken)
    assert easel(stage, *["providers", "open", "openai", "--model", "gpt-image-2", "--stage", "dev", "--yes"]).code == 0

    row = signals(quick_world).read(step("gpt-image-2"))
    assert (row.arrival, row.version, row.failures) == (99, 2, 2)
    acts = [act for act in audit.acts(stage) if act.act == "breaker opened"]  # type: ignore[arg-type]
    assert len(acts) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("open opnai", "opnai is no provider of this stage; there is openai"),
        ("open openai --model flux", "openai does not serve flux; it serves"),
        ("open openai --for 2d", "--for: the most is 1d"),
        ("open openai --for soon", "'soon' is no time span: write it as 90s, 15m, 1h or 7d"),
    ],
)
def test_what_cannot_be_meant_is_named_and_nothing_is_changed(quick_world: World, words: str, said: str) -> None:
    stage = DeployedWorld(quick_world)
    before = audit.acts(stage)  # type: ignore[arg-type]

    ran = easel(stage, "providers", *words.split(), "--stage", "dev", "--yes")

    assert ran.code == 2
    assert said in ran.err
    assert audit.acts(stage) == before  # type: ignore[arg-type]


def test_a_higher_margin_earns_more_and_says_which_quotes_change(quick_world: World) -> None:
    stage = DeployedWorld(quick_world)
    quick_world.give()
    quick_world.run(quick_world.begin().job.id)

    ran = easel(
        stage, *["prices", "--margin", "100", "--model", "gpt-image-2", "--since", "9999d", "--stage", "dev", "--json"]
    )

    earned = ran.answer["earned"]
    assert earned["images"] == 1
    assert earned["incomeMicrosThen"] > earned["costMicros"] > 0
    assert all(quote["creditsThen"] >= quote["credits"] for quote in ran.answer["quotes"])
    assert any(quote["changes"] for quote in ran.answer["quotes"])
    same = what_if.Terms(0, 10_000)
    assert not any(each["changes"] for each in what_if.quotes(quick_world.offers, same, same, None))


def test_an_export_that_was_broken_off_goes_on_and_has_each_line_once(
    quick_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage: Any = DeployedWorld(quick_world)
    quick_world.give()
    job = quick_world.run(quick_world.begin().job.id)
    whole, broken = tmp_path / "whole.jsonl.gz", tmp_path / "broken.jsonl.gz"
    export.run(stage, whole, since=0)
    real, pages = export._page, []

    def dies_in_its_second_page(*words: Any) -> Any:
        pages.append(1)
        if len(pages) == 2:
            words[2].write(b"half a page")
            raise KeyboardInterrupt
        return real(*words)

    monkeypatch.setattr(export, "_page", dies_in_its_second_page)
    with pytest.raises(KeyboardInterrupt):
        export.run(stage, broken, since=0)
    monkeypatch.setattr(export, "_page", real)
    export.run(stage, broken, since=0)

    lines = [json.loads(line) for line in gzip.decompress(broken.read_bytes()).splitlines()]
    assert lines == [json.loads(line) for line in gzip.decompress(whole.read_bytes()).splitlines()]
    assert {line["type"] for line in lines} == {"job", "call", "entry"}
    assert [line["jobId"] for line in lines if line["type"] == "job"] == [job.id]
    assert "lamp" not in json.dumps(lines)
    with pytest.raises(Refused, match="is there already, and whole"):
        export.run(stage, broken, since=0)


def test_log_lines_are_those_of_the_functions_without_the_platforms_own(quick_world: World) -> None:
    said = {"logs-of-start": [(2000, '{"level":"ERROR","jobId":"j1"}'), (1000, "START x"), (1500, "hello")]}
    stage = DeployedWorld(quick_world, clients={"logs": FakeLogs(said), "lambda": FakeLambda()})

    def lines(*words: str) -> Any:
        return easel(stage, "logs", *words, "--stage", "dev", "--json").answer

    assert [line["said"] for line in lines()] == ["hello", {"level": "ERROR", "jobId": "j1"}]
    assert [line["said"] for line in lines("--errors")] == [{"level": "ERROR", "jobId": "j1"}]
    assert [line["function"] for line in lines("--job", "j1")] == ["start"]
    assert (
        "--function: strat is none; there is reconcile, start, status"
        in lines("--function", "strat")["error"]["sentence"]
    )
