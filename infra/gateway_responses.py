"""What the gateway says by itself, when no door was reached or none answered: our own problems, from the one table."""

from easel import errors

BODY_BYTES_MAX = 4_400_000  # what the doors take; a test holds the two together

_SAFE = "The request may have been carried out; with the same Idempotency-Key it is safe to send it again."
_SIGN_IN = errors.Unauthenticated("Send a valid bearer token or API key.")
_REFUSED = errors.Forbidden("This request is not allowed.")
_INVALID = errors.InvalidRequest("This is not a request that the address understands; /docs says what it takes.")
_NO_ROUTE = errors.NotFound("There is no such route; /docs lists those there are.")
_SLOW_DOWN = errors.RateLimited("Too many requests reach this service; try again shortly.", retry_after_seconds=2)
_BROKEN = errors.CallerError(_SAFE)
_TOO_BUSY = errors.Busy(
    "Too busy to take the request. Send it again shortly, with the same Idempotency-Key: then nothing is done twice.",
    retry_after_seconds=5,
)
ANSWERS: dict[str, errors.CallerError] = {
    "ACCESS_DENIED": _REFUSED,
    "API_CONFIGURATION_ERROR": _BROKEN,
    "AUTHORIZER_CONFIGURATION_ERROR": _BROKEN,
    "AUTHORIZER_FAILURE": errors.Busy(
        "Too busy to look at the request; nothing was held. Try again shortly.", retry_after_seconds=5
    ),
    "BAD_REQUEST_BODY": _INVALID,
    "BAD_REQUEST_PARAMETERS": _INVALID,
    "DEFAULT_4XX": _INVALID,
    "DEFAULT_5XX": _BROKEN,
    "EXPIRED_TOKEN": _SIGN_IN,
    "INTEGRATION_FAILURE": _TOO_BUSY,  # a door that Lambda throttles ends here, and never ran
    "INTEGRATION_TIMEOUT": _BROKEN,
    "INVALID_API_KEY": _SIGN_IN,
    "INVALID_SIGNATURE": _SIGN_IN,
    "MISSING_AUTHENTICATION_TOKEN": _NO_ROUTE,  # the gateway's name for a path or method that it does not know
    "QUOTA_EXCEEDED": _SLOW_DOWN,
    "REQUEST_TOO_LARGE": errors.PayloadTooLarge(
        "The body is too large for this address; send smaller JPEGs, or pass images by address (at /v1: `image_url`).",
        limitBytes=BODY_BYTES_MAX,
        remedy="send smaller references (JPEG), or pass them by address (`url`; at /v1 `image_url`)",
    ),
    "RESOURCE_NOT_FOUND": _NO_ROUTE,
    "THROTTLED": _SLOW_DOWN,
    "UNAUTHORIZED": _SIGN_IN,
    "UNSUPPORTED_MEDIA_TYPE": errors.UnsupportedMediaType("Send application/json."),
    "WAF_FILTERED": _REFUSED,
}
