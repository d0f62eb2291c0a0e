"""The local front door decides nothing and keeps nothing: whoever asks for whatever path, the deployed API answers."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from starlette.testclient import TestClient

from local.frontdoor import app
from local.issuer import Issuer

WEBSITE = "http://localhost:5173"


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked, as it came, gives everybody a session, and lets one website read its answers."""

    def do_GET(self) -> None:
        said = self.path.encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "session=ann; Path=/; HttpOnly")
        self.send_header("Brought-Cookie", self.headers.get("Cookie", "none"))
        self.send_header("Brought-Origin", self.headers.get("Origin", "none"))
        if self.headers.get("Origin") == WEBSITE:
            self.send_header("Access-Control-Allow-Origin", WEBSITE)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.do_GET()

    def do_OPTIONS(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def door(tmp_path: Path) -> Iterator[TestClient]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as upstream:
        Thread(target=upstream.serve_forever, daemon=True).start()
        issuer = Issuer.kept_in(tmp_path / "issuer.json", address="http://127.0.0.1:1")
        address = f"http://127.0.0.1:{upstream.server_port}/api"
        with TestClient(app(upstream=address, issuer=issuer, website=WEBSITE), cookies={}) as client:
            yield client
        upstream.shutdown()


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/jobs/a%0Ab/cancel", "/jobs/%0A", "/jobs/x%2Fy", "/jobs/", "/%00?a=1&b"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_path_is_passed_on_as_it_came(door: TestClient, method: str, path: str) -> None:
    answer = door.request(method, path)

    assert (answer.status_code, answer.text) == (200, f"/api{path}")


def test_a_stranger_after_somebodys_session_is_a_stranger(door: TestClient) -> None:
    began = door.post("/session")
    door.cookies.clear()  # another browser

    assert began.headers["set-cookie"].startswith("session=ann")
    assert door.get("/credits").headers["brought-cookie"] == "none"


def test_who_brings_a_cookie_is_passed_on_with_it(door: TestClient) -> None:
    answer = door.get("/credits", headers={"Cookie": "session=ben"})

    assert answer.headers["brought-cookie"] == "session=ben"


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "http://127.0.0.1:5173",
        "http://localhost:3000",
        "http://[::1]:4321",
        "http://a.localhost",
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
def test_a_page_on_any_port_of_this_machine_may_read_the_answers(door: TestClient, method: str, origin: str) -> None:
    answer = door.request(method, "/start", headers={"Origin": origin})

    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["brought-origin"] == WEBSITE


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null", "http://[", "x"])
def test_a_page_elsewhere_speaks_for_itself(door: TestClient, origin: str) -> None:
    answer = door.get("/start", headers={"Origin": origin})

    assert answer.headers["brought-origin"] == origin
    assert "access-control-allow-origin" not in answer.headers


def test_the_stages_own_page_is_no_other_website(door: TestClient) -> None:
    own = "http://127.0.0.1:1"

    assert door.post("/start", headers={"Origin": own}).headers["brought-origin"] == own
