"""Stability's models on Amazon Bedrock: one image a call, paid by the AWS account, refusals as HTTP 200."""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from pydantic import BaseModel, ValidationError

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from easel.providers.aspect_ratios import nearest
from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
    ProviderUnsupported,
)
from easel.providers.http import CONNECT_SECONDS, bytes_for
from easel.providers.protocol import Made, Order
from easel.providers.responses import retry_after, too_late
from easel.settings import ProviderSettings

NAME = "bedrock"
RATIOS = ("1:1", "16:9", "9:16", "3:2", "2:3", "5:4", "4:5", "21:9", "9:21")
EDIT_STRENGTH = 0.65  # how far an edit may leave its reference: 0 keeps it, 1 ignores it
MODE_WORD = "sd3-5"  # models that are told the mode in so many words
PIECE_BYTES = 1_024  # small, so that the time is looked at often

RIGHTS = ("key", "allow bedrock:InvokeModel for Attempt's role, and request access to the model in the Bedrock console")
REMEDIES: Mapping[str, tuple[str, str]] = {
    "AccessDeniedException": RIGHTS,
    "UnrecognizedClientException": RIGHTS,
    "InvalidSignatureException": RIGHTS,
    "ExpiredTokenException": RIGHTS,
    "ServiceQuotaExceededException": ("quota", "raise the account's quota for this model in Service Quotas"),
    "ResourceNotFoundException": (
        "model",
        "the region has no such model, or its life is over: check region and catalog",
    ),
}
BUSY = frozenset({"ThrottlingException", "ModelNotReadyException", "TooManyRequestsException"})
MAYBE_BILLED = frozenset({"ModelTimeoutException"})
UNREACHED = (EndpointConnectionError, ConnectTimeoutError)
NO_IDENTITY = (NoCredentialsError, PartialCredentialsError, NoRegionError)


class StabilityAnswer(BaseModel):
    """What is read of an answer."""

    images: list[str] = []
    finish_reasons: list[str | None] = []


class Bedrock:
    """Generations, and edits of one reference; an order is one image, whatever its `n`."""

    def __init__(self, settings: ProviderSettings, key: str | None) -> None:
        self._base_url = settings.base_url
        self._region = settings.region

    def make(self, order: Order) -> Made:
        """Make an image, or raise a ProviderError that says what to do next.

        Raises ProviderMisconfigured, ProviderUnavailable and ProviderUnknown.
        """
        until = time.monotonic() + order.timeout_seconds
        try:
            answer = self._client(order.timeout_seconds).invoke_model(
                modelId=order.model,
                body=json.dumps(words(order)).encode(),
                contentType="application/json",
                accept="application/json",
            )
            content = _read(answer["body"], order, until)
        except ClientError as error:
            raise error_of(error) from error
        except NO_IDENTITY as error:
            said = f"{NAME}: {type(error).__name__}"
            raise ProviderMisconfigured(said, what=RIGHTS[0], remedy=RIGHTS[1]) from error
        except UNREACHED as error:
            raise ProviderUnavailable(f"{NAME}: not reached ({type(error).__name__})") from error
        except (BotoCoreError, HTTPClientError) as error:
            raise ProviderUnknown(f"{NAME}: asked, and no answer came ({type(error).__name__})") from error
        return _made(order, content, answer["ResponseMetadata"].get("RequestId"))

    def _client(self, seconds: float) -> Any:
        make: Any = boto3.client
        config = Config(
            connect_timeout=min(CONNECT_SECONDS, seconds),
            read_timeout=seconds,
            retries={"total_max_attempts": 1},
        )
        return make("bedrock-runtime", region_name=self._region, endpoint_url=self._base_url, config=config)


def words(order: Order) -> dict[str, Any]:
    """An order in Stability's words."""
    said: dict[str, Any] = {"prompt": order.prompt, "output_format": order.output_format}
    if not order.references:
        return {**said, "aspect_ratio": nearest(Size(order.width, order.height), RATIOS)}
    image = base64.b64encode(order.references[0].content).decode("ascii")
    mode = {"mode": "image-to-image"} if MODE_WORD in order.model else {}
    return {**said, **mode, "image": image, "strength": EDIT_STRENGTH}


def error_of(error: ClientError) -> ProviderError:
    """An exception of the service, as what to do next."""
    code = str(error.response.get("Error", {}).get("Code") or "")
    about = error.response.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode") or 0)
    said = f"{NAME}: {status} {code}"
    facts: dict[str, Any] = {"request_id": about.get("RequestId")}
    wait = retry_after(about.get("HTTPHeaders", {}))
    if wrong := REMEDIES.get(code):
        return ProviderMisconfigured(said, what=wrong[0], remedy=wrong[1], **facts)
    if code in BUSY or status == 429:
        return ProviderBusy(said, retry_after_seconds=wait, **facts)
    if code in MAYBE_BILLED or status >= 500 or status == 424:
        # A code that is only a number is an edge's, which may stand for an image that was made.
        paid = code in MAYBE_BILLED or not code.endswith("Exception")
        return ProviderUnavailable(said, paid=paid, retry_after_seconds=wait, **facts)
    if status in (401, 403):
        return ProviderMisconfigured(said, what=RIGHTS[0], remedy=RIGHTS[1], **facts)
    return ProviderUnsupported(said, **facts)


def _read(body: Any, order: Order, until: float) -> bytes:
    """The answer, no longer than it may take and no larger than an image can be."""
    content = bytearray()
    while piece := body.read(PIECE_BYTES):
        content += piece
        if time.monotonic() > until:
            body.close()
            raise too_late(NAME, order.timeout_seconds)
        if len(content) > bytes_for(1):
            body.close()
            raise ProviderUnavailable(f"{NAME}: an answer without end", paid=True)
    return bytes(content)


def _made(order: Order, content: bytes, request_id: str | None) -> Made:
    try:
        body = StabilityAnswer.model_validate_json(content)
    except ValidationError as error:
        said = f"{NAME}: an answer of another shape"
        raise ProviderUnavailable(said, paid=True, request_id=request_id) from error
    reasons = [reason for reason in body.finish_reasons if reason]
    filtered = next((reason for reason in reasons if reason.startswith("Filter reason")), None)
    if filtered:
        stage = "output" if "output" in filtered else "input"
        raise ProviderRefused(f"{NAME}: {filtered}", stage=stage, request_id=request_id)
    if reasons:
        raise ProviderUnavailable(f"{NAME}: {reasons[0]}", request_id=request_id)
    images = tuple(image for text in body.images[:1] if (image := _decoded(text)))
    price = planning.load().price_of(NAME, order.model)
    cost = prices.cost_micros(price, usage={}, images=1) if price else None
    if not images:
        said = f"{NAME}: an answer without images"
        raise ProviderUnavailable(said, paid=True, request_id=request_id, cost_micros=cost)
    return Made(images=images, cost_micros=cost, request_id=request_id)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) or None
    except binascii.Error:
        return None
