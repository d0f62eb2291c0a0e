"""What is played for the document's examples: every operation's answers and every refusal, in a world of fakes."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from api import credits, generate, start, status

from easel.identity.callers import SCOPES
from easel.limits.kill_switch import ADDRESS
from easel.providers.errors import ProviderError, ProviderMisconfigured, ProviderRefused, ProviderUnavailable
from easel.webhooks.sending import Answered
from tests.interface.recorder import Recorder
from tests.support.fakes import FakeClock, FakeProvider, png
from tests.support.gateway import DOORS, Ask, Gateway, bearer, posted
from tests.support.moto_world import a_world
from tests.support.world import ANN as CALLER
from tests.support.world import World

ANN = "user:local:ann"
CAMERA = {"prompt": "Editorial product shot of a silver camera on a soft gray desk", "aspectRatio": "3:2"}
LAMP = {"prompt": "Premium product render of a ceramic lamp", "metadata": {"order": "17"}}
OPENAI = {"prompt": "prompt", "modelId": "model", "quality": "quality"}
WRONG_RATIO = "5:1"
ABSENT = "k" + "a" * 26
SECONDS = 7.2  # of a provider's call
MANY = 9  # calls of a provider: more than any job makes
START, QUICK = "/api/aiimage/start", "/api/generate-images"
MADE, EDITED = "/v1/images/generations", "/v1/images/edits"
STARTS = (START, "/api/ai-image", QUICK, MADE, EDITED)
QUOTE = "/api/aiimage/quote"
ACCOUNT_DATA = "/api/account/data"
SERVER = {"url": "https://hooks.shop.example/easel", "description": "the shop's own server"}


def play() -> Recorder:
    """All of it."""
    recorder = Recorder()
    for scene in (
        jobs,
        openai_routes,
        credit_movements,
        sessions,
        readings,
        erasures,
        refused_starts,
        limited_starts,
        failed_jobs,
    ):
        with a_stage() as world:
            scene(recorder, world)
    with a_stage(moderation={"words": ["gore"]}) as world:
        moderated(recorder, world)
    with a_stage(moderation={"openai": True, "signed_in": "closed"}, unmoderated=True) as world:
        recorder.ask(Gateway(world), post(Gateway(world), START, LAMP))
    for scene in (commands, webhooks):
        with a_stage() as world:
            scene(recorder, world)
    return recorder


@contextmanager
def a_stage(**options: Any) -> Iterator[World]:
    """A world whose providers take their time; afterwards the doors of this process have what they had before."""
    before = [(module, module.door.deps) for module in DOORS]
    clock = FakeClock()
    providers = {name: FakeProvider(clock=clock, seconds=SECONDS) for name in ("openai", "openai_compatible")}
    try:
        with a_world(clock=clock, providers=providers, **options) as world:
            yield world
    finally:
        for module, deps in before:
            module.door.deps = deps


def as_ann(gateway: Gateway) -> dict[str, str]:
    return bearer(gateway.token("ann"))


def get(gateway: Gateway, path: str, **headers: str) -> Ask:
    return Ask("GET", path, {**as_ann(gateway), **headers})


def post(gateway: Gateway, path: str, fields: Any = None, **headers: str) -> Ask:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    if fields is None:
        return Ask("POST", path, {**as_ann(gateway), **said})
    return Ask("POST", path, *posted(fields, **{**as_ann(gateway), **said}))


def asked(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A request in the words of its route: OpenAI's have other names, and an edit has a picture to begin from."""
    if path not in (MADE, EDITED):
        return dict(fields)
    told = {OPENAI[name]: value for name, value in fields.items() if name in OPENAI}
    if fields.get("aspectRatio") == WRONG_RATIO:
        told["size"] = WRONG_RATIO
    if path == EDITED:
        photo = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
        told["images"] = [{"image_url": each["data"]} for each in fields.get("references", [{"data": photo}])]
    return told


def last(world: World) -> str:
    """The job begun last."""
    return world.workflow.started[-1]


def finished(world: World) -> None:
    """While a door waits: the workflow takes the job to its end."""
    world.run(last(world))


def jobs(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    world.clock.on_sleep = lambda: finished(world)
    recorder.ask(doors, post(doors, QUICK, CAMERA), "ready")
    recorder.ask(doors, post(doors, QUICK, {**CAMERA, "imageFormat": "url"}), "by link")
    for path in STARTS[:2]:
        recorder.ask(doors, post(doors, path, LAMP, Prefer="wait=20"), "ended")
    world.clock.on_sleep = None
    recorder.ask(doors, post(doors, QUICK, {**CAMERA, "modelId": "dall-e-3"}), "not ready")
    recorder.ask(doors, post(doors, QUOTE, {**LAMP, "modelId": "gpt-image-2", "n": 2}), "quoted")
    recorder.ask(doors, post(doors, "/api/ai-image", LAMP), "accepted")
    recorder.ask(doors, post(doors, START, LAMP), "accepted")
    job = last(world)
    running(recorder, world, doors, job)
    world.run(job)
    for path in (f"/api/aiimage/status/{job}", f"/api/aiimage/status?jobId={job}"):
        tag = recorder.ask(doors, get(doors, path), "succeeded").headers["etag"]
        recorder.ask(doors, get(doors, path, **{"If-None-Match": tag}))
    tag = recorder.ask(doors, get(doors, "/api/aiimage/jobs?limit=1"), "first page").headers["etag"]
    recorder.ask(doors, get(doors, "/api/aiimage/jobs?limit=1", **{"If-None-Match": tag}))
    recorder.ask(doors, get(doors, "/api/aiimage/jobs?limit=1&status=succeeded&include=request"), "with requests")
    starred_and_shared(recorder, doors, job)
    for path in (f"/api/aiimage/jobs/{job}/images/0", f"/api/aiimage/jobs/{job}/images/0/thumbnail"):
        recorder.ask(doors, get(doors, path))
    recorder.ask(doors, post(doors, f"/api/aiimage/jobs/{job}/cancel"))
    recorder.ask(doors, post(doors, "/api/aiimage/uploads", {"mimeType": "image/jpeg"}), "form")


def starred_and_shared(recorder: Recorder, doors: Gateway, job: str) -> None:
    star, shares = posted({"starred": True}, **as_ann(doors)), f"/api/aiimage/jobs/{job}/shares"
    recorder.ask(doors, Ask("PATCH", f"/api/aiimage/jobs/{job}", *star), "starred")
    made = recorder.ask(doors, post(doors, shares, {"seconds": 86_400}), "shared").json
    recorder.ask(doors, get(doors, shares), "shares")
    recorder.ask(doors, Ask("GET", f"/api/aiimage/shared?token={made['token']}"), "shown")
    recorder.ask(doors, Ask("DELETE", f"{shares}/{made['shareId']}", as_ann(doors)))
    recorder.ask(doors, Ask("GET", f"/api/aiimage/shared?token={made['token']}"))


def openai_routes(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    for path in (MADE, EDITED):
        world.clock.on_sleep = None
        recorder.ask(doors, post(doors, path, asked(path, LAMP)), "not ready")
        recorder.ask(doors, get(doors, f"/v1/images/jobs/{last(world)}"), "not ready")
        world.clock.on_sleep = lambda: finished(world)
        recorder.ask(doors, post(doors, path, asked(path, LAMP)), "ready")
        recorder.ask(doors, get(doors, f"/v1/images/jobs/{last(world)}"), "ready")
    for name in ("", "/gpt-image-2", "/imagen-2"):
        recorder.ask(doors, get(doors, f"/v1/models{name}"), "answer")


def running(recorder: Recorder, world: World, doors: Gateway, job: str) -> None:
    """What is seen of a job and done to one while its provider's call is in flight, and before."""

    def seen(order: Any) -> Any:
        recorder.ask(doors, get(doors, f"/api/aiimage/status/{job}"), "running")
        return FakeProvider().make(order)

    def canceled_late(order: Any) -> Any:
        recorder.ask(doors, post(doors, f"/api/aiimage/jobs/{last(world)}/cancel"), "in flight")
        return FakeProvider().make(order)

    world.providers["openai"].script[:] = [seen]
    world.run(job)
    world.providers["openai"].script[:] = [canceled_late]
    doors.send(post(doors, START, LAMP))
    world.run(last(world))
    doors.send(post(doors, START, LAMP))
    recorder.ask(doors, post(doors, f"/api/aiimage/jobs/{last(world)}/cancel"), "canceled")


def credit_movements(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    _, written = doors.keys.create("shop", SCOPES)
    done = world.begin()
    world.run(done.job.id)

    def move(path: str, fields: Mapping[str, Any], key: str, name: str) -> None:
        headers, body = posted({"owner": ANN, **fields}, **bearer(written), **{"Idempotency-Key": key})
        recorder.ask(doors, Ask("POST", f"/api/credits/{path}", headers, body), name)

    move("grants", {"amount": 100, "expiresAt": "2027-10-28T00:00:00Z"}, "invoice-17", "granted")
    move("grants", {"amount": 200}, "invoice-17", "reused")
    move("adjustments", {"amount": -10}, "correction-1", "taken")
    move("adjustments", {"amount": -20}, "correction-1", "reused")
    move("adjustments", {"amount": -10_000}, "correction-2", "too much")
    move("refunds", {"jobId": done.job.id, "amount": 2}, "refund-1", "refunded")
    move("refunds", {"jobId": done.job.id, "amount": 1}, "refund-1", "reused")
    move("refunds", {"jobId": "k" + "a" * 26}, "refund-2", "no such job")
    recorder.ask(doors, get(doors, "/api/credits"), "balance")
    recorder.ask(doors, get(doors, "/api/credits/entries?limit=3"), "first page")


def sessions(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    recorder.ask(doors, post(doors, "/api/session"), "begun")
    recorder.ask(doors, get(doors, "/api/session"), "signed in")
    recorder.ask(doors, Ask("GET", "/api/session"), "nobody")
    recorder.ask(doors, Ask("DELETE", "/api/session"))
    stolen = {"Cookie": f"__Host-easel={doors.token('ann')}", "Origin": "https://elsewhere.example"}
    headers, body = posted(LAMP, **stolen)
    recorder.ask(doors, Ask("POST", START, headers, body))
    recorder.ask(doors, Ask("DELETE", "/api/session", stolen))
    recorder.ask(doors, Ask("GET", "/api/credits"))
    _, written = doors.keys.create("reader", ["read"])
    headers, body = posted(LAMP, **bearer(written))
    recorder.ask(doors, Ask("POST", START, headers, body))


def readings(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    for path in ("/api/models", "/api/features", "/healthz"):
        recorder.ask(doors, Ask("GET", path), "answer")
    for path in ("/openapi.json", "/docs"):
        doors.send(Ask("GET", path))
    recorder.ask(doors, Ask("PUT", START))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody foresaw this")

    vars(world.accounts)["balance"] = broken
    recorder.ask(doors, get(doors, "/api/credits"))
    del vars(world.accounts)["balance"]


def erasures(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    doors.send(post(doors, START, LAMP))
    job = last(world)
    doors.send(Ask("POST", QUICK, *posted(CAMERA, **as_ann(doors), **{"Idempotency-Key": "camera-1"})))
    world.run(last(world))
    world.run(job)
    for path in STARTS[:2]:
        doors.send(post(doors, path, LAMP, Idempotency_Key=f"lamp{path.count('/')}"))
    begun = list(world.workflow.started)
    for each in dict.fromkeys([job, *begun]):
        recorder.ask(doors, Ask("DELETE", f"/api/aiimage/jobs/{each}", as_ann(doors)), "erased")
    gone = [f"/api/aiimage/status/{job}", f"/api/aiimage/status?jobId={job}", f"/api/aiimage/jobs/{job}/images/0"]
    for path in (*gone, f"/api/aiimage/jobs/{job}/images/0/thumbnail"):
        recorder.ask(doors, get(doors, path))
        recorder.ask(doors, get(doors, path.replace(job, ABSENT)))
    recorder.ask(doors, Ask("DELETE", f"/api/aiimage/jobs/{ABSENT}", as_ann(doors)))
    recorder.ask(doors, post(doors, f"/api/aiimage/jobs/{ABSENT}/cancel"))
    for each in (job, ABSENT):
        recorder.ask(doors, Ask("PATCH", f"/api/aiimage/jobs/{each}", *posted({"starred": True}, **as_ann(doors))))
        recorder.ask(doors, post(doors, f"/api/aiimage/jobs/{each}/shares", {}))
        recorder.ask(doors, get(doors, f"/api/aiimage/jobs/{each}/shares"))
        recorder.ask(doors, Ask("DELETE", f"/api/aiimage/jobs/{each}/shares/x", as_ann(doors)))
    for path in (MADE, EDITED):
        doors.send(post(doors, path, asked(path, LAMP), Idempotency_Key=path))
        doors.send(Ask("DELETE", f"/api/aiimage/jobs/{last(world)}", as_ann(doors)))
        recorder.ask(doors, post(doors, path, asked(path, LAMP), Idempotency_Key=path))
    for each in (job, ABSENT):
        recorder.ask(doors, get(doors, f"/v1/images/jobs/{each}"))
    for path, fields, key in ((START, LAMP, "lamp3"), ("/api/ai-image", LAMP, "lamp2"), (QUICK, CAMERA, "camera-1")):
        recorder.ask(doors, post(doors, path, fields, Idempotency_Key=key))
    recorder.ask(doors, Ask("DELETE", ACCOUNT_DATA, as_ann(doors)), "noted")
    recorder.ask(doors, get(doors, ACCOUNT_DATA), "noted")
    recorder.ask(doors, post(doors, f"{ACCOUNT_DATA}/keep"), "taken back")
    recorder.ask(doors, get(doors, ACCOUNT_DATA), "nothing")
    doors.send(Ask("DELETE", ACCOUNT_DATA, as_ann(doors)))
    world.clock.forward(world.policy.erasure_grace_seconds)
    recorder.ask(doors, post(doors, f"{ACCOUNT_DATA}/keep"))


def webhooks(recorder: Recorder, world: World) -> None:
    doors, path = Gateway(world), "/api/webhooks"
    recorder.ask(doors, post(doors, path, SERVER), "made")
    recorder.ask(doors, post(doors, path, {"url": "http://hooks.shop.example/easel"}))
    (made,) = world.webhooks.endpoints(ANN).endpoints
    one = f"{path}/{made.id}"
    doors.send(post(doors, START, LAMP))
    world.receiver.answers = [Answered(milliseconds=212, status=503, answer="down for repairs")]
    world.run(last(world))
    world.deliver_now(last(world))
    recorder.ask(doors, get(doors, path), "both")
    recorder.ask(doors, get(doors, one), "on")
    recorder.ask(doors, get(doors, f"{one}/deliveries?limit=1"), "first page")
    (found,) = world.webhooks.deliveries(ANN, made.id, limit=1, cursor=None).deliveries
    recorder.ask(doors, post(doors, f"{one}/deliveries/{found.id}/redeliver"), "again")
    recorder.ask(doors, post(doors, f"{one}/test"), "sent")
    recorder.ask(doors, post(doors, f"{one}/rotate"), "new secret")
    headers, body = posted({"events": ["job.failed"]}, **as_ann(doors))
    recorder.ask(doors, Ask("PATCH", one, headers, body), "changed")
    recorder.ask(doors, Ask("DELETE", one, as_ann(doors)))
    absent = f"{path}/{ABSENT}"
    recorder.ask(doors, Ask("PATCH", absent, headers, body))
    recorder.ask(doors, Ask("DELETE", absent, as_ann(doors)))
    for each in (absent, f"{absent}/deliveries"):
        recorder.ask(doors, get(doors, each))
    for each in ("rotate", "test", f"deliveries/{ABSENT}/redeliver"):
        recorder.ask(doors, post(doors, f"{absent}/{each}"))


def refused_starts(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    for path in STARTS:
        for changes in (
            {"aspectRatio": WRONG_RATIO},
            {"modelId": "imagen-2"},
            {"modelId": "gpt-image-2", "quality": "max"},
            {"references": [{"data": "data:image/png;base64,AAAA"}], "mode": "image_to_image"},
        ):
            recorder.ask(doors, post(doors, path, asked(path, {**CAMERA, **changes})))
            recorder.ask(doors, post(doors, QUOTE, {**CAMERA, **changes}))
        recorder.ask(doors, Ask("POST", path, *posted(asked(path, CAMERA), **bearer(doors.token("bob")))))
        doors.send(post(doors, path, asked(path, CAMERA), Idempotency_Key=f"again{path}"))
        recorder.ask(doors, post(doors, path, asked(path, LAMP), Idempotency_Key=f"again{path}"))
        world.give(amount=100)
    sent = {**as_ann(doors), "Content-Type": "application/json"}
    recorder.ask(doors, Ask("POST", START, sent, b"{"))
    recorder.ask(doors, Ask("POST", START, sent, b" " * 4_400_001))
    recorder.ask(doors, Ask("POST", START, {**sent, "Content-Type": "text/plain"}, json.dumps(LAMP).encode()))


def limited_starts(recorder: Recorder, world: World) -> None:
    Gateway(world).send(post(Gateway(world), START, LAMP))  # one job is in flight from here on
    for limit in ({"owner_daily_credits": 5}, {"jobs_in_flight": 1}, {"owner_per_minute": 1}):
        doors = Gateway(world.allowing(**{"owner_daily_credits": None, "jobs_in_flight": 8, **limit}))
        for path in STARTS:
            recorder.ask(doors, post(doors, path, asked(path, LAMP)))
    doors = Gateway(world.allowing(owner_uploads_per_hour=1, owner_per_minute=120))
    for _ in range(2):
        recorder.ask(doors, post(doors, "/api/aiimage/uploads", {"mimeType": "image/png"}), "form")
    pk, sk = ADDRESS
    world.dynamodb.put_item(TableName="limits", Item={"pk": {"S": pk}, "sk": {"S": sk}, "paused": {"BOOL": True}})
    world.clock.forward(60)
    for path in STARTS:
        recorder.ask(doors, post(doors, path, asked(path, LAMP)))


def failed_jobs(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)

    def failing(error: ProviderError) -> Callable[[], None]:
        def on_sleep() -> None:
            for provider in world.providers.values():
                provider.script[:] = [error] * MANY
            finished(world)

        return on_sleep

    def too_late() -> None:
        world.clock.forward(1_000)
        finished(world)

    def canceled() -> None:
        world.cancel(last(world), caller=CALLER)

    for event in (
        failing(ProviderRefused("refused", stage="result", categories=["violence"])),
        failing(ProviderUnavailable("down")),
        failing(ProviderMisconfigured("no key")),
        too_late,
        canceled,
    ):
        for path in (QUICK, MADE, EDITED):
            world.give(amount=100)
            world.clock.on_sleep = event
            recorder.ask(doors, post(doors, path, asked(path, CAMERA)))
            world.clock.on_sleep = None
            recorder.ask(doors, get(doors, f"/v1/images/jobs/{last(world)}"))
            world.clock.forward(3_600)
    for provider in world.providers.values():
        provider.script.clear()


def moderated(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)
    for path in STARTS:
        recorder.ask(doors, post(doors, path, asked(path, {**CAMERA, "prompt": "a poster full of gore"})))


def commands(recorder: Recorder, world: World) -> None:
    doors = Gateway(world)

    def tell(door: ModuleType, command: str, request: Mapping[str, Any] | None = None, key: str = "") -> Any:
        event = {"command": command, "owner": ANN, "request": dict(request or {})}
        return recorder.command(door, {**event, "idempotencyKey": key} if key else event)

    doors.world.clock.on_sleep = lambda: finished(world)
    tell(generate, "generate", {**CAMERA, "imageFormat": "url"}, "camera-1")
    world.clock.on_sleep = None
    tell(start, "quote", LAMP)
    job = tell(start, "start_job", LAMP, "lamp-17")["jobId"]
    world.run(job)
    tell(status, "get_job", {"jobId": job})
    more = [{"idempotencyKey": "lamp-19", "request": LAMP}, {"idempotencyKey": "lamp-20", "request": {"prompt": ""}}]
    tell(start, "start_jobs", {"jobs": more})
    tell(status, "get_jobs", {"jobIds": [job, ABSENT], "wait": 20})
    tell(status, "list_jobs", {"limit": 1})
    tell(status, "balance")
    tell(status, "entries", {"limit": 2})
    tell(credits, "grant", {"amount": 100}, "invoice-17")
    tell(credits, "adjust", {"amount": -10}, "correction-1")
    tell(credits, "refund", {"jobId": job}, "refund-1")
    tell(start, "upload", {"mimeType": "image/jpeg"})
    other = tell(start, "start_job", LAMP, "lamp-18")["jobId"]
    tell(start, "cancel_job", {"jobId": other})
    tell(start, "erase_job", {"jobId": other})
    tell(start, "erase_data")
    tell(start, "keep_data")
