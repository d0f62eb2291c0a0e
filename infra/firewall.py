"""The web application firewall: AWS's managed rules and a rate per address, in front of the gateway or of the edge.

The rules that look into bodies hit honest prompts ("<script>" in a poster's text, a data URL of 60 KB), so on image
routes they only count; everywhere else a rule of our own blocks what they have labelled.
"""

from aws_cdk import SecretValue
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from easel.http.headers import EDGE_HEADER

IMAGE_ROUTES = ("/api/generate-images", "/api/ai-image", "/api/aiimage/", "/v1/images/")
BODY_RULES = ("SizeRestrictions", "CrossSiteScripting", "GenericLFI", "GenericRFI", "EC2MetaDataSSRF")
MANAGED = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
COMMON = "AWSManagedRulesCommonRuleSet"
NO_USER_AGENT = "NoUserAgent_HEADER"  # many servers' HTTP clients send none, and they are whom the API is for
LABEL = "awswaf:managed:aws:core-rule-set:{}_Body"
WINDOW_SECONDS = 300

Statement = wafv2.CfnWebACL.StatementProperty


class Firewall(Construct):
    """One web ACL; `where` is REGIONAL for a gateway, CLOUDFRONT for an edge."""

    def __init__(self, scope: Construct, *, where: str, requests_per_window: int) -> None:
        super().__init__(scope, "Firewall")
        rules = [
            _rule("Rate", _rate(requests_per_window), action=_block()),
            *(_rule(name, _managed(name)) for name in MANAGED),
            _rule(COMMON, _managed(COMMON, counted=(*(f"{name}_BODY" for name in BODY_RULES), NO_USER_AGENT))),
            _rule("BodiesElsewhere", _and(_labelled(), _not(_on_image_routes())), action=_block()),
        ]
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope=where,
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow=wafv2.CfnWebACL.AllowActionProperty()),
            visibility_config=_seen("Firewall"),
            rules=[_numbered(rule, number) for number, rule in enumerate(rules)],
        )

    def guard(self, stage_arn: str) -> None:
        """Stand in front of a gateway's stage."""
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage_arn, web_acl_arn=self.acl.attr_arn)


class EdgeOnly(Construct):
    """One web ACL for a gateway behind an edge: who does not bring the edge's secret wakes no function."""

    def __init__(self, scope: Construct, *, secret: SecretValue) -> None:
        super().__init__(scope, "EdgeOnly")
        allow = wafv2.CfnWebACL.AllowActionProperty()
        passes = wafv2.CfnWebACL.RuleActionProperty(allow=allow)
        # CloudFormation puts the secret in; whoever may read web ACLs or distributions sees it, as they see the edge's.
        rule = _rule("FromTheEdge", _brings(EDGE_HEADER, secret.unsafe_unwrap()), action=passes)
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(block=wafv2.CfnWebACL.BlockActionProperty()),
            visibility_config=_seen("EdgeOnly"),
            rules=[_numbered(rule, 0)],
        )

    def guard(self, stage_arn: str) -> None:
        """Stand in front of a gateway's stage."""
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage_arn, web_acl_arn=self.acl.attr_arn)


def _rule(
    name: str, statement: Statement, *, action: wafv2.CfnWebACL.RuleActionProperty | None = None
) -> dict[str, object]:
    how: dict[str, object] = {"action": action} if action else {"override_action": _as_it_says()}
    return {"name": name, "statement": statement, "visibility_config": _seen(name), **how}


def _numbered(rule: dict[str, object], priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(priority=priority, **rule)  # type: ignore[arg-type]


def _rate(limit: int) -> Statement:
    return Statement(
        rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
            aggregate_key_type="IP", limit=limit, evaluation_window_sec=WINDOW_SECONDS
        )
    )


def _managed(name: str, counted: tuple[str, ...] = ()) -> Statement:
    count = wafv2.CfnWebACL.RuleActionProperty(count={})
    overrides = [wafv2.CfnWebACL.RuleActionOverrideProperty(name=rule, action_to_use=count) for rule in counted]
    return Statement(
        managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
            vendor_name="AWS", name=name, rule_action_overrides=overrides or None
        )
    )


def _labelled() -> Statement:
    labels = [
        Statement(
            label_match_statement=wafv2.CfnWebACL.LabelMatchStatementProperty(scope="LABEL", key=LABEL.format(rule))
        )
        for rule in BODY_RULES
    ]
    return _or(*labels)


def _on_image_routes() -> Statement:
    plain = wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
    path = wafv2.CfnWebACL.FieldToMatchProperty(uri_path={})
    found = [
        Statement(
            byte_match_statement=wafv2.CfnWebACL.ByteMatchStatementProperty(
                field_to_match=path,
                positional_constraint="CONTAINS",  # before it comes the gateway's stage, or nothing
                search_string=route,
                text_transformations=[plain],
            )
        )
        for route in IMAGE_ROUTES
    ]
    return _or(*found)


def _brings(header: str, value: str) -> Statement:
    return Statement(
        byte_match_statement=wafv2.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(single_header={"Name": header}),
            positional_constraint="EXACTLY",
            search_string=value,
            text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
        )
    )


def _and(*statements: Statement) -> Statement:
    return Statement(and_statement=wafv2.CfnWebACL.AndStatementProperty(statements=list(statements)))


def _or(*statements: Statement) -> Statement:
    return Statement(or_statement=wafv2.CfnWebACL.OrStatementProperty(statements=list(statements)))


def _not(statement: Statement) -> Statement:
    return Statement(not_statement=wafv2.CfnWebACL.NotStatementProperty(statement=statement))


def _block() -> wafv2.CfnWebACL.RuleActionProperty:
    return wafv2.CfnWebACL.RuleActionProperty(block=wafv2.CfnWebACL.BlockActionProperty())


def _as_it_says() -> wafv2.CfnWebACL.OverrideActionProperty:
    return wafv2.CfnWebACL.OverrideActionProperty(none={})


def _seen(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=name,
        sampled_requests_enabled=False,  # samples show addresses and queries to whoever may open the console
    )
