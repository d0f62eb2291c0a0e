"""What an idle stage costs, reckoned from its template, and what the README says of it."""

import re
from collections.abc import Callable

from infra import idle_price
from infra.stages import Stage, load
from tests.support.assembly import ROOT
from tests.support.templates import Reading


def test_the_readme_quotes_what_an_idle_stage_costs(prod: Reading) -> None:
    quoted = re.search(r"An idle stage costs about \$(\d+) a month", (ROOT / "README.md").read_text())
    total = sum(line.dollars for line in idle_price.lines([prod.template]))

    assert quoted
    assert int(quoted[1]) == round(total)


def test_every_snapshot_rule_alarm_and_secret_of_the_template_is_counted(prod: Reading) -> None:
    found = " / ".join(line.what for line in idle_price.lines([prod.template]))

    snapped = [each for each in prod.functions.values() if "SnapStart" in each]
    assert f"of {len(snapped)} functions" in found
    assert f"{len(prod.only('AWS::WAFv2::WebACL')['Rules'])} rules" in found
    assert f"{len(prod.of('AWS::SecretsManager::Secret'))} secrets" in found


def test_what_a_stage_adds_costs_more(prod: Reading, read_stage: Callable[[Stage], Reading]) -> None:
    more = read_stage(load("prod").model_copy(update={"moderation": {"openai": True}}))

    def dollars(reading: Reading) -> float:
        return sum(line.dollars for line in idle_price.lines([reading.template]))

    assert round(dollars(more) - dollars(prod), 2) == idle_price.SECRET
