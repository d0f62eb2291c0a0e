"""The optional edge: CloudFront with its firewall, in us-east-1, where both of them and the certificate must live.

It caches nothing, passes everything a viewer sent except Host, and proves itself to the doors by a secret header;
they refuse whoever comes past it. The viewer's address is written by the edge itself, over whatever came.
"""

from aws_cdk import CfnOutput, Duration, Environment, Stack, Tags
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from easel.http.headers import EDGE_HEADER, VIEWER_HEADER
from infra import nag_suppressions
from infra.firewall import Firewall
from infra.functions import ANSWER_SECONDS
from infra.stages import Stage

REGION = "us-east-1"
READ_SECONDS = 60  # the default of 30 would cut a waiting door short
READ_SECONDS_MAX = 120  # CloudFront's own bound
ROUND_TRIP_SECONDS = 5
NAME_THE_VIEWER = f"""
function handler(event) {{
  var request = event.request;
  request.headers['{VIEWER_HEADER}'] = {{ value: event.viewer.ip }};
  delete request.headers['{EDGE_HEADER}'];
  return request;
}}
"""


class EdgeStack(Stack):
    """The public address of a stage; made after its main stack, which owns the secret."""

    def __init__(self, scope: Construct, *, stage: Stage, domain_of_api: str, path_of_api: str, secret: str) -> None:
        edge = stage.edge
        if edge is None:
            raise ValueError(f"stage {stage.name} has no edge")
        super().__init__(
            scope,
            f"easel-{stage.name}-edge",
            description=f"Easel: public address ({stage.name})",
            env=Environment(account=stage.account, region=REGION),
            cross_region_references=True,
            termination_protection=stage.retention.protect,
        )
        Tags.of(self).add("easel:stage", stage.name)
        firewall = Firewall(self, where="CLOUDFRONT", requests_per_window=stage.gateway.requests_per_address)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Easel ({stage.name})",
            domain_names=[edge.domain],
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", edge.certificate),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=firewall.acl.attr_arn,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin(
                    domain_of_api,
                    origin_path=path_of_api,
                    protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                    read_timeout=Duration.seconds(_read_seconds(stage)),
                    custom_headers={EDGE_HEADER: f"{{{{resolve:secretsmanager:{secret}:SecretString}}}}"},
                ),
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                compress=False,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        function=cloudfront.Function(
                            self,
                            "NameTheViewer",
                            code=cloudfront.FunctionCode.from_inline(NAME_THE_VIEWER),
                            runtime=cloudfront.FunctionRuntime.JS_2_0,
                        ),
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                    )
                ],
            ),
        )
        nag_suppressions.keep(self, nag_suppressions.AT_THE_EDGE)
        CfnOutput(self, "Domain", value=edge.domain)
        CfnOutput(self, "PointYourDomainTo", value=self.distribution.distribution_domain_name)


def _read_seconds(stage: Stage) -> int:
    """How long the edge waits for a door: longer than the door does. Raises ValueError."""
    wanted = stage.clocks.door + ANSWER_SECONDS + ROUND_TRIP_SECONDS
    if wanted > READ_SECONDS_MAX:
        most = READ_SECONDS_MAX - ANSWER_SECONDS - ROUND_TRIP_SECONDS
        raise ValueError(
            f"stage {stage.name}: clocks.door is {stage.clocks.door}; behind an edge at most {most}, since CloudFront"
            f" waits {READ_SECONDS_MAX} seconds and no longer"
        )
    return max(READ_SECONDS, wanted)
