import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from api import meta
from starlette.requests import Request

from easel.errors import NotFound
from easel.http import problems, static_files
from tests.support.doors import Asked, send, web_event

FUNCTIONS = Path(meta.__file__).parents[1]


def get(path: str, **options: Any) -> Any:
    return send(meta, "GET", path, caller=None, **options)


@pytest.fixture
def document(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = get("/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_models_and_features_are_for_anyone(asked: Asked) -> None:
    models, features = get("/api/models"), get("/api/features")

    assert "gpt-image-2" in {model["id"] for model in models.json["models"]}
    assert "ai-baby-image" in {feature["id"] for feature in features.json["features"]}
    assert models.headers["cache-control"] == "public, max-age=300"


def test_health_says_so_and_no_more(asked: Asked) -> None:
    assert get("/healthz").json == {"status": "ok", "stage": "test"}


def test_the_document_is_openapi_3_1_and_says_where_this_stage_is(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "https://images.example"}]


def test_every_route_tells_of_problems_and_the_table_is_all_there(document: dict[str, Any]) -> None:
    for route, operation in operations(document):
        assert problems.MEDIA_TYPE in operation["responses"]["default"]["content"], route
        shapes = {kind for status, each in operation["responses"].items() if status >= "4" for kind in each["content"]}
        assert shapes == {problems.MEDIA_TYPE}, route
        assert operation["summary"], route
    codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert codes == list(problems.ANSWERS)


def test_every_reference_within_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    named = set(document["components"]["schemas"])
    text = json.dumps(document)

    used = {piece.split('"')[0] for piece in text.split('"#/components/schemas/')[1:]}

    assert used <= named
    assert "#/$defs" not in text


def test_every_operation_has_a_name_that_reads_as_a_method(document: dict[str, Any]) -> None:
    named = [operation["operationId"] for _, operation in operations(document)]

    assert len(named) == len(set(named))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name) for name in named)
    assert {"startJob", "getJob", "getImage", "generateImage", "listModels"} <= set(named)


def test_every_operation_says_by_which_credentials_it_is_opened(document: dict[str, Any]) -> None:
    silent = {route for route, operation in operations(document) if operation["security"] == []}

    open_to_all = ("/api/models", "/api/features", "/openapi.json", "/docs", "/healthz", "/api/aiimage/shared")
    assert silent == {f"GET {path}" for path in open_to_all}


@pytest.mark.parametrize("model", [model.__name__ for model in meta.BODIES])
def test_a_field_of_a_request_that_may_be_left_out_is_neither_null_nor_always_there(
    document: dict[str, Any], model: str
) -> None:
    schema = document["components"]["schemas"][model]

    for name, field in schema["properties"].items():
        assert "default" not in field, name
        assert {"type": "null"} not in field.get("anyOf", ()), name


def test_a_default_is_told_in_words(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["JobRequest"]["properties"]

    assert fields["n"]["description"].endswith("by default `1`")
    assert fields["fallback"]["description"] == "false: only the first provider; by default `true`"


def test_bodies_have_examples_that_hold(document: dict[str, Any]) -> None:
    for route, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            model = {each.__name__: each for each in meta.BODIES}[content["schema"]["$ref"].rpartition("/")[2]]
            assert content["examples"], route
            for example in content["examples"].values():
                model.model_validate(example["value"])


def test_commands_are_published_with_their_schemas(document: dict[str, Any]) -> None:
    commands = document["x-easel-commands"]

    assert {function: sorted(known) for function, known in commands.items()} == {
        "credits": ["adjust", "grant", "refund"],
        "generate": ["generate"],
        "start": ["cancel_job", "erase_data", "erase_job", "keep_data", "quote", "start_job", "start_jobs", "upload"],
        "status": ["balance", "entries", "get_job", "get_jobs", "list_jobs"],
    }
    assert commands["credits"]["grant"]["required"] == ["command", "owner", "request", "idempotencyKey"]


class Links(HTMLParser):
    """Every address and script in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.found += [value for name, value in attrs if name in {"href", "src"} and value]
        self.ids |= {value for name, value in attrs if name == "id" and value}


def test_the_documentation_is_one_page_that_fetches_nothing(asked: Asked) -> None:
    answer = get("/docs")

    page = Links()
    page.feed(answer.text)
    outside = {link for link in page.found if not link.startswith("#")}
    assert (answer.status, page.scripts, outside) == (200, 0, {"openapi.json"})
    assert {link[1:] for link in page.found if link.startswith("#")} <= page.ids
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for words in ("POST</span> /api/generate-images", "start_job", "insufficient_credits", "silver camera"):
        assert words in answer.text


def test_the_documentation_shows_every_parameter_and_every_field_of_a_body(document: dict[str, Any]) -> None:
    text = get("/docs").text

    routes = text.partition("<h2 id=routes>")[2].partition("<h2 id=credentials>")[0].split("<h3>")[1:]
    for (route, operation), shown in zip(operations(document), routes, strict=True):
        assert route.partition(" ")[2] in shown
        for each in operation.get("parameters", []):
            row = shown.partition(f"<tr><td><code>{each['name']}</code><td>{each['in']}<td>")[2].partition("</tr>")[0]
            assert ("required" if each["required"] else "optional") in row, (route, each["name"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            model = content["schema"]["$ref"].rpartition("/")[2]
            for field in document["components"]["schemas"][model]["properties"]:
                assert f"<code>{field}</code>" in shown, (route, field)
    for words in ("references[].uploadId", "1 to 10", "by default <code>1</code>", "Easel-Owner", "Easel-Job-Token"):
        assert words in text


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "asset" / "web"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>hello")
    (folder / "app.js").write_text("export {}")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "notes.py").write_text("not for the web")
    (tmp_path / "asset" / "secret.txt").write_text("not for anyone")
    return folder


def test_the_page_is_found_beside_the_handlers_or_beside_their_folder(web: Path) -> None:
    asset = web.parent

    assert static_files.folder(asset) == web
    assert static_files.folder(asset / "functions") == web


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("/", "text/html; charset=utf-8", "<!doctype html>hello"),
        ("/web/index.html", "text/html; charset=utf-8", "<!doctype html>hello"),
        ("/web/app.js", "text/javascript; charset=utf-8", "export {}"),
    ],
)
def test_the_page_and_its_files_keep_to_themselves(asked: Asked, web: Path, path: str, kind: str, text: str) -> None:
    asked.web = web

    answer = get(path)
    again = get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status, answer.headers["content-type"], answer.text) == (200, kind, text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert {"strict-transport-security", "referrer-policy", "x-frame-options"} <= set(answer.headers)
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(("asked_for", "status"), [("/live", 308), ("/live/", 200)])
def test_the_page_below_a_gateways_stage_is_asked_for_with_a_slash(
    asked: Asked, web: Path, asked_for: str, status: int
) -> None:
    asked.web = web
    event = web_event("GET", "/", caller=None)
    event["requestContext"] |= {"path": asked_for, "stage": "live"}

    answer = meta.handler(event, SimpleNamespace(aws_request_id="inv-1"))

    assert answer["statusCode"] == status
    assert answer["headers"].get("location") == ("https://images.example/" if status == 308 else None)


def test_the_challenge_opens_the_page_for_cloudflare_and_for_nobody_else(asked: Asked, web: Path) -> None:
    asked.web = web
    without = policy()
    asked.settings = asked.settings.model_copy(update={"turnstile_site_key": "0x4AAA"})
    challenged = policy()

    assert "cloudflare" not in str(without)
    added = {name: value for name, value in challenged.items() if value != without.get(name)}
    assert added == {
        "script-src": "'self' https://challenges.cloudflare.com",
        "frame-src": "https://challenges.cloudflare.com",
    }
    assert get("/web/config.json").json["turnstile"] == "0x4AAA"


def policy() -> dict[str, str]:
    said = get("/").headers["content-security-policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in said.split(";"))}


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "..%2Fsecret.txt",
        "/etc/hostname",
        "notes.py",
        "missing.html",
        ".",
        "",
        "web",
        "a\0.js",
        "x" * 300 + ".js",
    ],
)
def test_nothing_else_is_served(web: Path, path: str) -> None:
    with pytest.raises(NotFound):
        static_files.file(web, path, Request({"type": "http", "headers": []}), plain_http=False)
