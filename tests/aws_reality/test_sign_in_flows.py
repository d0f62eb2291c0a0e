"""Which flows Cognito opens for a client: where none is named, SRP, to whoever knows the client's id."""

from collections.abc import Callable

from infra.stages import Stage, load
from tests.support.templates import Reading

COGNITOS_OWN = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]  # if none is named


def test_passwords_are_taken_by_the_sign_in_pages_alone(read_stage: Callable[[Stage], Reading]) -> None:
    client = read_stage(load("prod")).only("AWS::Cognito::UserPoolClient")

    assert client.get("ExplicitAuthFlows", COGNITOS_OWN) == ["ALLOW_REFRESH_TOKEN_AUTH"]
