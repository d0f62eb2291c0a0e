"""OpenAI's moderation endpoint through the official SDK: texts and images, one at a time."""

import base64
from typing import Any

import openai

from easel.moderation.endpoint import Scores
from easel.outbound.http import Unreachable

SECONDS = 5.0


def scores(thing: str | tuple[bytes, str], *, base_url: str, model: str, key: str) -> Scores:
    """The score of each category. Raises Unreachable when there is no answer."""
    client = openai.OpenAI(api_key=key, base_url=base_url, timeout=SECONDS, max_retries=0)
    try:
        answer = client.moderations.create(model=model, input=_input(thing))
    except openai.OpenAIError as error:
        raise Unreachable("the moderation endpoint gave no answer") from error
    found = answer.results[0].category_scores.model_dump(by_alias=True)
    return {name: float(score) for name, score in found.items() if score is not None}


def _input(thing: str | tuple[bytes, str]) -> Any:
    if isinstance(thing, str):
        return thing
    content, mime_type = thing
    data = base64.b64encode(content).decode("ascii")
    return [{"type": "image_url", "image_url": {"url": f"data:{mime_type};base64,{data}"}}]
