"""The optional edge, and each of its traps."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from easel.http.headers import EDGE_HEADER, VIEWER_HEADER
from infra import bundling, stages
from infra import edge as edge_module
from infra.api import ROUTES
from infra.edge import EdgeStack
from infra.functions import ANSWER_SECONDS
from infra.stack import EaselStack
from infra.stages import Stage, load
from tests.support.assembly import ROOT
from tests.support.stage_templates import CERTIFICATE, EDGED
from tests.support.templates import Reading, text


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reading, Reading, EdgeStack]:
    scratch = tmp_path_factory.mktemp("edge")
    for name in ("code", *bundling.LAYERS):
        (scratch / name).mkdir()
        (scratch / name / "README").write_text(name)
    app = App(outdir=str(scratch / "out"), context=json.loads((ROOT / "cdk.json").read_text())["context"])
    layers = {name: scratch / name for name in bundling.LAYERS}
    stack = EaselStack(app, stage=EDGED, bundle=bundling.Bundle(code=scratch / "code", layers=layers))
    edge = stack.behind_an_edge(app, EDGED)
    read = [Reading(dict(Template.from_stack(each).to_json())) for each in (stack, edge)]
    return read[0], read[1], edge


@pytest.fixture(scope="module")
def main(stacks: tuple[Reading, Reading, EdgeStack]) -> Reading:
    return stacks[0]


@pytest.fixture(scope="module")
def edge(stacks: tuple[Reading, Reading, EdgeStack]) -> Reading:
    return stacks[1]


def test_it_lives_in_us_east_1_with_its_firewall_and_certificate(
    edge: Reading, stacks: tuple[Reading, Reading, EdgeStack]
) -> None:
    distribution = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]

    assert stacks[2].region == "us-east-1"
    assert edge.only("AWS::WAFv2::WebACL")["Scope"] == "CLOUDFRONT"
    assert "FirewallAcl" in text(distribution["WebACLId"])
    assert distribution["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE


def test_a_waiting_door_is_waited_for(edge: Reading) -> None:
    [origin] = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]

    assert origin["CustomOriginConfig"]["OriginReadTimeout"] == 60
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["OriginPath"] == "/live"


@pytest.mark.parametrize(("door", "seconds"), [(24, 60), (50, 60), (51, 61), (110, 120)])
def test_the_edge_waits_longer_than_any_door(door: int, seconds: int) -> None:
    clocks = EDGED.clocks.model_copy(update={"door": door})

    assert edge_module._read_seconds(EDGED.model_copy(update={"clocks": clocks})) == seconds > door + ANSWER_SECONDS


def test_a_door_that_waits_longer_than_cloudfront_is_refused_when_the_stack_is_made() -> None:
    clocks = EDGED.clocks.model_copy(update={"door": 111})

    with pytest.raises(ValueError, match="at most 110"):
        edge_module._read_seconds(EDGED.model_copy(update={"clocks": clocks}))


def test_nothing_is_cached_and_everything_but_host_is_passed_on(edge: Reading) -> None:
    behavior = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]["DefaultCacheBehavior"]

    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's CachingDisabled
    assert behavior["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # AllViewerExceptHostHeader
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert {"POST", "DELETE"} <= set(behavior["AllowedMethods"])


def test_the_edge_proves_itself_by_a_secret_that_is_in_no_template(edge: Reading, main: Reading) -> None:
    [origin] = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]

    [header] = origin["OriginCustomHeaders"]

    assert header["HeaderName"] == EDGE_HEADER
    assert header["HeaderValue"] == "{{resolve:secretsmanager:easel/prod/edge:SecretString}}"
    secret = main.only("AWS::SecretsManager::Secret", "Edge")
    assert (secret["Name"], secret["ReplicaRegions"]) == ("easel/prod/edge", [{"Region": "us-east-1"}])


def test_the_edge_writes_the_viewers_address_itself_and_drops_what_came(edge: Reading) -> None:
    code = edge.only("AWS::CloudFront::Function")["FunctionCode"]

    assert f"request.headers['{VIEWER_HEADER}'] = {{ value: event.viewer.ip }}" in code
    assert f"delete request.headers['{EDGE_HEADER}']" in code


def test_every_door_checks_it(main: Reading) -> None:
    told = {name for name, found in main.functions.items() if found["Environment"]["Variables"].get("EDGE_SECRET")}

    assert told == set(ROUTES)
    assert main.who_may("secretsmanager:GetSecretValue", "StorageEdge") == set(ROUTES)


def test_what_callers_are_told_is_the_public_address(main: Reading) -> None:
    assert main.functions["start"]["Environment"]["Variables"]["PUBLIC_URL"] == "https://images.example.com"


def test_who_goes_past_the_edge_is_blocked_before_any_function_runs(main: Reading) -> None:
    acl = main.only("AWS::WAFv2::WebACL")  # the firewall stands at the edge, which sees who asks
    (rule,) = acl["Rules"]
    match = rule["Statement"]["ByteMatchStatement"]

    assert "/stages/" in str(main.only("AWS::WAFv2::WebACLAssociation")["ResourceArn"])
    assert acl["DefaultAction"] == {"Block": {}}
    assert rule["Action"] == {"Allow": {}}
    assert match["FieldToMatch"] == {"SingleHeader": {"Name": EDGE_HEADER}}
    assert match["PositionalConstraint"] == "EXACTLY"
    assert "resolve:secretsmanager" in str(match["SearchString"])


def test_without_an_edge_there_is_neither_secret_nor_second_stack(prod: Reading) -> None:
    assert [name for name in prod.of("AWS::SecretsManager::Secret") if "Edge" in name] == []
    assert prod.functions["start"]["Environment"]["Variables"]["EDGE_SECRET"] == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"region": ""}, "needs `account` and `region`"),
        ({"public_url": "https://other.example.com"}, "with an edge it is https://images.example.com"),
        ({"certificate": CERTIFICATE.replace("us-east-1", "eu-central-1")}, "edge.certificate"),
    ],
)
def test_an_edge_that_cannot_be_is_refused_by_name(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    values = {
        "account": "123456789012",
        "region": "eu-central-1",
        "public_url": "https://images.example.com",
        "certificate": CERTIFICATE,
        **changes,
    }
    lines = [f'{name} = "{values[name]}"' for name in ("account", "region", "public_url") if values[name]]
    file = tmp_path / "stages.toml"
    file.write_text(
        "[x]\n" + "\n".join(lines) + '\n[x.providers.openai]\n[x.edge]\ndomain = "images.example.com"\n'
        f'certificate = "{values["certificate"]}"\n'
    )

    with pytest.raises(stages.StageError, match=said):
        load("x", file=file)


def test_a_stage_with_an_edge_is_read_like_any_other(read_stage: Callable[[Stage], Reading]) -> None:
    assert read_stage(EDGED).only("AWS::ApiGateway::RestApi")
