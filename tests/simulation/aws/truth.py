"""What the double claims about AWS, sentence by sentence, each with the page that says so.

A claim is a function that asserts it on whatever services it is given: the double, moto, the emulator. Where moto or
the emulator are known to differ, `deviations` pins it, and a test fails should they ever agree with AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/"
STATES = "https://docs.aws.amazon.com/step-functions/latest/"


@dataclass(frozen=True)
class Services:
    """Clients, and names of this run's own; `pass_time` moves a virtual clock (seconds), None where time is real."""

    dynamodb: Any
    s3: Any
    states: Any
    table: str
    bucket: str
    machine: str
    pass_time: Callable[[float], None] | None = None


@dataclass(frozen=True)
class Claim:
    """A sentence about AWS, where it is written, and how to see it."""

    name: str
    source: str
    see: Callable[[Services], None]
    needs_time: bool = False


CLAIMS: dict[str, Claim] = {}


def claim(
    source: str, *, needs_time: bool = False
) -> Callable[[Callable[[Services], None]], Callable[[Services], None]]:
    """Enter a function into the table, under its own name."""

    def enter(see: Callable[[Services], None]) -> Callable[[Services], None]:
        CLAIMS[see.__name__] = Claim(see.__name__, source, see, needs_time)
        return see

    return enter


def refused(code: str, call: Callable[[], object]) -> Any:
    """The response of a call that must be refused with this code."""
    with pytest.raises(ClientError) as refusal:
        call()
    assert refusal.value.response["Error"]["Code"] == code, refusal.value.response
    return refusal.value.response


def item(pk: str, sk: str = "1", **attributes: Any) -> dict[str, Any]:
    """A row in typed form: integers as N, texts as S."""
    typed = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in attributes.items()}
    return {"pk": {"S": pk}, "sk": {"S": sk}, **typed}


def key(pk: str, sk: str = "1") -> dict[str, Any]:
    """A primary key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}
