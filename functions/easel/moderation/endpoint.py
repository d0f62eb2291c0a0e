"""OpenAI's moderation endpoint, asked by a plain POST within a bound, so that a door need not load a library for it."""

import http.client
import json
import queue
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from easel.aws.secrets import secrets
from easel.errors import Busy

SECONDS = 1.8  # with what surrounds it a door's check stays below two
ANSWER_BYTES_MAX = 200_000

Scores = dict[str, float]
Ask = Callable[[str], Scores]


class Unreachable(Exception):
    """Nobody knows what the endpoint would have said; the text repeats nothing of what was asked."""


def asked(text: str, *, base_url: str, model: str, key: str, seconds: float = SECONDS) -> Scores:
    """A text's score for each category. Raises Unreachable when there is no answer in time."""
    answer: queue.SimpleQueue[Scores | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(_posted({"model": model, "input": text}, base_url, key, seconds))
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            answer.put(None)

    threading.Thread(target=ask, daemon=True).start()  # sockets bound each read, not the whole
    try:
        scores = answer.get(timeout=seconds)
    except queue.Empty:
        scores = None
    if scores is None:
        raise Unreachable("the moderation endpoint gave no answer")
    return scores


def _posted(body: dict[str, Any], base_url: str, key: str, seconds: float) -> Scores:
    parts = urlsplit(base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("POST", f"{parts.path}/moderations", json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        content = answer.read(ANSWER_BYTES_MAX)
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError("not an answer")
    found = json.loads(content)["results"][0]["category_scores"]
    return {str(name): float(score) for name, score in found.items() if score is not None}


def key_of_moderation(name: str) -> str:
    """The moderation endpoint's key; without it the endpoint is as good as out of reach."""
    try:
        return secrets().text(name)
    except Busy as error:
        raise Unreachable("its key could not be read") from error
