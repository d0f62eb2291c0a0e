"""Everything that is asked of a stage's functions, once: each door, each hand, and what only a fault leads to."""

import base64
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

from tasks import fetch, post

from easel.catalog import planning
from easel.clock import DAY, SECOND
from easel.http.headers import EDGE_HEADER, VIEWER_HEADER
from easel.identity.api_keys import Keys
from easel.identity.callers import ANONYMOUS, SCOPES, USER_SCOPES, Caller
from easel.limits.turnstile import HEADER as TURNSTILE
from easel.openai_api import kept_answers
from easel.outbound.guarded_post import Posted
from easel.wiring import submission as wiring_submission
from easel.wiring import webhooks as wiring_webhooks
from infra.stages import Stage
from tests.adversarial import hostile_images
from tests.adversarial.deployed_template import Premises, WorkerDied
from tests.support import picture_files
from tests.support.doors import SECRET, Answer, web_event
from tests.support.stand_ins import StandIn

ANN = Caller(owner="user:main:ann", scopes=USER_SCOPES)
SHOP = Caller(owner="service:shop", scopes=frozenset(SCOPES), account="shop", key_id="k1", daily_credits=5_000)
STRANGER = Caller(owner=ANONYMOUS, scopes=USER_SCOPES)
METHOD = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/v1/GET/api/credits"
PNG = picture_files.saved(hostile_images.drawn(), "PNG")
BEARER = {"Authorization": "Bearer of-whoever-the-authorizer-found"}
ADDRESS = "https://pictures.example/lamp.png"
TASKS_MAX = 40
PASSES_MAX = 6
GRACE = 60
ALWAYS = (
    "link_followed",
    "large_answer_followed",
    "form_posted",
    "fetched",
    "preview_seen",
    "canceled_in_flight",
    "provider_failed",
    "evidence_found",
    "evidence_absent",
    "started_late",
    "swept",
    "forgotten",
    "told",
)
WHERE_ASKED_FOR = ("stranger_made_one", "prompt_refused", "bedrock_asked", "queue_asked", "past_the_edge_refused")


class Errands:
    """One stage's day; `reached` counts what a day may well be without."""

    def __init__(self, premises: Premises, stage: Stage, provider: StandIn, reached: Counter[str]) -> None:
        self.premises, self.stage, self.provider, self.reached = premises, stage, provider, reached
        self.clock = premises.clock
        self._once = 0
        vars(fetch)["fetch"] = self._fetched
        vars(post)["post"] = lambda url, body, headers: Posted(204, b"")
        for wired in (wiring_submission, wiring_webhooks):
            vars(wired)["look_up"] = lambda *_: ("93.184.215.14",)
        vars(wiring_submission)["post"] = lambda url, form: b'{"success": true}'  # Cloudflare's answer

    def run(self) -> None:
        """All of them."""
        self._identities()
        self._money()
        self._pictures()
        self._references()
        self._waiting()
        self._openai()
        self._cancels()
        self._webhooks()
        self._previews()
        self._deaths()
        self._faults()
        if self.stage.policy.anonymous:
            self._strangers()
        if self.stage.moderation:
            self._refused()
        if "bedrock" in self.stage.providers:
            self._bedrock()
        if "fal" in self.stage.providers:
            self._queue()
        self._reading()
        self._erasing()

    def _identities(self) -> None:
        keys = Keys(self.premises.client("dynamodb"), self.premises.resource("StorageKeys"), self.clock)
        _, written = keys.create("shop", ["generate"])
        for headers in ({}, {"Authorization": f"Bearer {written}"}):
            event = web_event("GET", "/api/credits", caller=None, headers=headers)
            self._expect("anonymous" if not headers else "service:shop", self._authorized(event))
        self._web("session", "POST", "/api/session", ANN, headers={"Authorization": "Bearer a.b.c"}, status=403)
        self._web("session", "DELETE", "/api/session", STRANGER, status=204)
        for path in ("/", "/docs", "/openapi.json", "/healthz", "/api/models", "/api/features", "/web/config.json"):
            self._web("meta", "GET", path, None)
        if self.stage.edge:
            answer = self._sent("meta", web_event("GET", "/healthz", caller=None, now=self.clock.now()))
            self._expect(403, answer.status)
            self.reached["past_the_edge_refused"] += 1

    def _money(self) -> None:
        self._command("credits", "grant", ANN.owner, {"amount": 1_000})
        self._command("credits", "grant", SHOP.owner, {"amount": 1_000})
        self._command("credits", "adjust", ANN.owner, {"amount": -10})
        for path, body in (
            ("grants", {"owner": ANN.owner, "amount": 5}),
            ("adjustments", {"owner": ANN.owner, "amount": 5}),
        ):
            self._web("credits", "POST", f"/api/credits/{path}", SHOP, body=body, headers=self._key(), status=201)

    def _pictures(self) -> None:
        self._web("start", "POST", "/api/aiimage/quote", ANN, body={"prompt": "a lamp"})
        self._command("start", "quote", ANN.owner, {"prompt": "a lamp"})
        headers = self._key()
        body = {"prompt": "a lamp", "metadata": {"order": "17"}}
        job = self._start(body, headers=headers)
        self._start(body, headers=headers)  # again: the same job
        self._work(job)
        self._image(job)
        self._command("credits", "refund", ANN.owner, {"jobId": job, "amount": 1})
        job = self._command("start", "start_job", SHOP.owner, {"prompt": "a lamp"})["jobId"]
        self._work(job)
        self._start({"prompt": "a lamp"}, caller=SHOP)
        waited = self._start({"prompt": "a lamp"}, headers={"Prefer": "wait=1"})
        self._work(waited)

    def _references(self) -> None:
        upload = self._uploaded()
        references = [{"data": _data(PNG)}, {"url": ADDRESS}, {"uploadId": upload}]
        made = self._start({"prompt": "a lamp", "references": references})
        self._work(made)
        self._work(self._start({"prompt": "a lamp", "references": [{"job": {"id": made}}]}))
        self._start({"prompt": "a lamp", "references": [{"uploadId": "0" * 26}]}, status=400)
        self._command("start", "upload", ANN.owner, {"mimeType": "image/png"})
        lamp = {"prompt": "a lamp", "references": [{"data": _data(PNG)}]}
        for function, path in (("start", "/api/aiimage/start"), ("generate", "/api/generate-images")):
            self._refused_after_all(function, path, lamp)
        edit = {"prompt": "a lamp", "images": [{"image_url": _data(PNG)}]}
        self._refused_after_all("openai", "/v1/images/edits", edit)

    def _refused_after_all(self, function: str, path: str, body: Mapping[str, Any]) -> None:
        """Somebody whose credits go while references are stored: what was stored is deleted."""
        poor = Caller(owner="service:poor", scopes=USER_SCOPES, account="poor", key_id="k2")
        self._command("credits", "grant", poor.owner, {"amount": 50})
        todo = [-50]

        def spend(_: str, operation: str, params: Mapping[str, Any]) -> None:
            if operation == "PutObject" and params["Key"].startswith("incoming/") and todo:
                self._command("credits", "adjust", poor.owner, {"amount": todo.pop()})

        with self.premises.meanwhile(spend):
            self._web(function, "POST", path, poor, body=body, headers=BEARER, status=402)

    def _waiting(self) -> None:
        """The door that waits, from the day's first request on: the workflow runs meanwhile."""
        self.clock.forward(DAY // SECOND)
        for wishes in ({}, {"imageFormat": "url"}):
            view = self._generated({"prompt": "a lamp", **wishes}, ANN)
            if "imageFormat" in wishes:
                self.premises.follow(view["imageUrl"])
        upload = self._uploaded()
        references = [{"data": _data(PNG)}, {"url": ADDRESS}, {"uploadId": upload}]
        self._generated({"prompt": "a lamp", "references": references}, ANN)
        self._web(
            "generate",
            "POST",
            "/api/generate-images",
            ANN,
            body={"prompt": "a lamp", "references": [{"uploadId": "0" * 26}]},
            status=400,
        )
        self.clock.on_sleep = self._working
        self._command("generate", "generate", ANN.owner, {"prompt": "a lamp"})
        self.clock.on_sleep = None

    def _openai(self) -> None:
        """OpenAI's routes: a picture, one that is repeated, and answers too large for a door."""
        for path in ("/v1/models", "/v1/models/gpt-image-2"):
            self._web("openai", "GET", path, ANN, headers=BEARER)
        edit = {"prompt": "a lamp", "images": [{"image_url": _data(PNG)}]}
        for path, body in (("generations", {"prompt": "a lamp"}), ("edits", edit)):
            for repeated in ("0", "1"):
                self._openai_made(path, body, repeated=repeated)
        with mock.patch.object(kept_answers, "INLINE_BYTES_MAX", 0):
            led = self._openai_made("generations", {"prompt": "a large lamp"}, status=303)
            self.premises.follow({name.lower(): value for name, value in led.headers.items()}["location"])
            self._web("openai", "GET", f"/v1/images/jobs/{led.json['jobId']}", ANN, headers=BEARER, status=303)

            def fail(_: str, operation: str, params: Mapping[str, Any]) -> None:
                if operation == "UploadPart":
                    raise WorkerDied(operation)  # as S3's failing would: what was begun is given up

            with self.premises.meanwhile(fail):
                self._openai_made("generations", {"prompt": "a larger lamp"}, status=500)

            def erase(_: str, operation: str, params: Mapping[str, Any]) -> None:
                if operation == "UploadPart":
                    job = params["Key"].removeprefix("answers/").partition(".")[0]
                    self._command("start", "erase_job", ANN.owner, {"jobId": job})

            with self.premises.meanwhile(erase):
                self._openai_made("generations", {"prompt": "a lamp to forget"}, status=410)
        self.reached["large_answer_followed"] += 1

    def _openai_made(self, path: str, body: Mapping[str, Any], *, status: int = 200, repeated: str = "0") -> Answer:
        self.clock.on_sleep = self._working
        shown = {**BEARER, "X-Stainless-Retry-Count": repeated}
        answer = self._web("openai", "POST", f"/v1/images/{path}", ANN, body=body, headers=shown, status=status)
        self.clock.on_sleep = None
        return answer

    def _cancels(self) -> None:
        queued = self._start({"prompt": "a lamp"})
        self._web("start", "POST", f"/api/aiimage/jobs/{queued}/cancel", ANN)
        for evidence in (False, True):
            job = self._died(evidence=evidence)
            self.clock.forward(self.stage.clocks.lease + GRACE)
            self._command("start", "cancel_job", ANN.owner, {"jobId": job})

        canceled = self._start({"prompt": "a lamp"})

        def cancel(function: str, operation: str, params: Mapping[str, Any]) -> None:
            if operation == "PutObject" and params["Key"].endswith("evidence.json"):
                self._command("start", "cancel_job", ANN.owner, {"jobId": canceled})
                self.reached["canceled_in_flight"] += 1

        with self.premises.meanwhile(cancel):
            self._work(canceled)

    def _webhooks(self) -> None:
        """A server that is told of every end, whoever comes to it, and what its owner looks at."""
        hook = {"url": "https://hooks.shop.example/easel"}
        made = self._web("start", "POST", "/api/webhooks", ANN, body=hook, status=201).json
        one = f"/api/webhooks/{made['webhookId']}"
        self.clock.forward(1)
        self._work(self._start({"prompt": "a lamp"}))
        canceled = self._start({"prompt": "a lamp"})
        self._web("start", "POST", f"/api/aiimage/jobs/{canceled}/cancel", ANN)
        job = self._died(evidence=True)
        self._later(self.stage.clocks.lease + GRACE)
        self._ended(job)
        self.premises.call("deliver", {})
        for path in ("/api/webhooks", one, f"{one}/deliveries"):
            found = self._web("start", "GET", path, ANN).json
        told = {each["jobId"]: each for each in found["deliveries"]}
        self._expect("delivered", told[job]["state"])
        self._web("start", "PATCH", one, ANN, body={"description": "ours"})
        self._web("start", "POST", f"{one}/rotate", ANN)
        self._web("start", "POST", f"{one}/test", ANN, status=202)
        again = told[job]["deliveryId"]
        self._web("start", "POST", f"{one}/deliveries/{again}/redeliver", ANN, status=202)
        self._web("start", "DELETE", one, ANN, status=204)
        self.reached["told"] += 1

    def _previews(self) -> None:
        """What is half done, and a poll that waits for more.

        Where images are looked at first nobody can ask for previews, but jobs begun before that was so still have them.
        """
        looked_at = self.stage.moderation.get("results")
        job = self._died(evidence=False, body={"prompt": "a lamp", **({} if looked_at else {"previews": 2})})
        if looked_at:
            self.premises.client("dynamodb").update_item(
                TableName=self.premises.resource("StorageJobs"),
                Key={"pk": {"S": f"job#{job}"}, "sk": {"S": "job"}},
                UpdateExpression="SET previews = :two",
                ExpressionAttributeValues={":two": {"N": "2"}},
            )
        answer = self._web("status", "GET", f"/api/aiimage/status/{job}", ANN, query={"wait": "1"})
        for preview in answer.json.get("previews", ()):
            self.premises.follow(preview["url"])
            self.reached["preview_seen"] += 1
        self._work(job, crashes=1, dead=0)

    def _deaths(self) -> None:
        """A worker, and the execution with it; then a door, before it started one."""
        for evidence in (True, False):
            job = self._died(evidence=evidence)
            self._later(self.stage.clocks.lease + GRACE)
            self._ended(job)
            self.reached["evidence_found" if evidence else "evidence_absent"] += 1
        for evidence in (True, False):
            job = self._died(evidence=evidence)
            self.clock.forward(self.stage.clocks.lease + GRACE)
            self.premises.call("settle", {"jobId": job})
            job = self._died(evidence=evidence)
            self._work(job, crashes=1, dead=0)
        keyed: Any = {"owner": ANN.owner, "request": {"prompt": "a lamp"}, "key": "started-late"}
        self._dies(lambda: self._command("start", "start_job", **keyed), lambda _, asked, __: asked == "StartExecution")
        moved = self._later(self.stage.clocks.queued + GRACE)
        self._expect(True, moved["moved"] > 0)
        self._work(self._command("start", "start_job", **keyed)["jobId"])
        self.reached["started_late"] += 1

    def _faults(self) -> None:
        """A provider that fails is noted for everybody."""
        self.provider.will("error", "error")
        self._work(self._start({"prompt": "a lamp"}))
        self.provider.reset()
        self.reached["provider_failed"] += 1

    def _strangers(self) -> None:
        headers = {TURNSTILE: "a token"} if self.stage.turnstile else {}
        view = self._generated({"prompt": "a lamp"}, STRANGER, headers=headers)
        self.reached["stranger_made_one"] += bool(view["image"])

    def _refused(self) -> None:
        for body in ({"prompt": "a forbidden lamp"}, {"prompt": "a flagged lamp"}):
            if "flagged" in body["prompt"]:
                self.provider.will({"do": "flag", "when": "flagged"})
            self._start(body, status=422)
            self.provider.will({"do": "flag", "when": "flagged"})
            self._web("generate", "POST", "/api/generate-images", ANN, body=body, status=422)
            self.provider.reset()
            self.reached["prompt_refused"] += 1
        self.provider.will({"do": "unmoderated", "when": "unheard"})
        self._work(self._start({"prompt": "an unheard lamp"}))
        self.provider.reset()

    def _bedrock(self) -> None:
        offers = [(name, offer) for name, model in planning.load().models.items() for offer in model.offers]
        for name in {name for name, offer in offers if offer.provider == "bedrock"}:
            job = self._start({"prompt": "a lamp", "modelId": name, "provider": "bedrock", "fallback": False})
            self._work(job)
            self._image(job)
            self.reached["bedrock_asked"] += 1

    def _queue(self) -> None:
        job = self._start({"prompt": "a lamp", "modelId": "flux-2-turbo", "fallback": False})
        self._work(job)
        self._image(job)
        self.reached["queue_asked"] += 1

    def _reading(self) -> None:
        self._shared()
        self._web("status", "GET", "/api/aiimage/jobs", ANN, query={"include": "request", "text": "lamp", "wait": "1"})
        for path in ("/api/aiimage/jobs", "/api/credits", "/api/credits/entries"):
            self._web("status", "GET", path, ANN)
        self._web("status", "GET", "/api/aiimage/status/none", ANN, status=404)
        for command in ("list_jobs", "balance", "entries"):
            self._command("status", command, ANN.owner, {})

    def _shared(self) -> None:
        job = self._start({"prompt": "a lamp"})
        self._work(job)
        self._web("start", "PATCH", f"/api/aiimage/jobs/{job}", ANN, body={"starred": True})
        shares = f"/api/aiimage/jobs/{job}/shares"
        made = self._web("start", "POST", shares, ANN, body={}, status=201).json
        self._web("start", "GET", shares, ANN)
        shown = self._web("status", "GET", "/api/aiimage/shared", STRANGER, query={"token": made["token"]}).json
        self.premises.follow(shown["images"][0]["url"])
        self._web("start", "DELETE", f"{shares}/{made['shareId']}", ANN, status=204)

    def _erasing(self) -> None:
        job = self._start({"prompt": "a lamp", "references": [{"uploadId": self._uploaded()}]})
        self._work(job)
        self._web("start", "DELETE", f"/api/aiimage/jobs/{job}", ANN, status=202)
        running = self._died(evidence=False)
        self._web("start", "DELETE", f"/api/aiimage/jobs/{running}", ANN, status=202)
        self._uploaded()
        self._web("start", "DELETE", "/api/account/data", ANN, status=202)
        self._web("start", "GET", "/api/account/data", ANN)
        self._web("start", "POST", "/api/account/data/keep", ANN)
        self._web("start", "DELETE", "/api/account/data", ANN, status=202)
        self._later(self.stage.policy.erasure_grace_seconds)
        bucket = self.premises.resource("StorageAssets")
        for _ in range(PASSES_MAX):
            self._later(self.stage.clocks.deadline)
            versions = self.premises.client("s3").list_object_versions(Bucket=bucket).get("Versions", [])
            left = [one["Key"] for one in versions if one["Key"].split("/")[1] in (job, running)]
            uploads = [one["Key"] for one in versions if one["Key"].startswith("uploads/")]
            if not left and not uploads:
                self.reached.update(("swept", "forgotten"))
                return
        raise AssertionError(f"{left} and {uploads} are still there")

    def _image(self, job: str) -> None:
        self._web("status", "GET", f"/api/aiimage/status/{job}", ANN, query={"wait": "1"})
        for kind in ("", "/thumbnail"):
            answer = self._web("status", "GET", f"/api/aiimage/jobs/{job}/images/0{kind}", ANN, status=302)
            self.premises.follow({name.lower(): value for name, value in answer.headers.items()}["location"])
            self.reached["link_followed"] += 1

    def _uploaded(self) -> str:
        answer = self._web("start", "POST", "/api/aiimage/uploads", ANN, body={"mimeType": "image/png"}, status=201)
        self.premises.post(answer.json["fields"], PNG)
        self.reached["form_posted"] += 1
        return str(answer.json["uploadId"])

    def _generated(self, body: Mapping[str, Any], caller: Caller, headers: Mapping[str, str] | None = None) -> Any:
        self.clock.on_sleep = self._working
        answer = self._web("generate", "POST", "/api/generate-images", caller, body=body, headers=headers)
        self.clock.on_sleep = None
        return answer.json

    def _working(self) -> None:
        """What the workflow does while a door waits."""
        self.clock.on_sleep = None
        for job in self._open():
            self._work(job)

    def _open(self) -> list[str]:
        rows = self.premises.client("dynamodb").scan(TableName=self.premises.resource("StorageJobs"))["Items"]
        return [row["id"]["S"] for row in rows if row["sk"]["S"] == "job" and row["status"]["S"] == "queued"]

    def _died(self, *, evidence: bool, body: Mapping[str, Any] | None = None) -> str:
        """A job whose worker is gone, after its evidence or after the first of its images."""
        job = self._start(body or {"prompt": "a lamp"})

        def last(function: str, operation: str, params: Mapping[str, Any]) -> bool:
            if evidence:  # the outcome is never written
                stored = [use for use in self.premises.uses["attempt"] if use.resource.endswith("evidence.json")]
                return function == "attempt" and operation == "PutItem" and any(job in use.resource for use in stored)
            return function == "attempt" and operation == "PutObject" and params["Key"].endswith("/0.png")

        self._dies(lambda: self.premises.call("attempt", {"jobId": job, "turn": 0, "dead": -1}), last)
        return job

    def _dies(self, act: Callable[[], object], last: Callable[[str, str, Mapping[str, Any]], bool]) -> None:
        """Begin something whose process is gone before the call that `last` knows."""

        def before(function: str, operation: str, params: Mapping[str, Any]) -> None:
            if last(function, operation, params):
                raise WorkerDied(operation)

        with self.premises.meanwhile(before):
            try:
                act()
            except WorkerDied:
                return
        raise AssertionError("nobody died")

    def _work(self, job: str, *, crashes: int = 0, dead: int = -1) -> None:
        """The workflow's tasks, in the order of `workflow.asl.json`."""
        state = "attempt"
        for _ in range(TASKS_MAX):
            event = {"jobId": job, "turn": crashes, "dead": dead} if state == "attempt" else {"jobId": job}
            answer = self.premises.call(state, event)
            self.clock.forward(answer["seconds"])
            if state == "settle" and answer["outcome"] == "done":
                return
            following = {"stored": "settle", "ended": "settle", "prepare": "prepare", "prepared": "attempt"}
            state = following.get(answer["outcome"], state)
        raise AssertionError(f"a job did not end within {TASKS_MAX} tasks")

    def _later(self, seconds: int) -> Any:
        self.clock.forward(seconds)
        return self.premises.call("reconcile", {})

    def _ended(self, job: str) -> None:
        answer = self._web("status", "GET", f"/api/aiimage/status/{job}", ANN)
        self._expect(True, answer.json["status"] in ("succeeded", "failed"))

    def _start(
        self,
        body: Mapping[str, Any],
        *,
        caller: Caller = ANN,
        headers: Mapping[str, str] | None = None,
        status: int = 202,
    ) -> str:
        answer = self._web("start", "POST", "/api/aiimage/start", caller, body=body, headers=headers, status=status)
        return str(answer.json.get("jobId", ""))

    def _key(self) -> dict[str, str]:
        self._once += 1
        return {"Idempotency-Key": f"once-{self._once}"}

    def _web(
        self, function: str, method: str, path: str, caller: Caller | None, *, status: int = 200, **options: Any
    ) -> Answer:
        headers = dict(options.pop("headers", None) or {})
        if self.stage.edge:
            headers |= {EDGE_HEADER: SECRET.decode(), VIEWER_HEADER: "192.0.2.1"}
        event = web_event(method, path, caller=caller, headers=headers, now=self.clock.now(), **options)
        answer = self._sent(function, event)
        self._expect(status, answer.status, answer.text)
        self.clock.forward(1)  # or it would be a flood
        return answer

    def _sent(self, function: str, event: Mapping[str, Any]) -> Answer:
        raw = self.premises.call(function, event)
        several = raw.get("multiValueHeaders", {})
        headers = {**raw["headers"], **{name: ", ".join(each) for name, each in several.items()}}
        text = base64.b64decode(raw["body"]).decode() if raw.get("isBase64Encoded") else raw["body"]
        return Answer(raw["statusCode"], headers, text)

    def _command(
        self, function: str, command: str, owner: str, request: Mapping[str, Any], key: str | None = None
    ) -> Any:
        key = key or self._key()["Idempotency-Key"]
        event = {"command": command, "owner": owner, "request": request, "idempotencyKey": key}
        answer = self.premises.call(function, event)
        self._expect(None, answer.get("error"), command)
        return answer

    def _authorized(self, event: Mapping[str, Any]) -> Any:
        return self.premises.call("authorize", {**event, "methodArn": METHOD})["principalId"]

    def _fetched(self, url: str) -> bytes:
        """The internet, which holds one picture."""
        self.reached["fetched"] += url == ADDRESS
        return PNG

    @staticmethod
    def _expect(wanted: object, found: object, said: str = "") -> None:
        if wanted != found:
            raise AssertionError(f"{wanted!r} was expected, not {found!r} {said[:500]}")


def _data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
