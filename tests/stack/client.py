"""A caller of a deployed stack, whose calls read like a story.

`job = ann.start(n=2)`, `ann.wait(job)`, `ann.picture(job)`.
"""

import json
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2

from local.stacktests import TRUSTED

FINAL = ("succeeded", "failed", "canceled")
CALL_SECONDS = 45.0
WAIT_SECONDS = 90.0
PAUSE_SECONDS = 0.25
THROTTLED_PAUSE_SECONDS = 2.0
LAMP = "Premium product render of a ceramic lamp on a walnut side table, warm interior lighting"


@cache
def trusted() -> ssl.SSLContext:
    """Whom we believe: everybody's authorities, and the emulator's certificate where it has one."""
    context = ssl.create_default_context()
    if TRUSTED in os.environ:
        context.load_verify_locations(os.environ[TRUSTED])
    return context


class NotAsExpected(AssertionError):
    """The stack answered something else; says what was asked and the whole answer."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    asked: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.content)

    @property
    def throttled(self) -> bool:
        """Whether it says no more than: not now. A small account's functions are throttled when many ask at once."""
        if self.status != 429:
            return self.status >= 500
        return not self.content.startswith(b"{") or self.json.get("code") in (None, "busy", "rate_limited")

    def expect(self, *statuses: int) -> Any:
        """The parsed body, if the status is one of these."""
        if self.status not in statuses:
            raise NotAsExpected(f"{self.asked} answered {self.status}, not {statuses}: {self.content[:2000]!r}")
        return self.json if self.content else None

    def refused(self, status: int, code: str) -> Any:
        """The problem, if it is this one in RFC 9457's form with our headers."""
        problem = self.expect(status)
        if problem.get("code") != code or not self.headers["content-type"].startswith("application/problem+json"):
            raise NotAsExpected(f"{self.asked} was refused otherwise: {problem} as {self.headers['content-type']}")
        return problem


@dataclass(frozen=True)
class Client:
    """One caller: who they are is in the headers that all their calls carry."""

    url: str
    owner: str
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: float = WAIT_SECONDS  # for a job's end

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any call; `body` goes as JSON, `content` as it is."""
        sent = {**self.headers, **(headers or {})}
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        address = path if path.startswith("http") else f"{self.url}{path}"
        with httpx2.Client(timeout=CALL_SECONDS, trust_env=False, verify=trusted()) as http:
            got = http.request(method, address, params=query, content=content, headers=sent)
        lowered = {key.lower(): value for key, value in got.headers.items()}
        return Answer(f"{method} {path}", got.status_code, lowered, got.content)

    def get(self, path: str, **query: str) -> Answer:
        """GET."""
        return self.ask("GET", path, query=query or None)

    def post(self, path: str, body: Any, *, key: str | None = None, prefer: str | None = None) -> Answer:
        """POST of JSON, with an idempotency key or a preference when given."""
        named = {"Idempotency-Key": key, "Prefer": prefer}
        return self.ask("POST", path, body=body, headers={name: value for name, value in named.items() if value})

    def starting(self, *, key: str | None = None, prompt: str = LAMP, **fields: Any) -> Answer:
        """The bare answer to the start of a job."""
        return self.post("/api/aiimage/start", {"prompt": prompt, **fields}, key=key)

    def start(self, *, key: str | None = None, prompt: str = LAMP, **fields: Any) -> dict[str, Any]:
        """A job that was accepted."""
        job: dict[str, Any] = self.starting(key=key, prompt=prompt, **fields).expect(202)
        return job

    def generate(self, *, key: str | None = None, prompt: str = LAMP, **fields: Any) -> Answer:
        """The quick route."""
        return self.post("/api/generate-images", {"prompt": prompt, **fields}, key=key)

    def status(self, job: Mapping[str, Any], **query: str) -> dict[str, Any]:
        """A job as it is now."""
        found: dict[str, Any] = self.get(f"/api/aiimage/status/{job['jobId']}", **query).expect(200)
        return found

    def persisting(self, *, key: str, **fields: Any) -> Answer:
        """The stage's own answer to a start: who is throttled, or not answered, repeats under the same key."""
        until = time.monotonic() + self.patience
        while True:
            try:
                answer = self.starting(key=key, **fields)
            except httpx2.TransportError:
                if time.monotonic() > until:
                    raise
                continue
            if not answer.throttled or time.monotonic() > until:
                return answer
            time.sleep(float(answer.headers.get("retry-after", THROTTLED_PAUSE_SECONDS)))

    def wait(self, job: Mapping[str, Any], *, seconds: float | None = None) -> dict[str, Any]:
        """A job when it is over."""
        seconds = self.patience if seconds is None else seconds
        until = time.monotonic() + seconds
        while (now := self.status(job))["status"] not in FINAL:
            if time.monotonic() > until:
                raise NotAsExpected(f"job {job['jobId']} is not over after {seconds} s: {now}")
            time.sleep(PAUSE_SECONDS)
        return now

    def picture(self, job: Mapping[str, Any], index: int = 0) -> bytes:
        """The bytes of an image of a finished job, by its signed link, which takes no credentials."""
        link = self.status(job)["images"][index]["url"]
        answer = Client(self.url, self.owner).get(link)
        if answer.status != 200:
            raise NotAsExpected(f"the link of image {index} answered {answer.status}: {answer.content[:500]!r}")
        return answer.content

    def cancel(self, job: Mapping[str, Any]) -> Answer:
        """Ask for a job's end."""
        return self.post(f"/api/aiimage/jobs/{job['jobId']}/cancel", {})

    def jobs(self, **query: str) -> dict[str, Any]:
        """A page of the caller's jobs."""
        page: dict[str, Any] = self.get("/api/aiimage/jobs", **query).expect(200)
        return page

    def credits(self) -> dict[str, Any]:
        """What the caller has and what is held."""
        balance: dict[str, Any] = self.get("/api/credits").expect(200)
        return balance

    def entries(self) -> list[dict[str, Any]]:
        """The first page of the caller's ledger."""
        found: list[dict[str, Any]] = self.get("/api/credits/entries").expect(200)["entries"]
        return found
