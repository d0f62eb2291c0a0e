"""Which other sites' pages may read the answers: preflights, and the headers of errors that the gateway makes."""

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway

from easel.http.headers import guards

EXPOSED = (
    "ETag, Idempotency-Replayed, Location, OpenAI-Processing-Ms, Preference-Applied, Retry-After, X-Request-Id, "
    "X-Should-Retry"
)
ALLOWED_HEADERS = (
    "Authorization, Content-Type, Easel-Job-Token, Easel-Owner, Easel-Turnstile, Idempotency-Key, If-None-Match, "
    "OpenAI-Organization, OpenAI-Project, Prefer, X-Request-Id, X-Stainless-Arch, X-Stainless-Lang, X-Stainless-OS, "
    "X-Stainless-Package-Version, X-Stainless-Retry-Count, X-Stainless-Runtime, X-Stainless-Runtime-Version, "
    "X-Stainless-Timeout"  # what OpenAI's SDK sends from a browser
)
ALLOWED_METHODS = "GET, POST, PATCH, DELETE, OPTIONS"
KEPT_SECONDS = 7200
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_FIXED = {
    "Access-Control-Allow-Headers": f"'{ALLOWED_HEADERS}'",
    "Access-Control-Allow-Methods": f"'{ALLOWED_METHODS}'",
    "Access-Control-Allow-Credentials": "'true'",
    "Access-Control-Max-Age": f"'{KEPT_SECONDS}'",
    "Vary": "'Origin'",
}


def of_errors(origins: Sequence[str]) -> dict[str, str]:
    """The headers of the gateway's own errors, so that a page can read why it was refused."""
    if not origins:
        return {}
    shared = {"Access-Control-Expose-Headers": f"'{EXPOSED}'", "Vary": "'Origin'"}
    if len(origins) == 1:
        return {ALLOW_ORIGIN: f"'{origins[0]}'", "Access-Control-Allow-Credentials": "'true'", **shared}
    # Among several the gateway cannot choose. These bodies hold nothing that any site may not see, and without
    # Allow-Credentials no site is shown what a cookie brought.
    return {ALLOW_ORIGIN: "method.request.header.Origin", **shared}


def preflight(origins: Sequence[str], *, plain_http: bool) -> apigateway.MockIntegration:
    """The answer to OPTIONS, without any function: the first origin, or the one asking where it is another of ours."""
    headers = {ALLOW_ORIGIN: f"'{origins[0]}'", **_FIXED, **_guarded(plain_http)}
    text = apigateway.ContentHandling.CONVERT_TO_TEXT  # with */* the body counts as binary, and the answer would be 500
    answer = apigateway.IntegrationResponse(
        status_code="200",
        content_handling=text,
        response_parameters={f"method.response.header.{name}": value for name, value in headers.items()},
        response_templates={"application/json": _choose(origins[1:])} if len(origins) > 1 else None,
    )
    return apigateway.MockIntegration(
        content_handling=text,
        passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
        request_templates={"application/json": '{"statusCode": 200}'},
        integration_responses=[answer],
    )


def preflight_headers(*, plain_http: bool) -> apigateway.MethodResponse:
    """The headers that a preflight's answer may carry, as the gateway wants them declared."""
    names = [ALLOW_ORIGIN, *_FIXED, *_guarded(plain_http)]
    return apigateway.MethodResponse(
        status_code="200", response_parameters={f"method.response.header.{name}": True for name in names}
    )


def _guarded(plain_http: bool) -> dict[str, str]:
    kept = guards(plain_http=plain_http).items()
    return {name: f"'{value}'" for name, value in kept if name != "Cache-Control"}  # Max-Age says how long


def _choose(others: Sequence[str]) -> str:
    known = " || ".join(f'$origin == "{origin}"' for origin in others)
    return (
        '#set($origin = $input.params().header.get("Origin"))'
        '#if("$!origin" == "")#set($origin = $input.params().header.get("origin"))#end'
        f"#if({known})#set($context.responseOverride.header.{ALLOW_ORIGIN} = $origin)#end"
    )
