"""Whatever is sent to our own interface, the answer is one that the interface announces, and never a 5xx.

Schemathesis makes cases of our OpenAPI document, alone and along its links; then come broken JSON, odd strings, and
bodies of far too much, for which little must be done. On a local stack of its own; `INPROCESS=1`: the doors in this
process, on moto.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky
from jsonschema_rs import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from easel.http import problems
from easel.identity.callers import SCOPES
from easel.openapi.problem_schema import PROBLEM
from local.issuer import Issuer
from tests.adversarial.bounded_work import work
from tests.adversarial.http_server import served
from tests.support.deployed import on_this_machine
from tests.support.gateway import Gateway, bearer
from tests.support.moto_world import a_world
from tests.support.report import Figures, sabotaged, scale
from tests.support.work import HEAVY

CASES, JOURNEYS, STEPS = 11_000, 40, 6
SECONDS_MAX = 1_800
CALL_SECONDS = 40
JSON = "application/json"
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
QUIET: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
    "verbosity": Verbosity.quiet,
}
ODD = (
    "",
    " ",
    "\0",
    "\n",
    "\r\nX-Evil: 1",
    "null",
    "NaN",
    "é",
    "日本語",
    "🦊",
    "\u202e",
    "\ufeff",
    "\ud800",
    "x" * 40_000,
    "../../etc/passwd",
    "' OR 1=1 --",
    "<script>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%00",
    "%ff",
    "-1",
    "1e999",
    "0x10",
    "true",
    "[]",
    "{}",
    "user:local:\u0000",
)
BROKEN = (
    b"",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"0",
    b'"x"',
    b'{"prompt"',
    b'{"prompt":}',
    b'{"prompt":NaN}',
    b'{"prompt":1e999}',
    b'{"a":1,"a":2}',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'{"prompt":"\\ud800"}',
    b"[" * 60_000,
    b'{"a":' * 20_000,
    b"9" * 9_000,
    b'{"prompt":"' + b"x" * 4_500_000 + b'"}',
    b"\0" * 100,
    b'{"__proto__":{}}',
    b"{} {}",
    b"{'prompt':'x'}",
)


@dataclass
class Target:
    """What is fuzzed, and as whom."""

    url: str
    callers: Sequence[Mapping[str, str]]
    sent: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS_MAX)
    session: requests.Session = field(default_factory=requests.Session)

    def next_caller(self) -> Mapping[str, str]:
        """Everybody in turn."""
        self.sent += 1
        return self.callers[self.sent % len(self.callers)]

    @property
    def late(self) -> bool:
        return time.monotonic() > self.until


def cases(target: Target, schema: Any, figures: Figures) -> None:
    """Every operation, with what fits its schema and what does not."""
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(3, round(CASES * scale() / len(operations)))
    for operation in operations:

        @seed(len(operation.label))
        @settings(max_examples=each, **QUIET)
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            if not target.late:
                _call(target, case, figures, "cases")

        before = figures.runs
        run()
        _again(target, operation, figures, each - (figures.runs - before))
        figures.reached["operations"] += 1


def _again(target: Target, operation: Any, figures: Figures, missing: int) -> None:
    """Operations without parameters have few cases of their own: ask them as others, with other headers."""
    for number in range(max(0, missing)):
        if target.late:
            return
        odd = ODD[number % len(ODD)].encode("utf-8", "replace").decode("latin-1")
        header = "".join(letter for letter in odd if letter.isprintable())[:2_000].strip()
        names = (
            "If-None-Match",
            "Prefer",
            "Idempotency-Key",
            "Easel-Owner",
            "Easel-Job-Token",
            "Origin",
            "Accept",
            "Cookie",
        )
        case = operation.Case(headers={names[number % len(names)]: header}, path_parameters=_path(operation))
        _call(target, case, figures, "cases")


def _name_every_status(document: dict[str, Any]) -> None:
    """What an operation does not name by its status is not announced, whatever `default` says."""
    for operations in document["paths"].values():
        for operation in operations.values():
            del operation["responses"]["default"]


def _path(operation: Any) -> dict[str, Any]:
    return {name: "0" for name in ("jobId", "i") if f"{{{name}}}" in operation.path}


def journeys(target: Target, schema: Any, figures: Figures) -> None:
    """Along the links: a job that was started is looked at, canceled, its picture fetched."""
    base = schema.as_state_machine()

    class Journey(base):  # type: ignore[misc, valid-type]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": dict(target.callers[0]), "timeout": CALL_SECONDS, "allow_redirects": False}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            figures.runs += 1
            figures.reached["steps along links"] += 1
            figures.reached["jobs followed"] += "/jobs/" in case.path or "/status/" in case.path
            _check(response, case, figures)

    machine: Any = Journey
    few = settings(max_examples=2, stateful_step_count=STEPS, **QUIET)
    for _ in range(max(2, round(JOURNEYS * scale()))):
        try:
            machine.run(settings=few)
        except Flaky:  # the stage remembers, so the same steps a second time need not lead as far
            figures.reached["journeys that led elsewhere the second time"] += 1


def _call(target: Target, case: Any, figures: Figures, name: str) -> None:
    headers = {**target.next_caller(), **({"Accept": "*/*"} if not case.headers else {})}
    figures.runs += 1
    figures.reached[name] += 1
    try:
        answer = case.call(
            base_url=target.url, session=target.session, headers=headers, timeout=CALL_SECONDS, allow_redirects=False
        )
    except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
        figures.reached["cases that cannot be sent"] += 1
        return
    _check(answer, case, figures)


def _check(answer: Any, case: Any, figures: Figures) -> None:
    figures.reached[f"{answer.status_code // 100}xx"] += answer.status_code < 500
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        figures.blame(
            [f"{type(one).__name__} {answer.status_code}" for one in group.exceptions],
            f"{case.operation.label}: {str(group.exceptions[0])[:160]} {case.headers} {str(case.body)[:80]}",
        )


def odd(target: Target, document: Mapping[str, Any], figures: Figures) -> None:
    """Broken JSON to every route that reads a body, odd strings into every path, query and header."""
    problem = Draft202012Validator(PROBLEM)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            reads = "requestBody" in operation
            for body in BROKEN if reads else ():
                for kind in ("application/json", "text/plain", ""):
                    _raw(
                        target,
                        method,
                        path.replace("{jobId}", "x").replace("{i}", "0"),
                        {"Content-Type": kind},
                        body,
                        problem,
                        figures,
                    )
            for text in ODD:
                quoted = quote(text.encode("utf-8", "replace"), safe="")[:1_500]
                inside = quoted or "%20"
                address = path.replace("{jobId}", inside).replace("{i}", inside)
                named = f"{address}?jobId={quoted}&limit={quoted}&cursor={quoted}&wait={quoted}&jobToken={quoted}"
                _raw(target, method, named, {}, b"{}" if reads else None, problem, figures)


def heavy(target: Target, document: Mapping[str, Any], figures: Figures) -> None:
    """Bodies of far more than a request holds: the answer is short, and one of ours."""
    problem = Draft202012Validator(PROBLEM)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for body in HEAVY.values() if "requestBody" in operation else ():
                figures.reached["heavy bodies"] += 1
                _raw(target, method, path.replace("{jobId}", "x"), {"Content-Type": JSON}, body, problem, figures)


def _raw(
    target: Target,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    problem: Any,
    figures: Figures,
) -> None:
    if target.late:
        return
    sent = {**target.next_caller(), **headers}
    answer = target.session.request(
        method, f"{target.url}{path}", headers=sent, data=body, timeout=CALL_SECONDS, allow_redirects=False
    )
    figures.runs += 1
    figures.reached["odd requests"] += 1
    where = f"{method} {path[:80]} {(body or b'')[:40]!r}"
    if answer.status_code >= 500:
        figures.blame([f"{answer.status_code}"], where)
    if answer.status_code >= 400 and len(answer.content) > problems.BYTES_MAX:
        figures.blame([f"a refusal of {len(answer.content)} bytes"], where)
    if answer.status_code >= 400 and (
        answer.headers.get("Content-Type") != problems.MEDIA_TYPE or list(problem.iter_errors(answer.json()))
    ):
        figures.blame([f"{answer.status_code} is no problem of ours"], where)


class Stumbling(Gateway):
    """The seeded bug: an empty limit is an error of ours."""

    def send(self, ask: Any, *, named: str = "") -> Any:
        answer = super().send(ask, named=named)
        if sabotaged() and "limit=" in ask.path and answer.status == 400:
            return type(answer)(500, answer.headers, b"{}")
        return answer


@contextmanager
def in_process() -> Iterator[Target]:
    """The doors on moto."""
    with a_world() as world:
        gateway = Stumbling(world.allowing(jobs_in_flight=1_000, service_jobs_in_flight=1_000))
        ann, full = bearer(gateway.token("ann", seconds=86_400)), bearer(gateway.keys.create("shop", SCOPES)[1])
        with served(gateway) as url:
            yield Target(url, [ann, bearer(gateway.token("poor", seconds=86_400)), full, {}])


@contextmanager
def on_local_stack() -> Iterator[Target]:
    """A local stack of its own, taken down whatever happens."""
    with on_this_machine() as stack:
        issuer = Issuer.kept_in(stack.places.file("issuer.json"), address=stack.url)
        people = [bearer(issuer.token("dev")), bearer(issuer.token("poor")), bearer(stack.developer.api_key), {}]
        yield Target(stack.url, people)


PARTS = (
    "operations",
    "cases",
    "steps along links",
    "jobs followed",
    "odd requests",
    "heavy bodies",
    "bodies whose work was counted",
    "2xx",
    "4xx",
)


def main() -> int:
    """Run it all."""
    figures = Figures()
    where: Callable[[], Any] = in_process if os.environ.get("INPROCESS") or sabotaged() else on_local_stack
    with where() as target:
        document = target.session.get(f"{target.url}/openapi.json", timeout=CALL_SECONDS).json()
        document["servers"] = [{"url": target.url}]
        _name_every_status(document)
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=target.url)
        journeys(target, schema, figures)
        odd(target, document, figures)
        heavy(target, document, figures)
        work(figures)
        cases(target, schema, figures)
        if target.late:
            figures.blame(["not done in time"], f"{SECONDS_MAX} s")
    figures.more["serverErrors"] = sum(count for what, count in figures.violations.items() if "ServerError" in what)
    return figures.close(PARTS)


if __name__ == "__main__":
    sys.exit(main())
