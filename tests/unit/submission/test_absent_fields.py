"""What may be written in more than one way: null, whole numbers."""

import pytest

from easel.credits.requests import GrantRequest
from easel.http import bodies
from easel.schemas import body_hash
from easel.submission.request import QuickRequest
from tests.support.request_bodies import a_job, data_url, refusal
from tests.support.requests import a_quick_request


def test_null_is_absent_in_every_field() -> None:
    nulls = {field.alias: None for name, field in QuickRequest.model_fields.items() if name != "prompt"}

    ask = a_quick_request({"prompt": "a lamp", **nulls})

    assert ask == a_quick_request({"prompt": "a lamp"})
    assert body_hash(ask) == body_hash(a_quick_request({"prompt": "a lamp"}))


def test_null_is_absent_within_fields_and_in_movements_too() -> None:
    ask = a_job(references=[{"data": data_url(), "url": None, "uploadId": None}], metadata={"a": "b", "c": None})

    assert len(ask.references) == 1
    assert ask.metadata == {"a": "b"}
    assert bodies.check(GrantRequest, {"amount": 5, "kind": None, "priority": None, "expiresAt": None}).kind == "paid"


def test_null_for_what_is_required_or_unknown_is_refused_by_name() -> None:
    assert refusal({"prompt": None}).errors[0] == ("prompt", "is required")
    assert refusal({"prompt": "a", "model": None}).errors[0][0] == "model"


@pytest.mark.parametrize("field", ["n", "outputCompression", "previews"])
def test_a_whole_number_may_be_written_with_a_point(field: str) -> None:
    with_point, plain = a_job(**{field: 2.0}), a_job(**{field: 2})

    assert with_point == plain
    assert body_hash(with_point) == body_hash(plain)
    for wrong in (1.5, "2", True, float("inf"), float("nan")):
        assert refusal({"prompt": "a", field: wrong}).errors[0][0] == field
