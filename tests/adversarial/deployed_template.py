"""What a template makes, in moto, and its functions: each by its own handler, environment and credential.

Who made a call is read where IAM reads it: direct calls by the session that made them, links and forms by the
credential that signed them.
"""

import importlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws
from urllib3 import HTTPResponse

from easel.aws import snapstart
from easel.clock import SystemClock
from infra.function_names import DOORS
from tests.adversarial.rights import Grant, Use, absent, granted, uses
from tests.support.doors import API_ID, SECRET
from tests.support.fakes import FakeClock
from tests.support.templates import Reading, text

REGION = "eu-central-1"
ACCOUNT = "123456789012"
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "easel-prod",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
SIGNER = re.compile(r"EASEL-([a-z]+)")
LEFT_MILLISECONDS = 50_000
TABLE = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
TEXTS = {"ProviderKeys": '{"openai": "sk-1", "fal": "f-1"}'}  # of secrets; the others hold the tests' signing secret


class WorkerDied(BaseException):
    """A function's process is gone before its call leaves."""


Before = Callable[[str, str, Mapping[str, Any]], None]  # function, operation, parameters; may raise


class Premises:
    """One stage's resources and functions; `uses` says what each did, `before` happens before each of their calls."""

    def __init__(self, reading: Reading, clock: FakeClock) -> None:
        self.reading, self.clock = reading, clock
        self.uses: dict[str, set[Use]] = {name: set() for name in reading.functions}
        self.before: Before = _nothing
        self._operator = _session("operator")
        self._names = {**PSEUDO, **self._made()}
        self._ours = re.compile("|".join(map(re.escape, sorted(self._names, key=len, reverse=True))))
        self._sessions = {name: self._session(name) for name in reading.functions}
        for name in reading.functions:
            for found in list(vars(_module(name)).values()):
                if hasattr(found, "cache_clear"):  # built for another stage
                    found.cache_clear()

    @staticmethod
    @contextmanager
    def of(reading: Reading) -> Iterator["Premises"]:
        """Everything in moto, and every clock of the functions in one hand."""
        clock = FakeClock(SystemClock().now())
        for each in ("now", "sleep", "jitter"):  # the machine's time, taken away
            setattr(SystemClock, each, staticmethod(getattr(clock, each)))
        with mock_aws():
            yield Premises(reading, clock)

    def named(self, template: str) -> str:
        """What the template calls something, as it is called here."""
        return self._ours.sub(lambda found: self._names[found[0]], template)

    def grants(self, function: str) -> set[Grant]:
        """What a function's role may do here."""
        return {grant for statement in self.reading.statements(function) for grant in granted(statement, self.named)}

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """A function's answer, as Lambda runs it: from a fresh snapshot, in its own environment."""
        handler = _module(function).handler
        context = SimpleNamespace(
            aws_request_id="inv-1", get_remaining_time_in_millis=lambda: LEFT_MILLISECONDS, function_name=function
        )
        with self._as(function):
            return handler(dict(event), context)

    def follow(self, url: str) -> bytes:
        """What is behind a signed link, used up by whoever signed it."""
        parts = urlsplit(url)
        bucket, key = self.resource("StorageAssets"), unquote(parts.path).lstrip("/")
        key = key.removeprefix(f"{bucket}/")  # where the bucket is not in the host
        self._signed(parse_qs(parts.query)["X-Amz-Credential"][0], Use("s3:GetObject", f"{bucket}/{key}"))
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def post(self, form: Mapping[str, str], content: bytes) -> None:
        """Fill a form that somebody signed."""
        bucket = self.resource("StorageAssets")
        self._signed(form["x-amz-credential"], Use("s3:PutObject", f"{bucket}/{form['key']}"))
        self.client("s3").put_object(Bucket=bucket, Key=form["key"], Body=content, ContentType=form["Content-Type"])

    def client(self, service: str) -> Any:
        """AWS for the operator, whom nobody watches."""
        make: Any = self._operator.client
        return make(service)

    def resource(self, hint: str) -> str:
        """What the one resource is called whose id is this, with CDK's hash."""
        found = {name for name in self._names if re.fullmatch(f"{hint}[0-9A-F]{{8}}", name)}
        if len(found) != 1:
            raise LookupError(f"{hint} is {found}")
        return self._names[found.pop()]

    def _made(self) -> dict[str, str]:
        """The resources that functions use, and what they are called."""
        names: dict[str, str] = {}
        for name, found in self.reading.of("AWS::DynamoDB::Table").items():
            told = {key: value for key, value in found["Properties"].items() if key in TABLE}
            self.client("dynamodb").create_table(TableName=name, **told)
        for name in self.reading.of("AWS::S3::Bucket"):
            names[name] = name.lower()
            self.client("s3").create_bucket(
                Bucket=names[name], CreateBucketConfiguration={"LocationConstraint": REGION}
            )
            self.client("s3").put_bucket_versioning(Bucket=names[name], VersioningConfiguration={"Status": "Enabled"})
        for name in self.reading.of("AWS::SecretsManager::Secret"):
            said = next((said for hint, said in TEXTS.items() if hint in name), SECRET.decode())
            self.client("secretsmanager").create_secret(Name=name, SecretString=said)
        for name in self.reading.of("AWS::StepFunctions::StateMachine"):
            names[name] = f"{MACHINE}{name}"
            definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
            self.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=ROLE)
        for name in self.reading.of("AWS::Events::EventBus"):
            self.client("events").create_event_bus(Name=name)
        names |= dict.fromkeys(self.reading.of("AWS::ApiGateway::RestApi"), API_ID)
        return {**{name: name for name in self.reading.template["Resources"]}, **names}

    def _session(self, function: str) -> boto3.Session:
        session = _session(f"EASEL-{function}")
        session.events.register("before-parameter-build", partial(self._asked, function))
        session.events.register("after-call", partial(self._answered, function))
        invoked: Any = self._invoked  # whose answer is taken for Lambda's
        session.events.register_first("before-send.lambda.Invoke", invoked)
        return session

    def _asked(self, function: str, params: Any, model: Any, context: Any, **_: Any) -> None:
        if context.get("is_presign_request"):
            return  # an address is made up, and nobody asked
        service = model.service_model.service_name
        told = {**params, "region": context["client_region"]}
        self.before(function, model.name, told)
        context["easel"] = told
        self.uses[function] |= set(uses(service, model.name, told))

    def _answered(self, function: str, http_response: Any, model: Any, context: Any, **_: Any) -> None:
        if model.service_model.service_name == "s3" and http_response.status_code == 404:
            self.uses[function].add(absent(context["easel"]))

    def _invoked(self, request: Any, **_: Any) -> AWSResponse:
        """Lambda's part: the function that is asked runs in this process."""
        asked = unquote(urlsplit(request.url).path.split("/")[3])
        function = next(name for name in self.uses if f"Functions{name.capitalize()}" in asked)
        said = json.dumps(self.call(function, json.loads(request.body))).encode()
        raw = HTTPResponse(body=io.BytesIO(said), preload_content=False, status=200)
        return AWSResponse(request.url, 200, HTTPHeaders.from_pairs([("Content-Length", str(len(said)))]), raw)

    def _signed(self, credential: str, use: Use) -> None:
        found = SIGNER.match(credential)
        if found is None:
            raise LookupError(f"{credential} is nobody's credential here")
        self.uses[found[1]].add(use)

    @contextmanager
    def meanwhile(self, before: Before) -> Iterator[None]:
        """Have something happen before calls, for a while."""
        self.before = before
        try:
            yield
        finally:
            self.before = _nothing

    @contextmanager
    def _as(self, function: str) -> Iterator[None]:
        before, session = dict(os.environ), boto3.DEFAULT_SESSION
        told = self.reading.functions[function]["Environment"]["Variables"]
        os.environ |= {name: self.named(text(value)) for name, value in told.items()}
        os.environ |= {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        boto3.DEFAULT_SESSION = self._sessions[function]
        snapstart.restored()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before
            boto3.DEFAULT_SESSION = session
            snapstart.restored()


def _session(identity: str) -> boto3.Session:
    return boto3.Session(aws_access_key_id=identity, aws_secret_access_key="-", region_name=REGION)


def _module(function: str) -> Any:
    """The file of a function, by its name."""
    folder = "api" if function in DOORS else "tasks"
    return importlib.import_module(f"{folder}.{function}")


def _nothing(function: str, operation: str, params: Mapping[str, Any]) -> None:
    pass
