"""fal.ai's queue: tasks that take their time, results at addresses of their own. It lives below `/fal`."""

import io
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError

from local.standins import openai_rules as rules
from local.standins.exchange import Call, Drawing, Heard, Refusal, Reply, as_json
from local.standins.script import Turn
from local.standins.sketch import from_base64

SUBMIT = re.compile(r"/fal/((openai/gpt-image-2|fal-ai/flux-2/turbo|[\w.-]+/[\w.-]+)(/edit)?)")
TASK = re.compile(r"/fal/([\w.-]+/[\w.-]+)/requests/([\w-]+)(/status|/cancel)?")
FILE = re.compile(r"/fal/files/([\w-]+)/(\d+)")
MODELS = ("openai/gpt-image-2", "fal-ai/flux-2/turbo")
WORDS = {"prompt", "image_size", "num_images", "output_format", "image_urls"}
GPT_WORDS = {*WORDS, "quality"}
ERRORS = {
    "busy": 429,
    "slow_down": 429,
    "quota": 403,
    "error": 500,
    "overloaded": 503,
    "bad_key": 401,
    "unverified": 403,
    "no_model": 404,
}


@dataclass
class Task:
    """One order of the queue."""

    app: str
    images: list[bytes]
    drawing: Drawing
    turn: Turn
    done_at: float
    canceled: bool = False
    looks: int = 0
    files: dict[int, bytes] = field(default_factory=dict)


class Fal:
    """Submit, status, result, cancel, and the files."""

    models: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()

    def look(self, heard: Heard) -> Reply | None:
        """A task's state, its result, or a file; canceling it."""
        if found := FILE.fullmatch(heard.path):
            return self._file(heard, found[1], int(found[2]))
        found = TASK.fullmatch(heard.path)
        if found is None:
            return None
        if not heard.headers.get("authorization", "").startswith("Key "):
            return as_json({"detail": "no key"}, 401)
        with self._lock:
            task = self._tasks.get(found[2])
            if task is None or task.app != found[1]:
                return as_json({"detail": "no such request"}, 404)
            task.looks += 1
            if found[3] == "/cancel":
                task.canceled = True
                return as_json({"status": "CANCELLATION_REQUESTED"}, 202)
            return _status(task) if found[3] else _result(task, found[2], heard.root)

    def hear(self, heard: Heard) -> Call | None:
        """An order."""
        found = SUBMIT.fullmatch(heard.path)
        if heard.method != "POST" or found is None:
            return None
        words = heard.words
        n = int(words.get("num_images") or 1)
        return Call(str(words.get("prompt") or ""), found[2], words, str(uuid.uuid4()), n)

    def fault(self, call: Call, turn: Turn) -> Reply | None:
        """A fault at the door; what goes wrong later is in the task."""
        if turn.do == "edge":
            return Reply(502, b"<html>502 Bad Gateway</html>", "text/html")
        if turn.do == "garbage":
            return Reply(200, b'{"request_id": ')
        if turn.do not in ERRORS:
            return None
        wait = {"retry-after": str(turn.retry_after)} if turn.do in ("busy", "slow_down", "overloaded") else {}
        return as_json({"detail": f"{turn.do} of the stand-in"}, ERRORS[turn.do], wait)

    def check(self, heard: Heard, call: Call) -> Drawing:
        """An order as it is understood."""
        if not heard.headers.get("authorization", "").startswith("Key "):
            raise Refusal(401, {"detail": "Authentication is required."})
        if call.model not in MODELS:
            raise Refusal(404, {"detail": f"Application {call.model!r} not found"})
        gpt = call.model.startswith("openai/")
        if unknown := set(call.words) - (GPT_WORDS if gpt else WORDS):
            raise _invalid("extra_forbidden", min(unknown))
        size = call.words.get("image_size") or {}
        width, height = int(size.get("width") or 0), int(size.get("height") or 0)
        if not 1 <= call.n <= 4 or not (rules.size_ok(width, height) if gpt else 256 <= min(width, height) <= 2048):
            raise _invalid("value_error", "image_size")
        references = tuple(_picture(each) for each in call.words.get("image_urls") or [])
        if bool(references) != heard.path.endswith("/edit"):
            raise _invalid("missing", "image_urls")
        return Drawing(
            prompt=call.prompt,
            model=call.model,
            width=width,
            height=height,
            n=call.n,
            quality=str(call.words.get("quality") or "high"),
            output_format=str(call.words.get("output_format") or "png"),
            references=references,
        )

    def answer(self, call: Call, drawing: Drawing, images: list[bytes], turn: Turn, heard: Heard) -> Reply:
        """A task that is taken on, and its addresses."""
        takes = turn.seconds if turn.do == "later" else 0
        app = "/".join(call.model.split("/")[:2])
        with self._lock:
            self._tasks[call.request_id] = Task(app, images, drawing, turn, time.monotonic() + takes)
        base = f"{heard.root}/fal/{app}/requests/{call.request_id}"
        body = {
            "request_id": call.request_id,
            "status": "IN_QUEUE",
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
            "queue_position": 0,
        }
        if turn.do == "late":  # taken on, and its name never told
            return Reply(200, b"", headers={"content-length": "1000"}, pieces=(b"{",), cut=True)
        return as_json(body)

    def _file(self, heard: Heard, name: str, index: int) -> Reply | None:
        task = self._tasks.get(name)
        if task is None or index >= len(task.images) or "authorization" in heard.headers:
            return as_json({"detail": "no such file"}, 404)
        if task.turn.do == "expired":
            return as_json({"detail": "gone"}, 410)
        return Reply(200, task.images[index], f"image/{task.drawing.output_format}")


def _status(task: Task) -> Reply:
    if task.canceled:
        return as_json({"status": "COMPLETED", "error": "canceled"})
    if time.monotonic() < task.done_at:
        return as_json({"status": "IN_PROGRESS"}, 202)
    return as_json({"status": "COMPLETED"})


def _result(task: Task, name: str, root: str) -> Reply:
    if task.canceled:
        return as_json({"detail": "Request was canceled"}, 400)
    if task.turn.do == "refuse":
        detail = [{"loc": ["body", "prompt"], "msg": "blocked", "type": "content_policy_violation"}]
        return as_json({"detail": detail}, 422)
    where = "https://10.0.0.7/fal/files" if task.turn.do == "elsewhere" else f"{root}/fal/files"
    images = [{"url": f"{where}/{name}/{i}", "content_type": "image/png"} for i in range(len(task.images))]
    body: dict[str, Any] = {"images": images}
    if task.turn.do == "refuse_200":
        body["has_nsfw_concepts"] = [True]
    if task.drawing.model.startswith("openai/"):
        body["usage"] = rules.usage(_as_openai(task.drawing), task.drawing.n)
    return as_json(body)


def _as_openai(drawing: Drawing) -> Drawing:
    return Drawing(**{**vars(drawing), "model": drawing.model.removeprefix("openai/")})


def _invalid(kind: str, name: str) -> Refusal:
    return Refusal(422, {"detail": [{"loc": ["body", name], "msg": "not valid", "type": kind}]})


def _picture(url: str) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(from_base64(url.partition(",")[2])))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, TypeError) as error:
        raise _invalid("image_load_error", "image_urls") from error
    return picture


WIRE = Fal()
