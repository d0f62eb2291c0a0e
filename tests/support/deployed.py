"""The part of a proof that needs a deployed stack: the one of `make test`, EASEL_URL's, or one of its own."""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.places import Places
from local.stacktests import take_down
from local.up import Stack as Running
from local.up import up
from tests.stack import conftest
from tests.stack.client import Answer
from tests.stack.stack import Stack

THREADS = 16
CREDITS = 30


@contextmanager
def on_this_machine() -> Iterator[Running]:
    """A local stage that is deployed for the proof alone, and taken down whatever happens."""
    places = Places("test")
    take_down(places)
    try:
        yield up(places, keeps=False)
    finally:
        take_down(places)


@contextmanager
def a_stack() -> Iterator[Stack]:
    """The stack that the environment names, as the stack tests find it; else one of its own."""
    if "EASEL_LOCAL_STACK" in os.environ:
        stack = conftest._on_this_machine(json.loads(Path(os.environ["EASEL_LOCAL_STACK"]).read_text()))
        yield from _closed(stack)
    elif "EASEL_URL" in os.environ:
        given = os.environ["EASEL_URL"], os.environ["EASEL_STAGE"], float(os.environ["EASEL_LIMIT"])
        yield from _closed(conftest._anywhere(*given))
    else:
        with on_this_machine() as running:
            described = {"stage": running.places.stage, "url": running.url, "ports": running.ports}
            yield from _closed(conftest._on_this_machine(described))


def _closed(stack: Stack) -> Iterator[Stack]:
    try:
        yield stack
    finally:
        stack.close()


def sixteen_threads() -> tuple[dict[str, Any], list[str]]:
    """The same request from sixteen threads at once: one job, one hold, one first answer."""
    with a_stack() as stack:
        return _raced(stack)


def _raced(stack: Stack) -> tuple[dict[str, Any], list[str]]:
    ann, key = stack.someone(CREDITS), secrets.token_hex(8)
    before = len(ann.entries())
    ask: Callable[[int], Answer] = lambda _: ann.starting(key=key)  # noqa: E731
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(THREADS)))
    busy = [answer for answer in answers if answer.status == 503]
    told = [answer.expect(202) for answer in answers if answer not in busy]
    jobs = {job["jobId"] for job in told}
    first = [answer for answer in answers if answer.status == 202 and "idempotency-replayed" not in answer.headers]
    holds = [entry for entry in ann.entries()[: len(ann.entries()) - before] if entry["kind"] == "hold"]
    wrong = []
    if len(jobs) != 1 or len(holds) != 1 or len(first) != 1:
        wrong.append(f"{len(jobs)} jobs, {len(holds)} holds, {len(first)} first answers")
    ann.wait(told[0])
    return {"threads": THREADS, "jobs": len(jobs), "holds": len(holds), "busy": len(busy)}, wrong
