"""What our AWS clients make of answers that do not come whole."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import HTTPClientError

from easel.aws import clients
from easel.aws.dynamodb import Contended, Database
from tests.support.fakes import FakeClock

CUT = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 40\r\n\r\n"


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """One that gives every caller this answer and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(65536)
                    caller.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    clients._client.cache_clear()
    yield
    clients._client.cache_clear()


@pytest.mark.parametrize("sent", [b"", b'{"Item": '])
def test_an_answer_cut_off_is_not_an_absent_row(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(CUT + sent) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(Contended):
            Database(clients.dynamodb(), FakeClock()).get("jobs", "job#1", "job")


def test_an_answer_cut_off_is_not_an_applied_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(CUT) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        deletion = {"Delete": {"TableName": "jobs", "Key": {"pk": {"S": "job#1"}}}}

        with pytest.raises(HTTPClientError):
            clients.dynamodb().transact_write_items(TransactItems=[deletion])  # type: ignore[list-item]


def test_a_whole_answer_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(CUT.replace(b"40", b"2") + b"{}") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        assert Database(clients.dynamodb(), FakeClock()).get("jobs", "job#1", "job") is None
