"""What keeps an operator's command from being done; each message says what to do instead."""

import json
from typing import Any


class Refused(Exception):
    """What was asked for cannot be done as things stand."""


class WrongUse(Exception):
    """The command line is not one that can be meant."""


class NotDeployed(Exception):
    """No stage of that name where these AWS credentials lead."""


class AnotherAccount(NotDeployed):
    """These AWS credentials lead to another account than the stage file says."""


class CommandRefused(Exception):
    """A command that Easel answered with an error; carries the answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__(json.dumps(answer))
        self.answer = answer


class OutputClosed(Exception):
    """Whoever read the answer stopped before its end."""

    def __init__(self) -> None:
        super().__init__("whoever read the output stopped before its end: not all of it was printed")
