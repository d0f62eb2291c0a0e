"""What a stand-in was told to do next, and what it was asked so far."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Act = Literal[
    "success",
    "slow",  # the answer, after `seconds`
    "later",  # taken on at once, done after `seconds`, where the wire has a queue
    "drip",  # the answer, a few bytes at a time, over `seconds`
    "short",  # `count` images, however many were asked for
    "empty",  # 200 without images
    "corrupt",  # bytes that are no image
    "garbage",  # 200 with a body that is not JSON
    "large",  # a picture of about 20 MB
    "huge",  # a picture of about 60 MB
    "busy",  # 429, Retry-After
    "slow_down",  # 429 of the other kind
    "quota",  # 429 that no waiting helps against
    "error",  # 500 of the API
    "overloaded",  # 503 of the API, Retry-After
    "edge",  # 502 of something in front of it, in HTML
    "hang",  # no answer until the caller gives up, or `seconds` have passed
    "late",  # the same, but the images are made
    "reset",  # the request is taken, then the connection is cut
    "refuse",  # moderation, as an error where the wire has one
    "refuse_200",  # moderation, as an answer that is HTTP 200
    "midstream",  # an error in the middle of a stream
    "midstream_refuse",  # moderation in the middle of a stream
    "torn",  # a stream that ends without its image
    "expired",  # a result whose address is gone
    "elsewhere",  # a result whose address is not public
    "bad_key",
    "unverified",
    "no_model",
    "flag",  # moderation: every category scores high
    "unmoderated",  # moderation: 500
]


class Turn(BaseModel):
    """One line of a script: what to do, how often, and for which prompts."""

    model_config = ConfigDict(extra="forbid")

    do: Act
    times: int | None = Field(1, ge=1)  # None: from now on
    when: str | None = None  # only for prompts with these words in them
    seconds: float = Field(600, gt=0)
    retry_after: int = Field(2, ge=0)
    count: int = Field(0, ge=0)


SCRIPT: TypeAdapter[list[Turn]] = TypeAdapter(list[Turn])
ACTS: Sequence[str] = get_args(Act)
OF_MODERATION = ("flag", "unmoderated")


@dataclass
class Stage:
    """The script and the record of one stand-in; safe to use from many threads."""

    name: str
    turns: list[Turn] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, turns: Sequence[Turn]) -> None:
        """Add to the script; the first line that fits a prompt is taken."""
        with self._lock:
            self.turns.extend(turns)

    def next(self, prompt: str, *, moderation: bool = False) -> Turn:
        """What to do for this prompt, used up if it was to be done so many times."""
        with self._lock:
            for turn in self.turns:
                if moderation != (turn.do in OF_MODERATION):
                    continue
                if turn.when is None or turn.when.lower() in prompt.lower():
                    self._use(turn)
                    return turn
        return Turn(do="success")

    def record(self, call: dict[str, Any]) -> None:
        """Remember a call."""
        with self._lock:
            self.calls.append(call)

    def called(self) -> list[dict[str, Any]]:
        """The calls so far, first one first."""
        with self._lock:
            return [dict(call) for call in self.calls]

    def reset(self) -> None:
        """Forget script and calls."""
        with self._lock:
            self.turns.clear()
            self.calls.clear()

    def _use(self, turn: Turn) -> None:
        if turn.times is None:
            return
        turn.times -= 1
        if not turn.times:
            self.turns = [other for other in self.turns if other is not turn]
