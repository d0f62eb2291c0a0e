"""Headers that every answer carries, and those that CloudFront sets: the shared secret and the client's address."""

EDGE_HEADER = "easel-edge"  # lower case, as they are compared; infra writes the same two
VIEWER_HEADER = "easel-viewer"

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
HTTPS = {"Strict-Transport-Security": "max-age=31536000"}  # on plain http a browser ignores it


def guards(*, plain_http: bool) -> dict[str, str]:
    """What an answer carries that says nothing else itself."""
    return ALWAYS if plain_http else {**ALWAYS, **HTTPS}
