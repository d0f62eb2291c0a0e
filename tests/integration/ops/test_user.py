import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops import user

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
