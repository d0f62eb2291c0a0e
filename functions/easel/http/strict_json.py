"""JSON read strictly, and no more of it than a request can need: what is refused costs no more than what is served."""

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from easel.errors import InvalidJson, InvalidRequest

ENTRIES_MAX = 100  # of one object or list; the longest of ours has 25
VALUES_MAX = 1_000  # in the whole body; the largest of ours has some 150

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises InvalidJson, and InvalidRequest where it holds more than any route reads."""
    try:
        text = raw.decode("utf-8-sig")
        found = json.loads(text, object_pairs_hook=_Objects(), parse_constant=_not_json)
        if SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise InvalidJson("The body is not UTF-8; send UTF-8 encoded JSON.") from error
    except UnicodeEncodeError as error:
        raise InvalidJson("The body has half of a surrogate pair; send whole characters.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(f"The body is not JSON ({error.msg} at {where}); send a JSON object.") from error
    except (ValueError, RecursionError) as error:
        known = error.args[0] if isinstance(error, _Strict) else "it is nested too deeply or has too long a number"
        raise InvalidJson(f"The body cannot be read: {known}.") from error
    if not isinstance(found, dict):
        raise InvalidJson("The body is not a JSON object; send `{…}` with the fields of this route.")
    must_be_small(found)
    return found


def must_be_small(found: object, *, values_max: int = VALUES_MAX) -> None:
    """Refuse what holds more than a request of ours does, looking at no more of it than is allowed.

    Raises InvalidRequest.
    """
    waiting, seen = [found], 0
    while waiting:
        value = waiting.pop()
        inner: Sequence[object] = ()
        if isinstance(value, dict | list):
            seen += len(value)
            _must_be_few("an object" if isinstance(value, dict) else "a list", len(value), seen, values_max)
            inner = list(value.values()) if isinstance(value, dict) else value
        waiting.extend(inner)


class _Strict(ValueError):
    """JSON that Python reads and others would not, or not alike."""


class _Objects:
    """Makes the objects of one body, and stops reading where they are too many."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object of these fields. Raises _Strict and InvalidRequest."""
        self.seen += 1 + len(pairs)
        _must_be_few("an object", len(pairs), self.seen)
        found = dict(pairs)
        if len(found) < len(pairs):
            raise _Strict("a field appears twice")
        return found


def _must_be_few(kind: str, entries: int, values: int, values_max: int = VALUES_MAX) -> None:
    if entries > ENTRIES_MAX:
        raise InvalidRequest(
            f"The body has {kind} of more than {ENTRIES_MAX} entries; no route reads so many, /docs lists its fields."
        )
    if values > values_max:
        raise InvalidRequest(
            f"The body has more than {values_max:,} values in all; no route reads so many, /docs lists its fields."
        )


def _not_json(word: str) -> NoReturn:
    raise _Strict(f"{word} is not a JSON number")
