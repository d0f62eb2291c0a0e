"""How long a model mostly takes, where that is known: told to callers, and a mistake in the catalog is named."""

from typing import Any

import pytest
from pydantic import ValidationError

from easel.catalog import planning
from easel.catalog.model import Family
from easel.catalog.views import models_view
from easel.policy import Policy
from tests.support.plans import BOTH, NOW


def shown() -> dict[str, Any]:
    view = models_view(planning.load(), providers=BOTH, policy=Policy(), now=NOW)
    return {model["id"]: model["typicalTimes"] for model in view["models"]}


def test_a_model_tells_how_long_it_takes_where_that_is_known() -> None:
    assert shown()["gpt-image-2"] == [{"quality": "high", "seconds": 130}]


def test_a_model_of_which_nobody_knows_says_nothing() -> None:
    assert shown()["gpt-image-1-mini"] == []


def test_a_time_for_a_quality_that_a_model_has_not_is_named() -> None:
    family = planning.load().families["gpt-image-2"].model_dump()

    with pytest.raises(ValidationError, match="seconds are for \\['max'\\]"):
        Family.model_validate({**family, "typical_seconds": {"max": 200}})
