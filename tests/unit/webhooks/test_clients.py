"""How other functions ask `deliver` and `post`: in passing without ever failing, and for answers with a bound."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from easel.aws.event_bus import EventBus
from easel.errors import Busy
from easel.webhooks.deliver_client import DeliverClient
from easel.webhooks.post_client import NOT_SENT, PostClient
from easel.webhooks.sending import Answered
from tests.support.fakes import NOON

THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "s3cret"}}, "Invoke")
LATE = ReadTimeoutError(endpoint_url="https://lambda")


class Lambda:
    """What is asked of it, and its answer or its error."""

    def __init__(self, said: object = None, *, error: Exception | None = None, broken: bool = False) -> None:
        self.said, self.error, self.broken, self.asked = said, error, broken, list[dict[str, Any]]()

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.error:
            raise self.error
        failed = {"FunctionError": "Unhandled"} if self.broken else {}
        return {"Payload": io.BytesIO(json.dumps(self.said).encode()), **failed}


def deliver(fake: Any) -> DeliverClient:
    return DeliverClient(fake, fake, "arn:deliver")


def test_a_job_and_a_delivery_are_asked_for_without_waiting() -> None:
    fake = Lambda()

    deliver(fake).job("job1")
    deliver(fake).one("user:local:ann", "e1", "d1")

    assert [each["InvocationType"] for each in fake.asked] == ["Event", "Event"]
    assert [json.loads(each["Payload"]) for each in fake.asked] == [
        {"jobId": "job1"},
        {"delivery": {"owner": "user:local:ann", "endpoint": "e1", "id": "d1"}},
    ]


@pytest.mark.parametrize("error", [THROTTLED, LATE])
def test_whoever_cannot_ask_goes_on_for_the_schedule_does_it(error: Exception) -> None:
    deliver(Lambda(error=error)).job("job1")


def test_a_secret_is_asked_for() -> None:
    assert deliver(Lambda({"secret": "whsec_x"})).secret("o", "e", 2) == "whsec_x"


@pytest.mark.parametrize(
    "fake", [Lambda(error=THROTTLED), Lambda(error=LATE), Lambda({"errorMessage": "Busy"}, broken=True), Lambda([])]
)
def test_a_secret_that_cannot_be_had_is_told_as_busy_without_a_word_of_it(fake: Any) -> None:
    with pytest.raises(Busy) as caught:
        deliver(fake).secret("o", "e", 2)
    assert caught.value.__cause__ is None


def test_an_answer_of_the_posting_function_is_read() -> None:
    said = {"status": 429, "answer": "slow down", "retryAfter": "7", "milliseconds": 12}
    fake: Any = Lambda(said)

    answered = PostClient(fake, "arn:post")("https://a.example/", {"webhook-id": "m"}, b"{}")

    assert answered == Answered(12, 429, "", "slow down", "7")
    assert json.loads(fake.asked[0]["Payload"]) == {
        "url": "https://a.example/",
        "headers": {"webhook-id": "m"},
        "body": "{}",
    }


@pytest.mark.parametrize(
    "fake", [Lambda(error=THROTTLED), Lambda(error=LATE), Lambda({"errorMessage": "x"}, broken=True), Lambda("?")]
)
def test_where_the_posting_function_fails_nothing_was_heard(fake: Any) -> None:
    assert PostClient(fake, "arn:post")("https://a.example/", {}, b"{}") == NOT_SENT


class Bus:
    """EventBridge."""

    def __init__(self, failed: int = 0, error: Exception | None = None) -> None:
        self.failed, self.error, self.entries = failed, error, list[dict[str, Any]]()

    def put_events(self, *, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        if self.error:
            raise self.error
        self.entries += Entries
        return {"FailedEntryCount": self.failed}


def test_an_event_is_put_on_the_bus_as_what_it_is() -> None:
    bus = Bus()

    assert EventBus(bus, "easel-prod").put("job.failed", b'{"a":1}', NOON)

    [entry] = bus.entries
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == ("easel-prod", "easel", "job.failed")
    assert entry["Detail"] == '{"a":1}'
    assert entry["Time"].isoformat() == "2026-10-28T12:00:00+00:00"


@pytest.mark.parametrize("bus", [Bus(failed=1), Bus(error=THROTTLED), Bus(error=LATE)])
def test_what_the_bus_did_not_take_is_said(bus: Bus) -> None:
    assert not EventBus(bus, "easel-prod").put("job.failed", b"{}", NOON)
