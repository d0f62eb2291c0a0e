"""The firewall: AWS's rules, a rate per address, and pictures' prompts let through."""

from collections.abc import Callable
from typing import Any

from infra.api import ROUTES
from infra.firewall import IMAGE_ROUTES
from infra.stages import Stage, load
from tests.support.templates import Reading

SITE_KEY = "0x4AAAAAAAtestsitekey012"
COUNTED = {
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "SizeRestrictions_BODY",
}
# No body, what routes there are, addresses of servers.
WITHOUT_PROMPT = ("/api/account/data/keep", "/v1/{proxy+}", "/api/webhooks")


def rules(reading: Reading) -> dict[str, Any]:
    return {rule["Name"]: rule for rule in reading.only("AWS::WAFv2::WebACL")["Rules"]}


def test_the_gateways_stage_stands_behind_it(prod: Reading) -> None:
    association = prod.only("AWS::WAFv2::WebACLAssociation")

    assert prod.only("AWS::WAFv2::WebACL")["Scope"] == "REGIONAL"
    assert "/stages/" in str(association["ResourceArn"])


def test_aws_managed_rules_block_and_an_address_has_a_rate(prod: Reading) -> None:
    found = rules(prod)
    managed = {rule["Statement"].get("ManagedRuleGroupStatement", {}).get("Name"): rule for rule in found.values()}

    assert set(managed) >= {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    }
    assert all(rule["OverrideAction"] == {"None": {}} for name, rule in managed.items() if name)
    rate = found["Rate"]["Statement"]["RateBasedStatement"]
    assert (rate["AggregateKeyType"], rate["Limit"]) == ("IP", load("prod").gateway.requests_per_address)


def test_rules_on_bodies_count_and_block_only_off_the_image_routes(prod: Reading) -> None:
    common = rules(prod)["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    elsewhere = rules(prod)["BodiesElsewhere"]
    labelled, off = elsewhere["Statement"]["AndStatement"]["Statements"]

    assert {rule["Name"] for rule in common["RuleActionOverrides"]} == COUNTED | {"NoUserAgent_HEADER"}
    assert all(rule["ActionToUse"] == {"Count": {}} for rule in common["RuleActionOverrides"])
    labels = {one["LabelMatchStatement"]["Key"] for one in labelled["OrStatement"]["Statements"]}
    assert labels == {f"awswaf:managed:aws:core-rule-set:{name.removesuffix('_BODY')}_Body" for name in COUNTED}
    routes = off["NotStatement"]["Statement"]["OrStatement"]["Statements"]
    assert {one["ByteMatchStatement"]["SearchString"] for one in routes} == set(IMAGE_ROUTES)
    assert elsewhere["Action"] == {"Block": {}}
    assert elsewhere["Priority"] > rules(prod)["AWSManagedRulesCommonRuleSet"]["Priority"]


def test_every_route_that_takes_a_prompt_is_an_image_route() -> None:
    routes = [route.split(" ") for name in ("generate", "start", "openai") for route in ROUTES[name]]
    prompting = [path for method, path in routes if method == "POST" and not path.startswith(WITHOUT_PROMPT)]

    assert all(any(found in path for found in IMAGE_ROUTES) for path in prompting)


def test_what_the_emulator_cannot_make_is_left_out_there(local: Reading) -> None:
    assert local.of("AWS::WAFv2::WebACL") == {}
    assert local.of("AWS::ApiGateway::Account") == {}


def test_samples_of_requests_are_not_kept(prod: Reading) -> None:
    acl = prod.only("AWS::WAFv2::WebACL")

    seen = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]

    assert not any(one["SampledRequestsEnabled"] for one in seen)


def test_challenges_are_set_up_only_where_the_operator_says_so(
    prod: Reading, read_stage: Callable[[Stage], Reading]
) -> None:
    stage = load("prod")
    opened = stage.policy.model_copy(update={"anonymous": True})
    asked = read_stage(stage.model_copy(update={"turnstile": SITE_KEY, "policy": opened}))

    assert prod.functions["generate"]["Environment"]["Variables"]["TURNSTILE_SECRET"] == ""
    assert prod.functions["meta"]["Environment"]["Variables"]["TURNSTILE_SITE_KEY"] == ""
    assert asked.who_may("secretsmanager:GetSecretValue", "StorageTurnstile") == {"generate"}
    assert asked.functions["meta"]["Environment"]["Variables"]["TURNSTILE_SITE_KEY"] == SITE_KEY


def test_where_no_stranger_may_come_the_page_has_no_challenge() -> None:
    stage = load("prod")

    assert not stage.policy.anonymous
    assert stage.model_copy(update={"turnstile": SITE_KEY}).challenge == ""
