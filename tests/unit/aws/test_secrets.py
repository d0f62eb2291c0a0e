from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from easel.aws import clients, snapstart
from easel.aws.secrets import Secrets
from easel.errors import Busy


@dataclass
class Vault:
    """Secrets Manager with a script."""

    secrets: Secrets
    stub: Stubber

    def answers(self, text: str) -> None:
        self.stub.add_response("get_secret_value", {"SecretString": text}, {"SecretId": "signing"})

    def fails(self) -> None:
        self.stub.add_client_error("get_secret_value", "InternalServiceError")


@pytest.fixture
def vault() -> Any:
    client: Any = boto3.client("secretsmanager", "eu-central-1", aws_access_key_id="t", aws_secret_access_key="t")
    with Stubber(client) as stub:
        yield Vault(Secrets(client), stub)


def test_a_secret_is_read_once_while_it_is_fresh(vault: Vault) -> None:
    vault.answers("hush")

    assert [vault.secrets.text("signing") for _ in range(3)] == ["hush"] * 3
    vault.stub.assert_no_pending_responses()


def test_a_secret_may_hold_fields(vault: Vault) -> None:
    vault.answers('{"openai": "sk-1"}')

    assert vault.secrets.fields("signing") == {"openai": "sk-1"}


def test_a_secret_out_of_reach_is_worth_another_try(vault: Vault) -> None:
    vault.fails()

    with pytest.raises(Busy, match="nothing was done"):
        vault.secrets.text("signing")


def test_the_last_value_outlives_an_outage(vault: Vault) -> None:
    vault.answers("hush")
    vault.secrets.text("signing")
    vault.secrets._provider.store.clear()
    vault.fails()

    assert vault.secrets.text("signing") == "hush"


def test_a_restored_copy_forgets_clients_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clients.secretsmanager()
    assert clients.secretsmanager() is before

    snapstart.restored()

    assert clients.secretsmanager() is not before


def test_every_client_has_time_limits_and_one_try() -> None:
    for client in (clients.dynamodb(), clients.stepfunctions(), clients.secretsmanager()):
        config: Any = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (2, 5)
        assert config.retries["total_max_attempts"] == 1
