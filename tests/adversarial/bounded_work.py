"""However much a body holds, little is done to read it: counted in calls, without a door around it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from api import meta
from pydantic import BaseModel

from easel.errors import CallerError
from easel.http import bodies
from tests.support.report import Figures, sabotaged
from tests.support.work import HEAVY, calls

CALLS_MAX = 10_000  # ten for each value that a body may have


def work(figures: Figures, heavy: Mapping[str, bytes] = HEAVY) -> None:
    """Every heavy body as every model."""
    for model in meta.BODIES:
        for name, body in heavy.items():
            figures.runs += 1
            figures.reached["bodies whose work was counted"] += 1
            done = calls(partial(_read, model, body))
            if done > CALLS_MAX:
                figures.blame(["more work than any request is worth"], f"{model.__name__}, {name}: {done} calls")


def _read(model: type[BaseModel], body: bytes) -> None:
    """As a door reads it; with SABOTAGE, as doors did before there were bounds."""
    with suppress(CallerError):
        if sabotaged():
            bodies.check(model, json.loads(body))
        else:
            bodies.parse(model, body)
