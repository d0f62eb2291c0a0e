"""A first deployment that fails and is tried again: what it left must neither be in the way nor hold up its removal."""

from collections.abc import Callable

from infra.stages import Stage, load
from tests.support.stage_templates import EDGED
from tests.support.templates import Reading

GUARDED = ("AWS::DynamoDB::Table", "AWS::Cognito::UserPool")  # CloudFormation may not delete what protects itself


def test_what_has_a_fixed_name_goes_with_a_deployment_that_failed(read_stage: Callable[[Stage], Reading]) -> None:
    secret = next(
        found for found in read_stage(EDGED).of("AWS::SecretsManager::Secret").values() if "Name" in found["Properties"]
    )

    assert secret["DeletionPolicy"] == "RetainExceptOnCreate"


def test_nothing_that_protects_itself_is_to_be_deleted_while_rolling_back(
    read_stage: Callable[[Stage], Reading],
) -> None:
    resources = read_stage(load("prod")).template["Resources"].values()

    guarded = [found for found in resources if found["Type"] in GUARDED]
    others = [found for found in resources if found["Type"] == "AWS::Logs::LogGroup"]
    assert {found["DeletionPolicy"] for found in guarded} == {"Retain"}
    assert {found["DeletionPolicy"] for found in others} == {"RetainExceptOnCreate"}
