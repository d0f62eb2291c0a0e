"""A stage is found where the stage file says, and nowhere else; where it is not, those that are there are named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import stages
from local import places
from ops import deployed
from ops.deployed import Deployed, deployed_stage
from ops.errors import AnotherAccount, NotDeployed

REGION = "eu-central-1"


@pytest.fixture
def ssm() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ssm", REGION)


def test_a_stage_that_is_not_there_is_said_with_those_that_are(ssm: Any) -> None:
    for name in ("prod", "shop"):
        ssm.put_parameter(Name=f"/easel/{name}/functions/start", Value="arn", Type="String")

    with pytest.raises(NotDeployed, match=r"is stage 'dev' deployed .* \(deployed there: prod, shop\.\)"):
        _ = Deployed("dev", lambda service: ssm).functions

    assert Deployed("prod", lambda service: ssm).functions == {"start": "arn"}


def test_where_there_is_none_at_all_that_is_said(ssm: Any) -> None:
    with pytest.raises(NotDeployed, match="no stage of Easel is deployed there"):
        _ = Deployed("dev", lambda service: ssm).functions


def test_another_account_than_the_stage_files_is_refused(ssm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = stages.load("prod").model_copy(update={"account": "999999999999", "region": REGION})
    monkeypatch.setattr(stages, "load", lambda name: told)

    with pytest.raises(AnotherAccount, match=r"is in account 999999999999, as infra/stages.toml says, .* lead to 1234"):
        deployed_stage("prod")


def test_a_stage_of_this_machine_never_leads_to_the_account_that_the_shell_is_signed_in_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployed, "Places", lambda name: places.Places(name, under=tmp_path))

    with pytest.raises(NotDeployed, match="was never started here: `make up`"):
        deployed_stage("local")

    places.Places("local", under=tmp_path).file("ports.json").write_text('{"emulator": 4599}')
    assert deployed_stage("local").client("ssm").meta.endpoint_url == "http://127.0.0.1:4599"
    monkeypatch.setenv("EASEL_CERTIFICATE", str(tmp_path / "server.crt"))
    assert deployed_stage("local").client("ssm").meta.endpoint_url == "https://127.0.0.1:4599"


def test_the_region_of_the_environment_counts_where_the_stage_file_names_none(
    ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert deployed_stage("prod").client("ssm").meta.region_name == "eu-west-1"
