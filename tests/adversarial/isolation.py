"""Nobody sees, moves or notices what is another's: every route by every kind of caller, and `histories`."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from easel.identity.callers import SCOPES
from easel.webhooks.requests import WebhookRequest
from tests.adversarial import owner_histories, shared_jobs
from tests.support.gateway import ABSENT, Answer, Ask, Gateway, bearer, opened, posted, routes
from tests.support.moto_world import a_world
from tests.support.report import Figures
from tests.support.world import ANN

ROOM = {"jobs_in_flight": 1_000, "service_jobs_in_flight": 1_000}
CANARY = "canary of ann"
LINK_SECONDS_MAX = 300


# --- every route by every kind of caller --------------------------------------------------------------------------


@dataclass
class Scene:
    """Ann's finished and unfinished job, and everybody's credentials."""

    gateway: Gateway
    done: str = ""
    open: str = ""
    hook: str = ""  # her webhook, and what was delivered there
    delivery: str = ""
    callers: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world, keys = self.gateway.world, self.gateway.keys
        self.done = self._job("done", n=2)  # enough for every caller that may refund a credit of it
        self._webhook()
        world.run(self.done)
        world.deliver_now(self.done)
        (told,) = world.webhooks.deliveries(ANN.owner, self.hook, limit=1, cursor=None).deliveries
        self.delivery = told.id
        _, full = keys.create("shop", SCOPES)
        revoked, dead = keys.create("shop", SCOPES)
        keys.revoke(revoked.id)
        stale = keys.create("shop", SCOPES, expires_at=world.clock.now() + 1)[1]
        no_scope = {scope: keys.create("shop", [each for each in SCOPES if each != scope])[1] for scope in SCOPES}
        token = self.gateway.token
        expired = token("ann", seconds=-61)
        world.clock.forward(1)
        ann, bob = "user:local:ann", "user:local:bob"
        self.callers = {
            "owner": bearer(token("ann")),
            "owner by cookie": {"Cookie": f"__Host-easel={token('ann')}", "Origin": self.gateway.url},
            "other": bearer(token("bob")),
            "other by cookie": {"Cookie": f"__Host-easel={token('bob')}", "Origin": self.gateway.url},
            "anonymous": {},
            "expired": bearer(expired),
            "expired key": bearer(stale),
            "revoked": bearer(dead),
            "service": bearer(full),
            "act_for owner": {**bearer(full), "Easel-Owner": ann},
            "act_for other": {**bearer(full), "Easel-Owner": bob},
            "act_for without scope": {**bearer(no_scope["act_for"]), "Easel-Owner": ann},
            "act_for by token": {**bearer(token("bob")), "Easel-Owner": ann},
            **{f"without {scope}": bearer(key) for scope, key in no_scope.items()},
        }
        self.open = self._job("open")

    def _webhook(self) -> None:
        ask = WebhookRequest.model_validate({"url": "https://hooks.shop.example/", "description": CANARY})
        self.hook = self.gateway.world.endpoints.create(ask, caller=ANN).endpoint.id
        self.gateway.world.clock.forward(1)

    def _job(self, name: str, n: int = 1) -> str:
        started = self.gateway.world.begin(ANN, prompt=f"{CANARY}: {name}", metadata={"note": CANARY}, n=n)
        return started.job.id


SELF = ("owner", "owner by cookie", "act_for owner")
ACTORS = ("other", "other by cookie", "service", "act_for other")  # good credentials, for somebody else
DEAD = ("expired", "expired key", "revoked")
MOVERS = (
    "service",
    "act_for owner",
    "act_for other",
    "without read",
    "without generate",
    "without act_for",
    "without erase",
)
BARRED = ("act_for without scope", "act_for by token")
LAMP = {"prompt": "a lamp"}
Sample = tuple[str, Any, str]  # path, body, which rule holds
SAMPLES: dict[str, Sample] = {
    "POST /api/generate-images": ("/api/generate-images", LAMP, "own generate"),
    "POST /api/aiimage/start": ("/api/aiimage/start", LAMP, "own generate"),
    "POST /api/ai-image": ("/api/ai-image", LAMP, "own generate"),
    "POST /api/aiimage/quote": ("/api/aiimage/quote", LAMP, "own generate"),
    "POST /api/aiimage/jobs/{jobId}/cancel": ("/api/aiimage/jobs/{open}/cancel", None, "job generate"),
    "POST /api/aiimage/uploads": ("/api/aiimage/uploads", {"mimeType": "image/png"}, "own generate"),
    "PATCH /api/aiimage/jobs/{jobId}": ("/api/aiimage/jobs/{done}", {"starred": True}, "job generate"),
    "POST /api/aiimage/jobs/{jobId}/shares": ("/api/aiimage/jobs/{done}/shares", {}, "job generate"),
    "GET /api/aiimage/jobs/{jobId}/shares": ("/api/aiimage/jobs/{done}/shares", None, "job read"),
    "DELETE /api/aiimage/jobs/{jobId}/shares/{shareId}": (
        "/api/aiimage/jobs/{done}/shares/none",
        None,
        "job generate",
    ),
    "GET /api/aiimage/shared": ("/api/aiimage/shared?token={done}.guess", None, "nothing"),
    "DELETE /api/aiimage/jobs/{jobId}": ("/api/aiimage/jobs/{done}", None, "job erase"),
    "DELETE /api/account/data": ("/api/account/data", None, "own erase"),
    "GET /api/account/data": ("/api/account/data", None, "own read"),
    "POST /api/account/data/keep": ("/api/account/data/keep", None, "own erase"),
    "GET /api/aiimage/status": ("/api/aiimage/status?jobId={done}", None, "job read"),
    "GET /api/aiimage/status/{jobId}": ("/api/aiimage/status/{done}", None, "job read"),
    "GET /api/aiimage/jobs": ("/api/aiimage/jobs", None, "own read"),
    "GET /api/aiimage/jobs/{jobId}/images/{i}": ("/api/aiimage/jobs/{done}/images/0", None, "job read"),
    "GET /api/aiimage/jobs/{jobId}/images/{i}/thumbnail": (
        "/api/aiimage/jobs/{done}/images/0/thumbnail",
        None,
        "job read",
    ),
    "POST /api/webhooks": ("/api/webhooks", {"url": "https://hooks.shop.example/"}, "own generate"),
    "GET /api/webhooks": ("/api/webhooks", None, "own read"),
    "GET /api/webhooks/{webhookId}": ("/api/webhooks/{hook}", None, "hook read"),
    "PATCH /api/webhooks/{webhookId}": ("/api/webhooks/{hook}", {"enabled": True}, "hook generate"),
    "DELETE /api/webhooks/{webhookId}": ("/api/webhooks/{hook}", None, "hook generate"),
    "POST /api/webhooks/{webhookId}/rotate": ("/api/webhooks/{hook}/rotate", None, "hook generate"),
    "POST /api/webhooks/{webhookId}/test": ("/api/webhooks/{hook}/test", None, "hook generate"),
    "GET /api/webhooks/{webhookId}/deliveries": ("/api/webhooks/{hook}/deliveries", None, "hook read"),
    "POST /api/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver": (
        "/api/webhooks/{hook}/deliveries/{delivery}/redeliver",
        None,
        "hook generate",
    ),
    "GET /api/credits": ("/api/credits", None, "own read"),
    "GET /api/credits/entries": ("/api/credits/entries", None, "own read"),
    "POST /api/credits/grants": ("/api/credits/grants", {"owner": "user:local:ann", "amount": 1}, "money"),
    "POST /api/credits/adjustments": (
        "/api/credits/adjustments",
        {"owner": "user:local:ann", "amount": 1},
        "money",
    ),
    "POST /api/credits/refunds": (
        "/api/credits/refunds",
        {"owner": "user:local:ann", "jobId": "{done}", "amount": 1},
        "money",
    ),
    "GET /api/session": ("/api/session", None, "told"),
    "POST /api/session": ("/api/session", None, "session"),
    "DELETE /api/session": ("/api/session", None, "anyone"),
    "POST /v1/images/generations": ("/v1/images/generations", LAMP, "own generate bearer"),
    "POST /v1/images/edits": (
        "/v1/images/edits",
        {**LAMP, "images": [{"image_url": "https://pictures.example/lamp.png"}]},
        "own generate bearer",
    ),
    "GET /v1/images/jobs/{jobId}": ("/v1/images/jobs/{done}", None, "job generate bearer"),
    "GET /v1/models": ("/v1/models", None, "own any bearer"),
    "GET /v1/models/{id}": ("/v1/models/gpt-image-2", None, "own any bearer"),
    "GET /v1/{path}": ("/v1/nothing", None, "nothing"),
    "POST /v1/{path}": ("/v1/nothing", {}, "nothing"),
    "GET /": ("/", None, "anyone"),
    "GET /web/{path}": ("/web/page.js", None, "anyone"),
    "GET /web/config.json": ("/web/config.json", None, "anyone"),
    "GET /api/models": ("/api/models", None, "anyone"),
    "GET /api/features": ("/api/features", None, "anyone"),
    "GET /openapi.json": ("/openapi.json", None, "anyone"),
    "GET /docs": ("/docs", None, "anyone"),
    "GET /healthz": ("/healthz", None, "anyone"),
}


ERASING = ("DELETE /api/aiimage/jobs/{jobId}", "DELETE /api/account/data", "DELETE /api/webhooks/{webhookId}")


def expected(rule: str, who: str) -> set[int]:
    """The statuses that a caller may be answered with."""
    kind, scope, by = [*rule.split(" "), "", ""][:3]
    if kind == "anyone":
        return {200, 204}
    if kind == "nothing":
        return {404}
    if by == "bearer" and "cookie" in who:
        return {401, 403}
    if who in DEAD:
        return {401}
    if kind == "told":
        return {403} if who in BARRED else {200}
    if kind == "session":
        return {200} if who in ("owner", "other") else {401, 403}
    if who in BARRED:
        return {403}
    if kind == "money":
        return {201} if who in MOVERS else {401, 403}
    if who == "anonymous":
        return {401, 404} if scope == "read" and kind == "job" else {401}
    if who.startswith("without ") and who != f"without {scope}":
        return expected(rule, "service")
    if who == f"without {scope}":
        return {403}
    if kind == "hook":
        return {200, 202, 204, 404} - ({200, 202, 204} if who not in SELF else set())
    if kind == "job":
        done = {200, 201, 202, 204, 302, 409}
        return done if who in SELF else {404}
    return {200, 201, 202, 303, 402}


def matrix(figures: Figures) -> None:
    """Every route by every kind of caller, each on a fresh scene where it changes something."""
    named = [f"{method} {path}" for method, path, _ in routes()]
    with a_world() as world:
        scene = Scene(opened(world.allowing(**ROOM)))
        for route in named:
            if route not in ERASING:
                _everybody(scene, route, figures)
        _absent_and_foreign(scene, figures)
        _links(scene, figures)
    for route in ERASING:  # what they leave is no scene for others
        with a_world() as world:
            _everybody(Scene(opened(world.allowing(**ROOM))), route, figures)


def _everybody(scene: Scene, route: str, figures: Figures) -> None:
    if route not in SAMPLES:
        figures.blame(["a route without a sample"], route)
        return
    figures.reached["routes"] += 1
    for who in scene.callers:
        _try(scene, route, who, figures)


def _try(scene: Scene, route: str, who: str, figures: Figures) -> None:
    path, _, rule = SAMPLES[route]
    answer = _ask(scene, route, who, job=scene.open if "{open}" in path else scene.done)
    figures.runs += 1
    figures.reached[f"caller: {who}"] += 1
    if rule == "money" and who == "owner by cookie" and answer.code == "origin_not_allowed":
        figures.blame(["our own page is refused"], route)
    if answer.status not in expected(rule, who):
        figures.blame([f"{answer.status} {answer.code}"], f"{route} by {who}")
    seen = CANARY.encode() in answer.body or scene.done.encode() in answer.body
    if rule not in ("money",) and seen and who not in SELF:
        figures.blame(["somebody else's words"], f"{route} by {who}")


def _ask(scene: Scene, route: str, who: str, *, job: str) -> Answer:
    path, body, _ = SAMPLES[route]
    headers, content = dict(scene.callers[who]), None
    if body is not None:
        text = json.dumps(body).replace("{done}", job)
        more, content = posted(json.loads(text), **{"Idempotency-Key": f"{route}-{who}".replace(" ", "-")})
        if "credits" not in path:
            more.pop("Idempotency-Key")
        headers |= more
    if route == "POST /api/session" and "cookie" in who:
        headers.pop("Authorization", None)
    hook = ABSENT if job == ABSENT else scene.hook
    place = path.format(done=job, open=job, hook=hook, delivery=scene.delivery)
    ask = Ask(route.split(" ")[0], place, headers, content)
    return scene.gateway.send(ask, named="the-same")


def _absent_and_foreign(scene: Scene, figures: Figures) -> None:
    """Another's job and no job at all are answered with the same bytes."""
    for route, (path, _, rule) in SAMPLES.items():
        if not rule.startswith(("job", "hook")):
            continue
        for who in (*ACTORS, "anonymous"):
            for job in (scene.done, scene.open):
                foreign, absent = _ask(scene, route, who, job=job), _ask(scene, route, who, job=ABSENT)
                figures.runs += 1
                figures.reached["foreign and absent compared"] += 1
                if foreign != absent:
                    figures.blame(["foreign differs from absent"], f"{route} by {who} {path}")


def _links(scene: Scene, figures: Figures) -> None:
    """Links are short-lived, for the viewer alone, and gone with the job."""
    gateway, ann = scene.gateway, scene.callers["owner"]
    shown = gateway.send(Ask("GET", f"/api/aiimage/status/{scene.done}", ann)).json
    for url in [shown["images"][0]["url"], shown["images"][0]["thumbnailUrl"]]:
        figures.reached["links"] += 1
        lives = int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])
        if not 0 < lives <= LINK_SECONDS_MAX:
            figures.blame(["a link lives too long"], lives)
    gateway.world.erase(scene.done, caller=ANN)
    for who in scene.callers:
        for path in (f"/api/aiimage/jobs/{scene.done}/images/0", f"/api/aiimage/status/{scene.done}"):
            answer = gateway.send(Ask("GET", path, scene.callers[who]))
            figures.runs += 1
            figures.reached["erased"] += 1
            if answer.status in (200, 302) or (answer.status == 410) != (who in SELF):
                figures.blame([f"an erased job is answered with {answer.status}"], who)


def strangers(figures: Figures) -> None:
    """Jobs of nobody are seen by their own token, and by nothing else."""
    with a_world() as world:
        world.allowing(anonymous=True, anonymous_daily_credits=1_000)
        gateway = opened(world, anonymous=True)
        headers, body = posted(LAMP)
        made = [gateway.send(Ask("POST", "/api/generate-images", headers, body)).json for _ in range(3)]
        tokens = [one["jobToken"] for one in made]
        signed_in = bearer(gateway.token("ann"))
        for index, one in enumerate(made):
            path = f"/api/aiimage/status/{one['jobId']}"
            shows: dict[str, tuple[Mapping[str, str], int]] = {
                "its token": ({"Easel-Job-Token": tokens[index]}, 200),
                "its token, signed in": ({**signed_in, "Easel-Job-Token": tokens[index]}, 200),
                "another's token": ({"Easel-Job-Token": tokens[index - 1]}, 404),
                "no token": ({}, 404),
                "signed in": (signed_in, 404),
                "a short token": ({"Easel-Job-Token": tokens[index][:-1]}, 404),
                "the owner's name for a token": ({"Easel-Job-Token": "anonymous"}, 404),
            }
            for name, (sent, status) in shows.items():
                figures.runs += 1
                figures.reached[f"nobody's job by {name}"] += 1
                answer = gateway.send(Ask("GET", path, sent))
                if answer.status != status:
                    figures.blame([f"nobody's job by {name}: {answer.status}"], index)
            cancel = gateway.send(Ask("POST", f"/api/aiimage/jobs/{one['jobId']}/cancel", signed_in))
            if cancel.status != 404:
                figures.blame([f"nobody's job is canceled: {cancel.status}"], index)


PARTS: tuple[Callable[[Figures], None], ...] = (matrix, strangers, shared_jobs.shares, owner_histories.histories)
RARE = (
    "routes",
    "foreign and absent compared",
    "links",
    "erased",
    "nobody's job by its token",
    *shared_jobs.MET,
    *owner_histories.MET,
)


def main() -> int:
    """Run it all."""
    figures = Figures()
    for part in PARTS:
        part(figures)
    callers = [name for name in figures.reached if name.startswith("caller: ")]
    return figures.close([*RARE, *callers])


if __name__ == "__main__":
    sys.exit(main())
