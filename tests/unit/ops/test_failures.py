"""What goes wrong is a sentence with a remedy and an exit code, and never a stack trace."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    TokenRetrievalError,
)

from easel.aws.dynamodb import Contended
from ops.cli.failures import Failure, told
from ops.errors import AnotherAccount, CommandRefused, NotDeployed, Refused, WrongUse
from tests.support.operator import easel

MAY_NOT = (
    "User: arn:aws:iam::123456789012:user/olga is not authorized to perform: dynamodb:Scan on resource: "
    "arn:aws:dynamodb:eu-central-1:123456789012:table/keys because no identity-based policy allows it"
)


def aws(code: str, message: str = "no", operation: str = "GetItem") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (
            CommandRefused({"error": {"code": "insufficient_credits", "detail": "6 are needed.", "status": 402}}),
            1,
            "insufficient_credits: 6 are needed.",
        ),
        (
            CommandRefused(
                {"error": {"code": "x", "detail": "Wrong.", "errors": [{"field": "owner", "message": "write it"}]}}
            ),
            1,
            "x: Wrong. (owner: write it)",
        ),
        (CommandRefused({"errorMessage": "Task timed out"}), 1, "the function failed"),
        (NotDeployed("nothing there"), 1, "nothing there"),
        (AnotherAccount("stage 'prod' is in account 1"), 3, "stage 'prod' is in account 1"),
        (Refused("there is no such job"), 1, "there is no such job"),
        (WrongUse("say which stage"), 2, "say which stage"),
        (NoCredentialsError(), 3, "`aws sso login`"),
        (ProfileNotFound(profile="shop"), 3, "`aws configure list-profiles`"),
        (NoRegionError(), 3, "AWS_REGION"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), 3, "sign in again"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), 1, "`make up`"),
        (aws("ExpiredToken"), 3, "these AWS credentials have expired\n  remedy: sign in again"),
        (aws("UnrecognizedClientException"), 3, "AWS does not know these credentials"),
        (
            aws("AccessDeniedException", MAY_NOT, "Scan"),
            3,
            "may not dynamodb:Scan on arn:aws:dynamodb:eu-central-1:123456789012:table/keys",
        ),
        (aws("AccessDenied", "no", "GetItem"), 3, "may not GetItem"),
        (aws("ThrottlingException"), 1, "AWS throttles GetItem"),
        (aws("ValidationException"), 1, "AWS refuses GetItem: ValidationException: no"),
        (Contended("the database did not let this through in time"), 1, "again in a minute"),
    ],
)
def test_a_failure_is_a_sentence(failure: Exception, code: int, said: str) -> None:
    found = told(failure)

    assert found is not None
    assert found.code == code
    assert said in found.text


def failing(error: Exception) -> Any:
    def opened(stage: str) -> Any:
        raise error

    return opened


def test_an_error_nobody_foresaw_is_a_sentence_too() -> None:
    assert told(ZeroDivisionError()) is None

    ran = easel(failing(ZeroDivisionError("by zero")), "audit", "--stage", "dev")

    assert ran.code == 1
    assert ran.err.startswith("easel failed unexpectedly: ZeroDivisionError: by zero\n  remedy: EASEL_DEBUG=1")
    assert "Traceback" not in ran.err


def test_its_stack_trace_is_shown_to_whoever_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_DEBUG", "1")

    assert "Traceback" in easel(failing(ZeroDivisionError()), "audit", "--stage", "dev").err


def test_with_json_a_failure_is_one_document() -> None:
    ran = easel(failing(aws("ExpiredToken")), "audit", "--stage", "dev", "--json")

    assert ran.answer["error"]["exitCode"] == ran.code == 3
    assert ran.answer["error"]["sentence"] in ran.err
    assert easel(failing(Refused("x")), "adit", "--json").answer["error"]["exitCode"] == 2


def test_a_failure_without_a_remedy_is_its_sentence() -> None:
    assert Failure("no").text == "no"
