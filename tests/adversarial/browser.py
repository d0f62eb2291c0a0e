"""A browser on another site changes nothing with somebody's cookie; and every answer carries its guards.

Every unsafe route × Sec-Fetch-Site × Origin × what a form or script could send, with Ann's session cookie in each: what
is not our page or the configured site changes not one row. The gateway's own errors are read from the template.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from easel.http.headers import ALWAYS, HTTPS
from easel.identity.session_cookie import SAFE, Sessions
from easel.webhooks.requests import WebhookChanges, WebhookRequest
from infra import cors, gateway_responses
from tests.adversarial.isolation import SAMPLES
from tests.support.gateway import SITE, URL, Answer, Ask, Gateway, bearer, routes
from tests.support.moto_world import a_world
from tests.support.report import Figures, sabotaged, scale
from tests.support.world import ANN, World

HOOK = WebhookRequest.model_validate({"url": "https://hooks.shop.example/"})
SWITCHED_ON = WebhookChanges.model_validate({"enabled": True})
EVIL = "https://evil.example"
ORIGINS: tuple[str | None, ...] = (
    None, URL, SITE, EVIL, "null", "", f"{URL}.evil.example", f"{URL}:444", URL.replace("https", "http"),
    f"{URL}/", URL.upper(), f"{URL} {EVIL}", "https://evil.images.example", "file://", "https://images.example@evil.example",
)  # fmt: skip
SITES: tuple[str | None, ...] = (
    None,
    "same-origin",
    "same-site",
    "cross-site",
    "none",
    "",
    "Same-Origin",
    "same-origin, cross-site",
)
TYPES: tuple[str | None, ...] = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    None,
)
OURS = {
    (None, "same-origin"),
    (URL, None),
    (URL, "same-origin"),
    (SITE, None),
    (SITE, "same-origin"),
    (SITE, "same-site"),
    (SITE, "cross-site"),
}
TABLES = ("jobs", "credits", "limits", "keys")


@dataclass(frozen=True)
class Careless(Sessions):
    """The seeded bug: a request without an Origin is taken for our own page's."""

    def must_be_ours(self, method: str, *, origin: str | None, site: str | None) -> None:
        if origin is not None:
            super().must_be_ours(method, origin=origin, site=site)


class Photograph:
    """Whether anything changed: every row of every table, every object, every execution."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self) -> str:
        world = self._world
        rows = [world.dynamodb.scan(TableName=table)["Items"] for table in TABLES]
        kept = world.s3.list_objects_v2(Bucket="assets").get("Contents", [])
        return json.dumps([rows, [one["Key"] for one in kept], world.workflow.started], sort_keys=True, default=str)


def attacks(gateway: Gateway, figures: Figures) -> None:
    """Each combination on each unsafe route, from the same state."""
    cookie = f"__Host-easel={gateway.token('ann', seconds=86_400)}"
    names = _anns(gateway.world)
    shot = Photograph(gateway.world)
    before = shot()
    for method, path, open_to_all in routes():
        if method in SAFE or open_to_all:
            continue
        figures.reached["unsafe routes"] += 1
        for origin, site, kind in islice(product(ORIGINS, SITES, TYPES), None, None, _step()):
            if (origin, site) in OURS:
                continue
            answer = gateway.send(_forged(method, path, names, cookie, origin, site, kind))
            figures.runs += 1
            figures.reached["cross-site requests"] += 1
            figures.reached["refused by origin"] += answer.code == "origin_not_allowed"
            where = f"{method} {path} origin={origin} site={site} type={kind}"
            if answer.status < 400 or "set-cookie" in answer.headers:
                figures.blame([f"answered {answer.status}"], where)
            _guarded(answer, origin, figures, where)
        after = shot()
        if after != before:
            figures.blame(["a cross-site request changed something"], f"{method} {path}")
            before = after


def ours(gateway: Gateway, figures: Figures) -> None:
    """Our own page and the configured site do get through: the guard refuses no honest request."""
    cookie = f"__Host-easel={gateway.token('ann', seconds=86_400)}"
    for method, path, open_to_all in routes():
        if method in SAFE or open_to_all:
            continue
        for origin, site in islice(sorted(OURS, key=str), None, None, min(_step(), len(OURS) - 1)):
            names = _anns(gateway.world)
            answer = gateway.send(_forged(method, path, names, cookie, origin, site, "application/json"))
            figures.runs += 1
            figures.reached["honest requests"] += 1
            if answer.code == "origin_not_allowed":
                figures.blame(["an honest request is refused"], f"{method} {path} {origin} {site}")
            _guarded(answer, origin, figures, f"{method} {path}")


def _step() -> int:
    return max(1, round(1 / scale()))


def _anns(world: World) -> dict[str, str]:
    """A job of Ann's by both names that the samples have for one, her webhook, and a delivery to it."""
    job, hooks = world.begin(ANN).job.id, [each.id for each in world.endpoints.list(caller=ANN) if each.url]
    hook = hooks[0] if hooks else world.endpoints.create(HOOK, caller=ANN).endpoint.id
    world.endpoints.change(hook, SWITCHED_ON, caller=ANN)
    return {"done": job, "open": job, "hook": hook, "delivery": world.deliveries.test(hook, caller=ANN).id}


def _forged(
    method: str,
    path: str,
    names: Mapping[str, str],
    cookie: str,
    origin: str | None,
    site: str | None,
    kind: str | None,
) -> Ask:
    sample, body, _ = SAMPLES[f"{method} {path}"]
    given = {"Cookie": cookie, "Origin": origin, "Sec-Fetch-Site": site, "Content-Type": kind}
    headers = {name: value for name, value in given.items() if value is not None}
    text = json.dumps(body).replace("{done}", names["done"]).encode() if body else None
    return Ask(method, sample.format(**names), headers, text)


def reads(gateway: Gateway, figures: Figures) -> None:
    """Every answer to a read, by whomever and from wherever, carries its guards too."""
    token = gateway.token("ann", seconds=86_400)
    shows: tuple[Mapping[str, str], ...] = ({}, bearer(token), bearer("rubbish"), {"Cookie": f"__Host-easel={token}"})
    names = _anns(gateway.world)
    for method, path, _ in routes():
        if method not in SAFE:
            continue
        sample = SAMPLES[f"{method} {path}"][0].format(**names)
        for shown, origin in islice(product(shows, ORIGINS), None, None, min(_step(), 7)):
            headers = dict(shown) if origin is None else {**shown, "Origin": origin}
            answer = gateway.send(Ask(method, sample, headers))
            figures.runs += 1
            figures.reached["reads"] += 1
            _guarded(answer, origin, figures, f"{method} {path}")


def _guarded(answer: Answer, origin: str | None, figures: Figures, where: str) -> None:
    wanted = {**ALWAYS, **HTTPS}
    for name in wanted:
        if name.lower() not in answer.headers:
            figures.blame([f"an answer without {name}"], where)
    if not answer.headers.get("x-request-id"):
        figures.blame(["an answer without a request id"], where)
    allowed = answer.headers.get("access-control-allow-origin")
    figures.reached["answers with their guards"] += 1
    if origin == SITE:
        figures.reached["answers shared with the configured site"] += 1
        if allowed != SITE or answer.headers.get("access-control-allow-credentials") != "true":
            figures.blame(["the configured site may not read"], where)
    elif allowed is not None or "access-control-allow-credentials" in answer.headers:
        figures.blame([f"{allowed} may read"], where)
    if "Origin" not in answer.headers.get("vary", ""):
        figures.blame(["an answer that does not vary by Origin"], where)


def alone(figures: Figures) -> None:
    """What the gateway says by itself carries the same, by the template that is deployed."""
    for sites in ((), (SITE,), (SITE, "https://two.example")):
        for kind, parameters in _gateway_responses(sites):
            figures.runs += 1
            figures.reached["answers of the gateway alone"] += 1
            wanted = {*ALWAYS, *HTTPS, "X-Request-Id", "Content-Type"} | ({"Vary"} if sites else set())
            if missing := {name for name in wanted if name not in parameters}:
                figures.blame([f"the gateway's {kind} lacks {sorted(missing)}"], sites)
            shared = parameters.get(cors.ALLOW_ORIGIN)
            credentials = "Access-Control-Allow-Credentials" in parameters
            if (shared is not None) != bool(sites) or credentials != (len(sites) == 1):
                figures.blame([f"the gateway's {kind} is shared with {shared}"], sites)


def _gateway_responses(sites: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The gateway responses of a stage with these origins, as CloudFormation gets them."""
    template = synthesized(sites)
    found = [
        one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::ApiGateway::GatewayResponse"
    ]
    kinds = {one["ResponseType"] for one in found}
    assert kinds == set(gateway_responses.ANSWERS), "the gateway has answers of its own that are not ours"
    for one in found:
        prefix = "gatewayresponse.header."
        yield (
            one["ResponseType"],
            {name.removeprefix(prefix): value for name, value in one["ResponseParameters"].items()},
        )


def synthesized(sites: tuple[str, ...]) -> dict[str, Any]:
    """The template of prod with these origins, around an empty bundle."""
    import os
    import tempfile
    from pathlib import Path

    from local import tools

    os.environ.setdefault("JSII_NODE", str(tools.node().binary))
    from aws_cdk import App
    from aws_cdk.assertions import Template

    from infra import bundling, stages
    from infra.stack import EaselStack

    stage = stages.load("prod").model_copy(update={"cors_origins": sites})
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / name for name in ("code", *bundling.LAYERS)}
        for folder in folders.values():
            folder.mkdir()
            (folder / "empty").write_text(folder.name)
        bundle = bundling.Bundle(code=folders["code"], layers={name: folders[name] for name in bundling.LAYERS})
        stack = EaselStack(App(outdir=str(Path(scratch) / "out")), stage=stage, bundle=bundle)
        return dict(Template.from_stack(stack).to_json())


RARE = (
    "unsafe routes", "cross-site requests", "refused by origin", "honest requests", "reads",
    "answers with their guards", "answers shared with the configured site", "answers of the gateway alone",
)  # fmt: skip


def main() -> int:
    """Run it all."""
    figures = Figures()
    with a_world() as world:
        world.give(amount=100_000)
        gateway = Gateway(world.allowing(jobs_in_flight=1_000_000, daily_cap_micros=10**12))
        if sabotaged():
            gateway.authorizer.identity.__dict__["sessions"] = Careless(URL, (SITE,))
        attacks(gateway, figures)
        ours(gateway, figures)
        reads(gateway, figures)
    alone(figures)
    return figures.close(RARE)


if __name__ == "__main__":
    sys.exit(main())
