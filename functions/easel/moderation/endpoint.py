"""OpenAI's moderation endpoint, asked by a plain POST within a bound, so that a door need not load a library for it."""

import json
from collections.abc import Callable

from easel.aws.secrets import secrets
from easel.errors import Busy
from easel.outbound.http import Unreachable, request

SECONDS = 1.8  # with what surrounds it a door's check stays below two
ANSWER_BYTES_MAX = 200_000

Scores = dict[str, float]
Scorer = Callable[[str], Scores]


def request_scores(text: str, *, base_url: str, model: str, key: str, seconds: float = SECONDS) -> Scores:
    """A text's score for each category. Raises Unreachable when there is no answer in time."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = json.dumps({"model": model, "input": text}).encode()
    url = f"{base_url}/moderations"
    answer = request("POST", url, seconds=seconds, bytes_max=ANSWER_BYTES_MAX, body=body, headers=headers)
    if answer.status != 200:
        raise Unreachable("the moderation endpoint gave no answer")
    try:
        found = json.loads(answer.content)["results"][0]["category_scores"]
        return {str(name): float(score) for name, score in found.items() if score is not None}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreachable("the moderation endpoint gave no scores") from error


def key_of_moderation(name: str) -> str:
    """The moderation endpoint's key. Raises Unreachable where it cannot be read."""
    try:
        return secrets().text(name)
    except Busy as error:
        raise Unreachable("its key could not be read") from error
