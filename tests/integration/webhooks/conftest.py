"""A shop with an endpoint."""

from tests.support.webhook_endpoint import endpoint

__all__ = ["endpoint"]
