"""The part of a proof that needs a deployed stack: the one of `make test`, or EASEL_URL's."""

import json
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.stack.client import Answer
from tests.stack.stack import Stack

THREADS = 16
CREDITS = 30


def a_stack() -> Stack:
    """The stack that the environment names, as the stack tests find it."""
    from tests.stack.conftest import _anywhere, _on_this_machine

    if "EASEL_LOCAL_STACK" in os.environ:
        return _on_this_machine(json.loads(Path(os.environ["EASEL_LOCAL_STACK"]).read_text()))
    return _anywhere(os.environ["EASEL_URL"], os.environ["EASEL_STAGE"], float(os.environ["EASEL_LIMIT"]))


def sixteen_threads() -> tuple[dict[str, Any], list[str]]:
    """The same request from sixteen threads at once: one job, one hold, one first answer."""
    stack = a_stack()
    try:
        return _raced(stack)
    finally:
        stack.close()


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
