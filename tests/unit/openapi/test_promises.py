"""What every door's test relies on: an answer that the document does not promise fails its test, and says why."""

import json

import pytest
from api import status

from tests.support.promises import BrokenPromise, Given, must_be_promised

SENT = {"content-type": "application/json", "x-request-id": "r", "cache-control": "no-store"}
BALANCE = {"available": 94, "held": 0, "grants": [], "buyUrl": "https://shop.example"}


def answered(body: object, given: int = 200) -> None:
    must_be_promised(status, "GET", "/api/credits", Given(given, SENT, json.dumps(body)))


def test_an_answer_that_keeps_to_the_document_passes() -> None:
    answered(BALANCE)


def test_a_field_of_another_kind_is_named_with_its_place() -> None:
    with pytest.raises(BrokenPromise, match=r"getBalance answered 200 .* at available: .*many"):
        answered({**BALANCE, "available": "many"})


def test_a_field_that_is_missing_is_named() -> None:
    with pytest.raises(BrokenPromise, match=r"at the top: .*available"):
        answered({})


def test_a_status_that_is_not_promised_names_the_table() -> None:
    with pytest.raises(BrokenPromise, match="add it to the `answers` of getBalance"):
        answered(BALANCE, given=418)
