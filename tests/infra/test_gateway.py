"""The gateway: routes, credentials, CORS, and the answers that it makes itself."""

import json
from collections.abc import Callable
from importlib import import_module

import pytest

from easel.http import bodies, middleware, problems
from infra import cors, gateway_responses
from infra.api import OPEN_TO_ANYONE, ROUTES
from infra.stages import Stage, load
from tests.support.templates import Reading, text


@pytest.mark.parametrize("name", ROUTES)
def test_the_gateway_leads_each_door_exactly_the_routes_that_it_answers(name: str) -> None:
    app = import_module(f"api.{name}").app

    answered = {f"{method} {_gateways(route.path)}" for route in app.routes for method in route.methods - {"HEAD"}}

    assert answered == set(ROUTES[name])


def _gateways(path: str) -> str:
    return path.replace(":int}", "}").replace("{path:path}", "{proxy+}")


def test_every_route_is_past_the_authorizer_except_what_anyone_may_see(prod: Reading) -> None:
    unguarded = {route for route, method in prod.methods.items() if method["AuthorizationType"] == "NONE"}

    assert unguarded == {route for name in OPEN_TO_ANYONE for route in (*ROUTES[name], *_any_of(name))}
    assert {method["AuthorizationType"] for method in prod.methods.values()} == {"NONE", "CUSTOM"}


def test_every_other_method_of_a_path_leads_to_its_door_too(prod: Reading) -> None:
    others = {route for route in prod.methods if route.startswith("ANY ")}

    assert others == {route for name in ROUTES for route in _any_of(name)}
    for name in ROUTES:
        for route in _any_of(name):
            told = prod.methods[route]["Integration"]["Uri"]
            same = {path: method for path, method in prod.methods.items() if path.split(" ")[1] == route.split(" ")[1]}
            assert {text(each["Integration"]["Uri"]) for each in same.values()} == {text(told)}


def _any_of(name: str) -> set[str]:
    return {f"ANY {route.split(' ')[1]}" for route in ROUTES[name]}


def test_the_authorizer_sees_every_request_and_nothing_is_remembered(prod: Reading) -> None:
    authorizer = prod.only("AWS::ApiGateway::Authorizer")

    assert authorizer["Type"] == "REQUEST"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert not authorizer.get("IdentitySource")


def test_a_door_may_answer_as_long_as_its_function_runs(prod: Reading) -> None:
    waits = {method["Integration"]["TimeoutInMillis"] for method in prod.methods.values()}

    assert waits == {29_000}


def test_bodies_pass_as_bytes_through_a_regional_gateway(prod: Reading) -> None:
    rest = prod.only("AWS::ApiGateway::RestApi")

    assert rest["BinaryMediaTypes"] == ["*/*"]
    assert rest["EndpointConfiguration"]["Types"] == ["REGIONAL"]


def test_every_error_of_the_gateway_is_one_of_our_problems(prod: Reading) -> None:
    responses = [found["Properties"] for found in prod.of("AWS::ApiGateway::GatewayResponse").values()]

    assert {found["ResponseType"] for found in responses} == set(gateway_responses.ANSWERS)
    for found in responses:
        problem = json.loads(found["ResponseTemplates"]["application/json"])
        headers = found["ResponseParameters"]
        assert problem["requestId"] == "$context.requestId"
        assert problem["error"]["message"] == problem["detail"]  # an SDK of OpenAI's meets these too
        assert {"message", "type", "param", "code"} <= set(problem["error"])
        assert str(problem["status"]) == found["StatusCode"] == str(problems.ANSWERS[problem["code"]].status)
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert headers["gatewayresponse.header.X-Request-Id"] == "context.requestId"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("UNAUTHORIZED", 401, "unauthenticated"),
        ("ACCESS_DENIED", 403, "forbidden"),
        ("MISSING_AUTHENTICATION_TOKEN", 404, "not_found"),
        ("REQUEST_TOO_LARGE", 413, "payload_too_large"),
        ("THROTTLED", 429, "rate_limited"),
        ("INTEGRATION_TIMEOUT", 500, "internal"),
        ("AUTHORIZER_FAILURE", 503, "busy"),
        ("INTEGRATION_FAILURE", 503, "busy"),
    ],
)
def test_the_gateway_speaks_the_contracts_codes(prod: Reading, kind: str, status: int, code: str) -> None:
    responses = [found["Properties"] for found in prod.of("AWS::ApiGateway::GatewayResponse").values()]
    found = next(one for one in responses if one["ResponseType"] == kind)

    problem = json.loads(found["ResponseTemplates"]["application/json"])

    assert (problem["status"], problem["code"]) == (status, code)
    assert ("gatewayresponse.header.Retry-After" in found["ResponseParameters"]) == (status in (429, 503))


def test_errors_of_the_gateway_are_deployed_with_it(prod: Reading) -> None:
    deployment = next(iter(prod.of("AWS::ApiGateway::Deployment").values()))

    assert set(prod.of("AWS::ApiGateway::GatewayResponse")) <= set(deployment["DependsOn"])


def test_the_limit_that_the_gateway_names_is_the_doors() -> None:
    assert gateway_responses.BODY_BYTES_MAX == bodies.LIMIT_BYTES


def test_without_other_origins_nothing_is_said_of_them(prod: Reading) -> None:
    assert [route for route in prod.methods if route.startswith("OPTIONS")] == []
    assert "Access-Control" not in json.dumps(prod.template)
    assert "CorsConfiguration" not in prod.only("AWS::S3::Bucket")


def test_preflights_are_answered_on_every_route_without_credentials(dev: Reading) -> None:
    paths = {route.split(" ")[1] for routes in ROUTES.values() for route in routes}
    preflights = {route: method for route, method in dev.methods.items() if route.startswith("OPTIONS ")}

    assert set(preflights) == {f"OPTIONS {path}" for path in paths}
    for method in preflights.values():
        assert (method["AuthorizationType"], method["Integration"]["Type"]) == ("NONE", "MOCK")
        assert method["Integration"]["ContentHandling"] == "CONVERT_TO_TEXT"  # or */* would make the answer a 500


def test_a_preflight_allows_the_stages_origins_and_no_other(read_stage: Callable[[Stage], Reading]) -> None:
    stage = load("dev").model_copy(update={"cors_origins": ("https://one.example", "https://two.example")})

    answer = read_stage(stage).methods["OPTIONS /api/credits"]["Integration"]["IntegrationResponses"][0]

    allowed = answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Origin"]
    assert allowed == "'https://one.example'"
    assert '"https://two.example"' in answer["ResponseTemplates"]["application/json"]
    assert "*" not in allowed


def test_pages_of_other_origins_may_read_what_doors_and_gateway_say(dev: Reading) -> None:
    headers = next(iter(dev.of("AWS::ApiGateway::GatewayResponse").values()))["Properties"]["ResponseParameters"]
    exposed = headers["gatewayresponse.header.Access-Control-Expose-Headers"].strip("'").split(", ")

    assert {"Location", "Retry-After", "ETag", "X-Request-Id", "Idempotency-Replayed"} <= set(exposed)
    assert cors.EXPOSED == middleware.EXPOSED


def test_images_may_be_fetched_by_the_stages_origins(dev: Reading) -> None:
    rule = dev.only("AWS::S3::Bucket")["CorsConfiguration"]["CorsRules"][0]

    assert rule["AllowedOrigins"] == list(load("dev").cors_origins)


def test_the_public_address_is_the_gateways_unless_the_stage_has_another(
    prod: Reading, read_stage: Callable[[Stage], Reading]
) -> None:
    owned = load("prod").model_copy(update={"public_url": "https://images.example.com"})

    assert text(prod.template["Outputs"]["PublicUrl"]["Value"]).endswith("/live")
    assert read_stage(owned).template["Outputs"]["PublicUrl"]["Value"] == "https://images.example.com"


def test_every_method_of_a_route_may_be_asked_for_by_a_site_of_another_origin() -> None:
    methods = {route.split(" ")[0] for routes in ROUTES.values() for route in routes}

    assert methods <= set(cors.ALLOWED_METHODS.split(", "))
