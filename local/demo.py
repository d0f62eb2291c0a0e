"""Two pictures, one by each route, and the card that says where everything is."""

import base64
import time
from pathlib import Path
from typing import Any

import httpx2

from local.places import OUT, shown
from local.steps import Trouble, step
from local.up import Stack

QUICK = {
    "prompt": "Editorial product shot of a silver camera on a soft gray desk, crisp studio lighting, premium ad style",
    "provider": "openai",
    "modelId": "dall-e-3",
    "aspectRatio": "1:1",
}
JOB = {
    "featureId": "ai-baby-image",
    "mode": "text_to_image",
    "modelId": "gpt-image-2-t2i",
    "prompt": "Premium product render of a ceramic lamp on a walnut side table, warm interior lighting",
    "aspectRatio": "1:1",
}
CALL_SECONDS, JOB_SECONDS = 40.0, 600.0
REMEDY = "`make logs` shows what the functions said"


def show(stack: Stack) -> None:
    """Make a picture by the quick route and one by the job route, and save both."""
    OUT.mkdir(exist_ok=True)
    with httpx2.Client(base_url=stack.url, timeout=CALL_SECONDS, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {stack.developer.token}"
        with step("make a picture by the quick route (POST /api/generate-images)"):
            quick = _quick(http)
        with step("make a picture by the job route (POST /api/aiimage/start, then its status)"):
            job = _job(http)
    print(f"\npictures  {shown(quick)}   {shown(job)}")


def _quick(http: httpx2.Client) -> Path:
    answer = _json(http.post("/api/generate-images", json=QUICK))
    if answer.get("image") is None:  # not ready within the door's time: the job goes on
        return _finished(http, answer["jobId"], "quick")
    return _saved("quick", base64.b64decode(answer["image"]), answer["mimeType"])


def _job(http: httpx2.Client) -> Path:
    return _finished(http, _json(http.post("/api/aiimage/start", json=JOB))["jobId"], "job")


def _finished(http: httpx2.Client, job_id: str, name: str) -> Path:
    until = time.monotonic() + JOB_SECONDS
    while True:
        job = _json(http.get(f"/api/aiimage/status/{job_id}", params={"wait": "20"}))
        if job["status"] in ("succeeded", "failed", "canceled"):
            break
        if time.monotonic() > until:
            raise Trouble(f"job {job_id} is still {job['status']} after {JOB_SECONDS:.0f} s", remedy=REMEDY)
        time.sleep(0.5)
    if job["status"] != "succeeded":
        raise Trouble(f"job {job_id} {job['status']}: {job.get('error')}", remedy=REMEDY)
    image = job["images"][0]
    picture = httpx2.get(image["url"], timeout=CALL_SECONDS, trust_env=False)  # signed: it takes no token
    picture.raise_for_status()
    return _saved(name, picture.content, image["mimeType"])


def _json(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code not in (200, 202):
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise Trouble(f"{asked} answered {answer.status_code}: {answer.text[:500]}", remedy=REMEDY)
    found: dict[str, Any] = answer.json()
    return found


def _saved(name: str, picture: bytes, mime_type: str) -> Path:
    file = OUT / f"{name}.{mime_type.removeprefix('image/')}"
    file.write_bytes(picture)
    return file


def card(stack: Stack) -> str:
    """Where everything is, and what to try next."""
    url, token = stack.url, stack.developer.token
    return f"""
page      {url}/
docs      {url}/docs
token     {token}
API key   {stack.developer.api_key}

Try next:
  curl -s {url}/api/generate-images -H 'Content-Type: application/json' \\
    -d '{{"prompt": "A paper boat on a calm lake at dawn", "aspectRatio": "3:2", "imageFormat": "url"}}'

  curl -s {url}/api/aiimage/start -H 'Authorization: Bearer {stack.developer.api_key}' \\
    -H 'Content-Type: application/json' -d '{{"prompt": "A brass compass on an old map", "n": 2}}'

  curl -s {url}/api/credits -H "Authorization: Bearer {token}"

`make status`, `make logs`, `make down` (the data stays)."""
