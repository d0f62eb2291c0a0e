"""Each adapter with the wire it speaks: how it is set up against a stand-in, what a call costs there, what it lacks."""

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from easel.providers import registry
from easel.providers.protocol import Provider, QueueProvider
from easel.settings import ProviderSettings
from local.standins.server import Server

TOKENS_OUT = 956  # of one 1024x640 at medium, by the published formula
ONE_IMAGE = "it makes one image a call, and fewer than one is none"
NO_MASK = "the model takes no mask"
OTHER_MASKS = "its masks are said to be white where ours are transparent, so a job with one is not sent there"
NO_MARKUP = "the model takes no markup"
NO_STREAM = "its API shows no partial images"
NO_REFUSAL_200 = "what it refuses is an error, never HTTP 200"
NO_REFUSAL = "what it refuses is HTTP 200, never an error"
NO_KEY = "it is paid by the AWS account and has no key of its own; a signature that is refused is scenario bad_key"


@dataclass(frozen=True)
class Setup:
    """One adapter; `cost` is its provider's arithmetic for a call: prompt bytes, references, images."""

    name: str
    model: str
    path: str
    cost: Callable[[int, int, int], int]
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_call: int = 10
    size: tuple[int, int] = (1024, 640)
    references: int = 2
    markup_model: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict)

    def build(self, root: str, *, key: str | None = "a-key") -> Provider | QueueProvider:
        """The adapter against a stand-in at that address."""
        settings = ProviderSettings(base_url=f"{root}{self.path}", **self.settings)
        return registry.build(self.name, settings, key)


def by_tokens(prompt: int, references: int, images: int) -> int:
    """OpenAI's: text $5, images in $8, images out $30 for a million tokens; a reference is 1,229 tokens."""
    return -(-prompt // 4) * 5 + references * 1_229 * 8 + images * TOKENS_OUT * 30


def by_gemini(prompt: int, references: int, images: int) -> int:
    """Google's at 1K: 1,120 tokens at $30 for a million, $1.50 for what goes in."""
    return math.ceil((-(-prompt // 4) + references * 560) * 1.5 + images * 1_120 * 30)


SETUPS = (
    Setup(
        name="openai",
        model="gpt-image-2",
        path="/v1",
        cost=by_tokens,
        markup_model="gpt-image-2.5-sunburst",
        lacks={"refusal_as_200": NO_REFUSAL_200},
    ),
    Setup(
        name="azure_openai",
        model="my-deployment",
        path="",
        cost=by_tokens,
        lacks={"refusal_as_200": NO_REFUSAL_200, "markup": NO_MARKUP},
    ),
    Setup(
        name="openai_compatible",
        model="sketch",
        path="/v1",
        cost=lambda prompt, references, images: 40_000 * images,
        size=(1024, 1024),
        lacks={
            "refusal_as_200": NO_REFUSAL_200,
            "markup": NO_MARKUP,
            "previews": NO_STREAM,
            "midstream_error": NO_STREAM,
            "midstream_refusal": NO_STREAM,
            "torn_stream": NO_STREAM,
            "no_key": "servers of one's own often ask for none",
        },
    ),
    Setup(
        name="bedrock",
        model="stability.sd3-5-large-v1:0",
        path="",
        cost=lambda prompt, references, images: 80_000 * images,
        settings={"region": "us-west-2"},
        per_call=1,
        size=(1024, 1024),
        references=1,
        lacks={
            "refusal": NO_REFUSAL,
            "edit_two_references": "Stability's models take one reference; scenario edit_one_reference",
            "mask": NO_MASK,
            "markup": NO_MARKUP,
            "short": ONE_IMAGE,
            "previews": NO_STREAM,
            "midstream_error": NO_STREAM,
            "midstream_refusal": NO_STREAM,
            "torn_stream": NO_STREAM,
            "no_key": NO_KEY,
        },
    ),
    Setup(
        name="gemini",
        model="gemini-nano-banana-2.1",
        path="",
        cost=by_gemini,
        per_call=1,
        size=(1024, 1024),
        lacks={
            "refusal": NO_REFUSAL,
            "mask": NO_MASK,
            "markup": NO_MARKUP,
            "short": ONE_IMAGE,
            "previews": NO_STREAM,
            "midstream_error": NO_STREAM,
            "midstream_refusal": NO_STREAM,
            "torn_stream": NO_STREAM,
        },
    ),
    Setup(
        name="fal",
        model="openai/gpt-image-2",
        path="/fal",
        cost=by_tokens,
        settings={"loopback": True},
        per_call=4,
        lacks={
            "mask": OTHER_MASKS,
            "markup": NO_MARKUP,
            "previews": NO_STREAM,
            "midstream_error": NO_STREAM,
            "midstream_refusal": NO_STREAM,
            "torn_stream": NO_STREAM,
        },
    ),
)


@contextmanager
def a_server() -> Iterator[Server]:
    """A stand-in in a thread of its own, and identities for AWS that are nobody's."""
    os.environ.update({"AWS_ACCESS_KEY_ID": "stand-in", "AWS_SECRET_ACCESS_KEY": "stand-in", "AWS_REGION": "us-west-2"})
    server = Server(0, name="first")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
