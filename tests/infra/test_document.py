"""The interface that is published and the routes that exist are the same."""

from api import meta

from infra.api import ROUTES

UNDOCUMENTED = {"GET /", "GET /web/{proxy+}", "GET /v1/{proxy+}", "POST /v1/{proxy+}"}  # the page, and what is not here


def test_the_document_has_every_route_that_the_gateway_leads_to_and_no_other() -> None:
    document = meta.document("https://images.example")

    told = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}

    assert told == {route for routes in ROUTES.values() for route in routes} - UNDOCUMENTED
