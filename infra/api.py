"""The gateway: which route calls which door, and who is asked for credentials."""

import json
from functools import cached_property
from typing import Any, cast

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from easel.http import problems
from easel.http.headers import guards
from infra import cors, retention
from infra.functions import ANSWER_SECONDS, Functions
from infra.gateway_responses import ANSWERS
from infra.stages import Stage

STAGE = "live"
LOGGED = {
    "requestId": "requestId",
    "at": "requestTimeEpoch",
    "method": "httpMethod",
    "route": "resourcePath",
    "status": "status",
    "milliseconds": "responseLatency",
    "bytes": "responseLength",
    "integration": "integration.status",
    "authorizer": "authorizer.status",
    "error": "error.responseType",
    "waf": "waf.status",
}
WRITES_LOGS = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"  # API Gateway refuses a role that may do less
ROUTES: dict[str, tuple[str, ...]] = {
    "generate": ("POST /api/generate-images",),
    "start": (
        "POST /api/aiimage/start",
        "POST /api/ai-image",
        "POST /api/aiimage/quote",
        "POST /api/aiimage/jobs/{jobId}/cancel",
        "DELETE /api/aiimage/jobs/{jobId}",
        "PATCH /api/aiimage/jobs/{jobId}",
        "POST /api/aiimage/jobs/{jobId}/shares",
        "GET /api/aiimage/jobs/{jobId}/shares",
        "DELETE /api/aiimage/jobs/{jobId}/shares/{shareId}",
        "DELETE /api/account/data",
        "GET /api/account/data",
        "POST /api/account/data/keep",
        "POST /api/aiimage/uploads",
        "POST /api/webhooks",
        "GET /api/webhooks",
        "GET /api/webhooks/{webhookId}",
        "PATCH /api/webhooks/{webhookId}",
        "DELETE /api/webhooks/{webhookId}",
        "POST /api/webhooks/{webhookId}/rotate",
        "POST /api/webhooks/{webhookId}/test",
        "GET /api/webhooks/{webhookId}/deliveries",
        "POST /api/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver",
    ),
    "status": (
        "GET /api/aiimage/status",
        "GET /api/aiimage/status/{jobId}",
        "GET /api/aiimage/jobs",
        "GET /api/aiimage/shared",
        "GET /api/aiimage/jobs/{jobId}/images/{i}",
        "GET /api/aiimage/jobs/{jobId}/images/{i}/thumbnail",
        "GET /api/credits",
        "GET /api/credits/entries",
    ),
    "credits": ("POST /api/credits/grants", "POST /api/credits/adjustments", "POST /api/credits/refunds"),
    "session": ("GET /api/session", "POST /api/session", "DELETE /api/session"),
    "openai": (
        "POST /v1/images/generations",
        "POST /v1/images/edits",
        "GET /v1/images/jobs/{jobId}",
        "GET /v1/models",
        "GET /v1/models/{id}",
        "GET /v1/{proxy+}",  # which says what there is
        "POST /v1/{proxy+}",
    ),
    "meta": (
        "GET /",
        "GET /web/{proxy+}",
        "GET /api/models",
        "GET /api/features",
        "GET /openapi.json",
        "GET /docs",
        "GET /healthz",
    ),
}
OPEN_TO_ANYONE = ("meta",)


class Api(Construct):
    """The regional REST API. It is made before the functions, which are told its id."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "Api")
        self._origins, self._emulated = stage.cors_origins, stage.emulated
        self._plain_http = (stage.public_url or "").startswith("http://")
        self._timeout = Duration.seconds(stage.clocks.door + ANSWER_SECONDS)
        self.requests = None if stage.emulated else self._request_log(stage)
        self.rest = apigateway.RestApi(
            self,
            "Rest",
            rest_api_name=f"easel-{stage.name}",  # metrics know a gateway by its name alone
            description=f"Easel ({stage.name})",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            binary_media_types=["*/*"],  # bodies pass through as bytes, whatever their type
            cloud_watch_role=False,  # one per account and region: not ours to set
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                throttling_rate_limit=stage.gateway.requests_per_second,
                throttling_burst_limit=stage.gateway.burst,
                tracing_enabled=not stage.emulated,
                **(self._logging(stage, self.requests) if self.requests else {}),
            ),
        )
        self.id = self.rest.rest_api_id
        # Spelled out: `rest.url` would wait for the deployment, which waits for the functions.
        self.gateway_url = f"https://{self.id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{STAGE}"
        self.public_url = stage.public_url or self.gateway_url
        self._answer_alone()
        if not stage.emulated:
            self._may_write_logs()

    def _request_log(self, stage: Stage) -> logs.LogGroup:
        kept = retention.removal(stage)
        group = logs.LogGroup(self, "Requests", removal_policy=kept)
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = stage.retention.log_days
        return group

    def _logging(self, stage: Stage, group: logs.LogGroup) -> dict[str, Any]:
        """A line for each request, without anybody's address, and without queries: those may hold a job's token."""
        shown = {"stage": stage.name, **{name: f"$context.{of}" for name, of in LOGGED.items()}}
        return {
            "access_log_destination": apigateway.LogGroupLogDestination(group),
            "access_log_format": apigateway.AccessLogFormat.custom(json.dumps(shown)),
        }

    def _may_write_logs(self) -> None:
        """API Gateway writes logs by one role per account and region, and refuses a stage that logs without it."""
        role = iam.Role(
            self,
            "Writer",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            # AWS's own policy, not one of this stack: the role outlives the stack, and its rights must as well.
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(WRITES_LOGS)],
        )
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        role.apply_removal_policy(RemovalPolicy.RETAIN)  # other gateways of the account write by it from now on
        account.apply_removal_policy(RemovalPolicy.RETAIN)
        account.node.add_dependency(role)
        self.rest.deployment_stage.node.add_dependency(account)

    def route(self, functions: Functions) -> None:
        """Lead each route to its door, past the authorizer except where anyone may look."""
        authorizer = apigateway.RequestAuthorizer(
            self,
            "Authorizer",
            handler=functions.alias["authorize"],
            identity_sources=[],  # a token, a key or nothing at all: the authorizer sees every request
            results_cache_ttl=Duration.seconds(0),
        )
        for name, routes in ROUTES.items():
            integration = apigateway.LambdaIntegration(
                functions.alias[name],
                timeout=self._timeout,
                scope_permission_to_method=False,
            )
            for route in routes:
                method, path = route.split(" ")
                guard = None if name in OPEN_TO_ANYONE else authorizer
                self.rest.root.resource_for_path(path).add_method(
                    method, integration, authorizer=guard, **self._needing(path)
                )
            for path in sorted({route.split(" ")[1] for route in routes}):  # HEAD, and 405 for what is left
                guard = None if name in OPEN_TO_ANYONE else authorizer
                self.rest.root.resource_for_path(path).add_method(
                    "ANY", integration, authorizer=guard, **self._needing(path)
                )
        self._answer_preflights()

    def _needing(self, path: str) -> dict[str, Any]:
        """A method's own parameters, without which the gateway asks no door. Bodies are the doors' to judge."""
        if self._emulated or "{" not in path:
            return {}
        names = [part.strip("{}").rstrip("+") for part in path.split("/") if part.startswith("{")]
        return {
            "request_parameters": {f"method.request.path.{name}": True for name in names},
            "request_validator": self._validator,
        }

    @cached_property
    def _validator(self) -> apigateway.RequestValidator:
        return self.rest.add_request_validator("Whole", validate_request_parameters=True, validate_request_body=True)

    def _answer_alone(self) -> None:
        for kind, error in ANSWERS.items():
            problem = problems.answer(error, "$context.requestId")
            fixed = {"Content-Type": problems.MEDIA_TYPE, **problems.headers(error)}
            self.rest.add_gateway_response(
                kind.title().replace("_", ""),
                type=apigateway.ResponseType.of(kind),
                status_code=str(problem["status"]),
                response_headers={
                    "X-Request-Id": "context.requestId",
                    **{name: f"'{value}'" for name, value in fixed.items()},
                    **{name: f"'{value}'" for name, value in guards(plain_http=self._plain_http).items()},
                    **cors.of_errors(self._origins),
                },
                templates={
                    "application/json": json.dumps(problem)
                },  # the one that a gateway uses, whatever is accepted
            )

    def _answer_preflights(self) -> None:
        if not self._origins:
            return
        paths = {route.split(" ")[1] for routes in ROUTES.values() for route in routes}
        for path in sorted(paths):
            self.rest.root.resource_for_path(path).add_method(
                "OPTIONS",
                cors.preflight(self._origins, plain_http=self._plain_http),
                authorization_type=apigateway.AuthorizationType.NONE,
                method_responses=[cors.preflight_headers(plain_http=self._plain_http)],
            )
