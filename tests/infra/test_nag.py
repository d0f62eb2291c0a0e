"""cdk-nag's AwsSolutions and Serverless packs over prod: nothing open, and what is acknowledged has its reason.

Rules are counted as the packs count them, one finding in two packs twice. Nine are acknowledged for prod; two more
for the optional edge, which has a stack of its own.
"""

from pathlib import Path

import pytest

from infra import nag_suppressions, stages
from infra.stages import Stage
from tests.support.assembly import findings as found
from tests.support.stage_templates import EDGED

ACKNOWLEDGED_MAX = 9
AT_THE_EDGE_MAX = 2
PROD = stages.load("prod")
SEVERAL = PROD.model_copy(update={"turnstile": True, "moderation": {"openai": True}, "alarm_email": "a@b.example"})


@pytest.mark.parametrize("stage", [PROD, EDGED, SEVERAL], ids=("prod", "edge", "several"))
def test_nothing_is_open(tmp_path: Path, stage: Stage) -> None:
    assert found(tmp_path, stage) == set()


def test_the_packs_do_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, at_the_edge = set(nag_suppressions.KEPT), set(nag_suppressions.AT_THE_EDGE)
    monkeypatch.setattr(nag_suppressions, "KEPT", {})
    monkeypatch.setattr(nag_suppressions, "AT_THE_EDGE", {})

    rules = {rule.partition("[")[0] for rule in found(tmp_path, EDGED)}

    assert rules == kept | at_the_edge


def test_few_rules_are_acknowledged_and_each_says_why() -> None:
    assert len(nag_suppressions.KEPT) <= ACKNOWLEDGED_MAX
    assert len(nag_suppressions.AT_THE_EDGE) <= AT_THE_EDGE_MAX
    reasons = (*nag_suppressions.KEPT.values(), *nag_suppressions.AT_THE_EDGE.values())
    assert all(reason.endswith(".") and len(reason) > 60 for reason in reasons)
