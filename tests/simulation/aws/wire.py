"""Real boto3 clients whose requests end here: serialised by botocore, answered by the double, parsed by botocore.

The hook is `before-call`: everything up to the signature is botocore's own work, and so is everything after the reply.
Retries of S3's client (the only one that repeats by itself) would happen below it; `faults` knows that.
"""

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.response import StreamingBody

from tests.simulation.aws.replies import Call, Refusal, Reply

REGION = "eu-central-1"
SERVICES = {"dynamodb": "dynamodb", "s3": "s3", "stepfunctions": "states"}
Handler = Callable[[Call], Reply]


class Line:
    """Where every client of this process leads: to the handler that is attached now."""

    def __init__(self) -> None:
        self.handler: Handler = _nobody
        self.gate: Callable[[Callable[[], Any]], Any] = lambda make: make()  # around each call, before botocore's work
        self.dynamodb = self._client("dynamodb")
        self.s3 = self._client("s3")
        self.s3_unsigned = self._client("s3", signature_version=UNSIGNED)
        self.stepfunctions = self._client("stepfunctions")

    def _client(self, service: str, **options: Any) -> Any:
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, user_agent="double", **options)
        make: Any = boto3.client
        client = make(
            service, region_name=REGION, aws_access_key_id="double", aws_secret_access_key="double", config=config
        )
        client.meta.events.register("before-call", self._answer)
        if service != "s3":  # whose addresses depend on the bucket
            client._resolve_endpoint_ruleset = _once(client._resolve_endpoint_ruleset)
        make_call = client._make_api_call
        client._make_api_call = lambda name, fields: self.gate(lambda: make_call(name, fields))
        return client

    def _answer(self, model: OperationModel, params: dict[str, Any], **_: object) -> tuple[AWSResponse, Any]:
        service = SERVICES[model.service_model.service_name]
        call = Call(service, model.name, _s3_params(params) if service == "s3" else json.loads(params["body"]))
        try:
            reply = self.handler(call)
        except Refusal as refusal:
            reply = _refused(refusal, service)
        headers: Any = HeadersDict(reply.headers)
        response = AWSResponse(params["url"], reply.status, headers, io.BytesIO(reply.body))
        return response, _parsed(reply, model)


@cache
def line() -> Line:
    """The clients of this process; building them takes a tenth of a second each."""
    return Line()


def _once(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """An operation's address is found once: a tenth of every call otherwise, hundreds of thousands of times a proof."""
    known: dict[str, Any] = {}

    def resolved(operation: OperationModel, *args: Any, **kwargs: Any) -> Any:
        if operation.name not in known:
            known[operation.name] = resolve(operation, *args, **kwargs)
        return known[operation.name]

    return resolved


def _nobody(call: Call) -> Reply:
    raise AssertionError(f"no double is attached to answer {call.operation}")


def _s3_params(request: dict[str, Any]) -> dict[str, Any]:
    address = urlsplit(request["url"])
    body = request["body"]
    return {
        "Bucket": (address.hostname or "").split(".")[0],
        "Key": unquote(address.path).removeprefix("/"),
        "query": dict(parse_qsl(address.query, keep_blank_values=True)),
        "headers": {name.lower(): _text(value) for name, value in request["headers"].items()},
        "body": body.read() if hasattr(body, "read") else body,
    }


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _parsed(reply: Reply, model: OperationModel) -> Any:
    protocol = model.service_model.resolved_protocol
    parser = _parser(protocol)
    body: Any = reply.body
    if model.has_streaming_output and reply.status < 300:
        body = StreamingBody(io.BytesIO(reply.body), len(reply.body))
    context = {"operation_name": model.name}
    response = {"headers": HeadersDict(reply.headers), "status_code": reply.status, "body": body, "context": context}
    parsed = parser.parse(response, model.output_shape)
    if reply.status >= 300:  # the second pass that botocore's endpoint makes for modeled fields of errors
        shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        if shape is not None:
            parsed.update(parser.parse(response, shape))
    return parsed


@cache
def _parser(protocol: str) -> Any:
    return create_parser(protocol)


def _refused(refusal: Refusal, service: str) -> Reply:
    headers = {"x-amzn-requestid": "double"}
    if service == "s3":
        text = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
        return Reply(text.encode(), headers, refusal.status)
    said = {"__type": f"com.amazonaws.{service}#{refusal.code}", "message": refusal.message, **refusal.facts}
    if refusal.code == "TransactionCanceledException":
        said["Message"] = said.pop("message")
    return Reply(json.dumps(said).encode(), headers, refusal.status)
