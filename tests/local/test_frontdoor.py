"""The local front door decides nothing: whatever path is asked for, the deployed API answers."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from starlette.testclient import TestClient

from local.frontdoor import app
from local.issuer import Issuer


class Echo(BaseHTTPRequestHandler):
    """Says which path it was asked for, as it came."""

    def do_GET(self) -> None:
        said = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def door(tmp_path: Path) -> Iterator[TestClient]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as upstream:
        Thread(target=upstream.serve_forever, daemon=True).start()
        issuer = Issuer.kept_in(tmp_path / "issuer.json", address="http://127.0.0.1:1")
        with TestClient(app(upstream=f"http://127.0.0.1:{upstream.server_port}/api", issuer=issuer)) as client:
            yield client
        upstream.shutdown()


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/jobs/a%0Ab/cancel", "/jobs/%0A", "/jobs/x%2Fy", "/jobs/", "/%00?a=1&b"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_path_is_passed_on_as_it_came(door: TestClient, method: str, path: str) -> None:
    answer = door.request(method, path)

    assert (answer.status_code, answer.text) == (200, f"/api{path}")
