"""A value for each parameter of the interface, by its name: what samples send, and what a reader sees."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, str | int | bool] = {
    "jobId": "01m7vzt1pfxbywsyjm9mqt0f8y",
    "i": 0,
    "webhookId": "01m7vzt1pfxbywsyjm9mqt0f8z",
    "deliveryId": "01m7vzt1pfxbywsyjm9mqt0f90",
    "now": True,
    "wait": 20,
    "limit": 20,
    "cursor": "eyJhIjoxfQ",
    "shareId": "01m7vzt1pfxbywsyjm9mqt0f8y",
    "token": "01m7vzt1pfxbywsyjm9mqt0f8y.4fXk2nqTz0J8mYd1wR6sVbE3hLcA9uGp",
    "include": "request",
    "status": "succeeded",
    "featureId": "ai-baby-image",
    "modelId": "gpt-image-2",
    "text": "lamp",
    "starred": "true",
    "createdAfter": "2026-11-01T00:00:00Z",
    "createdBefore": "2026-12-01T00:00:00Z",
    "download": "lamp.png",
    "Prefer": "wait=20",
    "hop": "1",
    "as": "url",
    "id": "gpt-image-2",
    "X-Stainless-Retry-Count": "0",
    "Idempotency-Key": "order-17",
    "If-None-Match": 'W/"4-0-15"',
    "Easel-Owner": "user:main:7f3a",
    "Easel-Turnstile": "0.zrSnRHO7h0HwSjSCU8oyzbjEtD8p…",
}
