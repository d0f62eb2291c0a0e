"""The headers that keep every answer of the API to itself, whoever makes it: a door, or the gateway alone."""

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
