"""For the doors' tests: events as our gateway sends them, and use cases that only remember what they were asked."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from easel.aws.bucket import Form, Link
from easel.credits.accounts import Granted
from easel.credits.ledger import Entries
from easel.credits.model import Balance, Grant
from easel.errors import CallerError, NotFound
from easel.http.gateway import Gate
from easel.identity import signed_context
from easel.identity.callers import ANONYMOUS_SCOPES, SCOPES, USER_SCOPES, Caller
from easel.identity.session_cookie import Sessions
from easel.jobs.attempts import Attempt, StoredImage
from easel.jobs.model import Job, JobShare, Status
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Page
from easel.library.share import NewShare, ShownJob
from easel.maintenance.erasure_store import ErasureRequest
from easel.providers.protocol import Outcome
from easel.settings import MetaSettings, ProviderSettings
from easel.submission.quote import QuoteView, quote_view
from easel.submission.start import Started
from easel.submission.uploads import Upload
from easel.webhooks.endpoints import Revealed
from easel.webhooks.model import Delivery, Endpoint
from easel.webhooks.store import DeliveriesPage
from tests.support import builders, plans
from tests.support.fakes import NOON, FakeClock
from tests.support.promises import Given, must_be_promised

API_ID, SECRET, SITE = "a1b2c3", b"a signing secret of the tests", "https://shop.example"
ANN = Caller(owner="user:local:ann", scopes=USER_SCOPES)
NOBODY = Caller(owner="anonymous", scopes=ANONYMOUS_SCOPES)
STRANGER = Caller(owner="anonymous", scopes=USER_SCOPES)  # where the stage lets anybody generate
SHOP = Caller(owner="service:shop", scopes=frozenset(SCOPES), account="shop", key_id="k1")
LAMP = {"prompt": "a ceramic lamp"}
ABSENT = "no-such-job"
ENDPOINT = Endpoint(id="w1", url="https://hooks.shop.example/easel", created_at=NOON)
DELIVERY = Delivery(
    id="e1", owner="user:local:ann", endpoint="w1", job_id="job1", type="job.succeeded", at=NOON, begun_at=NOON
)
SETTINGS = MetaSettings(
    stage="test",
    api_id=API_ID,
    public_url="https://images.example",
    signing_secret="signing",
    providers={"openai": ProviderSettings()},
)


def a_gate(clock: FakeClock, edge: bytes | None = None) -> Gate:
    return Gate(
        api_id=API_ID,
        public_url="https://images.example",
        cors_origins=(SITE,),
        secret=lambda: SECRET,
        clock=clock,
        edge=None if edge is None else lambda: edge,
    )


def web_event(
    method: str,
    path: str,
    *,
    caller: Caller | None = ANN,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    code: str = "",
    problem: str = "",
    now: int = NOON,
) -> dict[str, Any]:
    """What API Gateway hands over; `body` is JSON unless it is bytes already."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = {"Host": "images.example", **({"Content-Type": "application/json"} if body is not None else {})}
    sent |= headers or {}
    context = {"apiId": API_ID, "requestId": "req-1", "requestTimeEpoch": now, "identity": {"sourceIp": "192.0.2.1"}}
    if caller is not None:
        vouched = signed_context.sign(caller, now=now, secret=SECRET, code=code, problem=problem)
        context["authorizer"] = {**vouched, "principalId": caller.owner, "integrationLatency": 3}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "requestContext": context,
        "body": base64.b64encode(raw).decode() if raw else None,
        "isBase64Encoded": bool(raw),
    }


@dataclass
class Answer:
    """A door's answer to a web event."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def send(door: ModuleType, method: str, path: str, **options: Any) -> Answer:
    """One request through a door's handler; `forced` has an error that this route would not answer by itself."""
    forced = options.pop("forced", False)
    raw = door.handler(web_event(method, path, **options), SimpleNamespace(aws_request_id="inv-1"))
    headers = {**raw["headers"], **{name: ", ".join(each) for name, each in raw["multiValueHeaders"].items()}}
    text = base64.b64decode(raw["body"]).decode() if raw["isBase64Encoded"] else raw["body"]
    if not forced:
        sent = {name.lower(): each for name, each in headers.items()}
        must_be_promised(door, method, path, Given(raw["statusCode"], sent, text))
    return Answer(raw["statusCode"], headers, text)


def invoke(door: ModuleType, event: object, invocation: str = "inv-1") -> Any:
    """One command, as lambda:Invoke hands it over."""
    return door.handler(event, SimpleNamespace(aws_request_id=invocation))


def a_job(**changes: Any) -> Job:
    """A queued job of Ann's."""
    fields = {
        "model_id": "gpt-image-2",
        "requested_model_id": "dall-e-3",
        "route": (builders.a_step("openai"),),
        "warnings": ("dall-e-3 was retired on 2026-05-12; gpt-image-2 served this",),
        "held_available": 94,
    }
    return builders.a_job(**{**fields, **changes})


def a_done_job(**changes: Any) -> Job:
    """The same with its picture."""
    image = StoredImage(
        slot=0,
        key="jobs/job1/1/0.png",
        thumbnail_key="jobs/job1/1/0.thumb.webp",
        width=1024,
        height=1024,
        mime_type="image/png",
        bytes=4,
    )
    attempt = Attempt(
        number=1,
        provider="openai",
        model="openai-model",
        slots=(0,),
        started_at=NOON,
        lease_until=NOON,
        turn=0,
        worker="w",
        outcome=Outcome.DELIVERED,
        ended_at=NOON + 7_000,
        images=(image,),
    )
    done = {"images": (image,), "attempts": (attempt,), "charged": 6, "version": 4}
    times = {"started_at": NOON, "finished_at": NOON + 7_500}
    return a_job(**{"status": Status.SUCCEEDED, **done, **times, **changes})


SAID = Request(prompt="a ceramic lamp", effective_prompt="a ceramic lamp, please", metadata={"order": "17"})

SHARE = JobShare(id="s1", token_hash="0" * 64, created_at=NOON, expires_at=NOON + 86_400_000)
ERASURE = ErasureRequest(owner=ANN.owner, folder="uploads/x/", asked_at=NOON, wake_by=NOON, final_at=NOON + 259_200_000)


@dataclass
class Asked:
    """Every use case of the doors; `calls` is what they were asked, `job` and `error` what they answer."""

    job: Job = field(default_factory=a_job)
    error: CallerError | Exception | None = None
    edge: bytes | None = None
    replayed: bool = False
    job_token: str | None = None
    content: bytes | None = b"\x89PNG"
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    shown: list[tuple[str | None, str]] = field(default_factory=list)
    settings: MetaSettings = SETTINGS
    collected: Any = None
    web: Path = Path(__file__).parent  # where the page is
    erasure: ErasureRequest = ERASURE

    def start(self, ask: Any, **how: Any) -> Started:
        self._note("start", ask=ask, **how)
        return Started(self.job, SAID, replayed=self.replayed, available=94, job_token=self.job_token)

    def quote(self, ask: Any) -> QuoteView:
        self._note("quote", ask=ask)
        return quote_view(ask, plans.planned(prompt=ask.prompt, n=ask.n))

    def cancel(self, job_id: str, **how: Any) -> Job:
        self._note("cancel", job_id=job_id, **how)
        return self.job

    def star(self, job_id: str, **how: Any) -> Job:
        self._note("star", job_id=job_id, **how)
        return self.job.model_copy(update={"starred": how["starred"]})

    def open_share(self, token: str) -> ShownJob:
        self._note("open_share", token=token)
        return ShownJob(self.job, SHARE, None)

    def generate(self, ask: Any, **how: Any) -> Started:
        self._note("generate", ask=ask, **how)
        return Started(self.job, SAID, replayed=self.replayed, available=94, job_token=self.job_token)

    def read(self, job_id: str, **how: Any) -> JobWithRequest:
        self._note("read", job_id=job_id, **how)
        return JobWithRequest(self.job, SAID)

    def wait(self, job_id: str, **how: Any) -> JobWithRequest:
        self._note("wait", job_id=job_id, **how)
        return JobWithRequest(self.job, SAID)

    def wait_page(self, page: Page, look: Any, **how: Any) -> Page:
        self._note("wait_page", **how)
        return page

    def wait_for_many(self, job_ids: Sequence[str], **how: Any) -> list[JobWithRequest | CallerError]:
        self._note("wait for many", job_ids=job_ids, **how)
        absent = NotFound("There is no such job among yours.")
        return [absent if job_id == ABSENT else JobWithRequest(self.job, SAID) for job_id in job_ids]

    def collect(self, job: Job, look: Any, caller: Caller, **how: Any) -> Any:
        self._note("collect", job=job, look=look, caller=caller, **how)
        return self.collected

    def page(self, **how: Any) -> Page:
        self._note("list", **how)
        return Page((self.job,), "more")

    def balance(self, owner: str) -> Balance:
        self._note("balance", owner=owner)
        gift = Grant(id="g1", amount=94, created_at=NOON, expires_at=NOON + 1000)
        return Balance(owner=owner, available=94, held=6, grants=(gift,))

    def entries(self, owner: str, **how: Any) -> Entries:
        self._note("entries", owner=owner, **how)
        return Entries((), 7)

    def grant(self, ask: Any, **how: Any) -> Granted:
        self._note("grant", ask=ask, **how)
        return Granted(owner=how["owner"], grant_id="g1", amount=ask.amount, available=100, replayed=self.replayed)

    def ask_erased(self, job_id: str, **how: Any) -> Job:
        self._note("erase", job_id=job_id, **how)
        return self.job

    def forget(self, **how: Any) -> ErasureRequest:
        self._note("forget", **how)
        return self.erasure

    def keep(self, **how: Any) -> None:
        self._note("keep", **how)

    def scheduled(self, **how: Any) -> ErasureRequest:
        self._note("scheduled", **how)
        return self.erasure

    def upload(self, ask: Any, **how: Any) -> Upload:
        self._note("upload", ask=ask, **how)
        return Upload("u1", Form("https://bucket.example", {"key": "uploads/x/u1"}), NOON + 600_000)

    def link(self, job: Job, index: int, *, thumbnail: bool = False, download: str | None = None) -> Link:
        if index >= len(job.images):
            raise NotFound("The job has no such image.")
        name = ("thumb" if thumbnail else "image") + (f"-{download}" if download else "")
        return Link(f"https://bucket.example/{job.id}/{index}/{name}", NOON + 300_000)

    def previews(self, job: Job) -> tuple[Link, ...]:
        shown = range(job.previews if job.last and job.last.open else 0)
        return tuple(Link(f"https://bucket.example/{job.id}/preview-{i}", NOON + 300_000) for i in shown)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    @property
    def last(self) -> dict[str, Any]:
        return self.calls[-1][1]

    def _human(self, token: str | None, address: str) -> None:
        self.shown.append((token, address))

    def _note(self, name: str, **what: Any) -> None:
        self.calls.append((name, what))
        if self.error:
            raise self.error

    def deps(self) -> Any:
        """What every door is given, in one."""
        reading = SimpleNamespace(
            read=self.read,
            list=self.page,
            link=self.link,
            previews=self.previews,
            with_arrived=lambda job: job,
            assets=SimpleNamespace(bucket="the-assets"),
        )
        accounts = SimpleNamespace(balance=self.balance, entries=self.entries, grant=self.grant)
        waiting = _Generate(self)
        return SimpleNamespace(
            gate=a_gate(self.clock, self.edge),
            sessions=Sessions("https://images.example", (SITE,)),
            start=self.start,
            quote=self.quote,
            cancel=self.cancel,
            star=self.star,
            shares=_Shares(self),
            open_share=self.open_share,
            erase=SimpleNamespace(ask=self.ask_erased),
            forget=_Forget(self),
            uploads=self.upload,
            generate=waiting,
            check_turnstile=self._human,
            status=reading,
            watch=self.wait,
            watch_page=self.wait_page,
            watch_many=self.wait_for_many,
            collect=self.collect,
            endpoints=_Endpoints(self),
            deliveries=_Deliveries(self),
            claims=SimpleNamespace(key=lambda caller, body_hash, **how: f"/v1 {how['repeats']}"),
            providers=self.settings.providers,
            policy=self.settings.policy,
            accounts=accounts,
            buy_url="https://shop.example/credits",
            settings=self.settings,
            web=self.web,
        )


@dataclass
class _Forget:
    asked: Asked

    def __call__(self, **how: Any) -> ErasureRequest:
        return self.asked.forget(**how)

    def take_back(self, **how: Any) -> None:
        self.asked.keep(**how)

    def scheduled(self, **how: Any) -> ErasureRequest:
        return self.asked.scheduled(**how)


@dataclass
class _Shares:
    asked: Asked

    def create(self, job_id: str, ask: Any, **how: Any) -> NewShare:
        self.asked._note("share", job_id=job_id, ask=ask, **how)
        return NewShare(SHARE, "job1.secret")

    def list(self, job_id: str, **how: Any) -> tuple[JobShare, ...]:
        self.asked._note("shares", job_id=job_id, **how)
        return (SHARE,)

    def end(self, job_id: str, share_id: str, **how: Any) -> None:
        self.asked._note("end_share", job_id=job_id, share_id=share_id, **how)


@dataclass
class _Endpoints:
    asked: Asked

    def create(self, ask: Any, **how: Any) -> Revealed:
        self.asked._note("create_webhook", ask=ask, **how)
        return Revealed(ENDPOINT, "whsec_c2VjcmV0")

    def rotate(self, endpoint_id: str, **how: Any) -> Revealed:
        self.asked._note("rotate_webhook", endpoint_id=endpoint_id, **how)
        return Revealed(ENDPOINT, "whsec_c2VjcmV0")

    def list(self, **how: Any) -> tuple[Endpoint, ...]:
        self.asked._note("webhooks", **how)
        return (ENDPOINT,)

    def get(self, endpoint_id: str, **how: Any) -> Endpoint:
        self.asked._note("webhook", endpoint_id=endpoint_id, **how)
        return ENDPOINT

    def change(self, endpoint_id: str, changes: Any, **how: Any) -> Endpoint:
        self.asked._note("change_webhook", endpoint_id=endpoint_id, changes=changes, **how)
        return ENDPOINT

    def delete(self, endpoint_id: str, **how: Any) -> None:
        self.asked._note("delete_webhook", endpoint_id=endpoint_id, **how)


@dataclass
class _Deliveries:
    asked: Asked

    def list(self, endpoint_id: str, **how: Any) -> DeliveriesPage:
        self.asked._note("deliveries", endpoint_id=endpoint_id, **how)
        return DeliveriesPage((DELIVERY,), None)

    def redeliver(self, endpoint_id: str, delivery_id: str, **how: Any) -> Delivery:
        self.asked._note("redeliver", endpoint_id=endpoint_id, delivery_id=delivery_id, **how)
        return DELIVERY

    def test(self, endpoint_id: str, **how: Any) -> Delivery:
        self.asked._note("test_webhook", endpoint_id=endpoint_id, **how)
        return DELIVERY


@dataclass
class _Generate:
    asked: Asked

    def __call__(self, ask: Any, **how: Any) -> Started:
        return self.asked.generate(ask, **how)

    def picture(self, job: Job) -> bytes | None:
        return self.asked.content
