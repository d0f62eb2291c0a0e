"""cdk-nag's AwsSolutions and Serverless packs over prod: nothing open, and what is acknowledged has its reason."""

from pathlib import Path

import pytest

from infra import findings, stages
from tests.infra.assembly import findings as found

ACKNOWLEDGED_MAX = 12
RULES = set(findings.KEPT)


def test_nothing_is_open_in_prod(tmp_path: Path) -> None:
    assert found(tmp_path, stages.load("prod")) == set()


def test_the_packs_do_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "KEPT", {})

    rules = {rule.partition("[")[0] for rule in found(tmp_path, stages.load("prod"))}

    assert rules == RULES


def test_few_rules_are_acknowledged_and_each_says_why() -> None:
    assert len(findings.KEPT) <= ACKNOWLEDGED_MAX
    assert all(reason.endswith(".") and len(reason) > 60 for reason in findings.KEPT.values())
