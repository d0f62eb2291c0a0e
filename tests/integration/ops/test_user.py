import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops import audit, user
from tests.support.easel_examples import COMMANDS, example
from tests.support.operator import ANN_OF_OPERATIONS, DeployedWorld, easel
from tests.support.world import World

REGION = "eu-central-1"


@pytest.fixture
def cognito() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cognito-idp", REGION, aws_access_key_id="t", aws_secret_access_key="t")


def deployed(client: Any, issuer: str) -> Any:
    issuers = json.dumps([{"name": "main", "issuer": issuer}])
    return SimpleNamespace(setting=lambda function, variable: issuers, client=lambda service: client)


def test_the_first_user_is_made_in_the_stacks_own_pool(cognito: Any) -> None:
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    stage = deployed(cognito, f"https://cognito-idp.{REGION}.amazonaws.com/{pool}")

    owner, password = user.create(stage, "ann@example.com", mailed=False)

    made = cognito.admin_get_user(UserPoolId=pool, Username="ann@example.com")
    facts = {each["Name"]: each["Value"] for each in made["UserAttributes"]}
    assert owner == f"user:main:{facts['sub']}"
    assert facts["email_verified"] == "true"
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert password
    assert len(password) > 12


def test_by_default_the_first_password_is_mailed_and_not_shown(cognito: Any) -> None:
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]

    _, password = user.create(
        deployed(cognito, f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"), "ann@example.com"
    )

    assert password is None


def test_people_of_another_identity_provider_are_made_there(cognito: Any) -> None:
    with pytest.raises(user.NoPool, match="where its issuers keep them"):
        user.create(deployed(cognito, "https://shop.eu.auth0.com/"), "ann@example.com")


class WithAPool(DeployedWorld):
    """A world whose people are in a pool of its own."""

    pool = ""

    def setting(self, function: str, variable: str) -> str:
        issuer = {"name": "main", "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool}"}
        return json.dumps([issuer]) if variable == "ISSUERS" else super().setting(function, variable)


def test_the_command_makes_a_person_once_asked_and_writes_down_who_did(world: World) -> None:
    client = boto3.client("cognito-idp", REGION, aws_access_key_id="t", aws_secret_access_key="t")
    stage: Any = WithAPool(world, clients={"cognito-idp": client})
    stage.pool = client.create_user_pool(PoolName="p")["UserPool"]["Id"]
    words = example(COMMANDS["users create"]).split()[1:]

    dry = easel(stage, *words, "--dry-run")
    made = easel(stage, *words, "--json")
    again = easel(stage, *words)

    assert dry.out.startswith("would make a person who signs in as you@example.com")
    assert made.answer["owner"].startswith("user:main:")
    assert (again.code, "Traceback" in again.err) == (1, False)
    created = [act for act in audit.acts(stage) if act.act == "user created"]
    assert [(act.what, act.by) for act in created] == [(made.answer["owner"], ANN_OF_OPERATIONS)]
    assert "you@example.com" not in str(created)
