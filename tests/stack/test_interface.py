"""The deployed stage's own document: a client made of it does what it promises."""

from pathlib import Path

from tests.interface import clients
from tests.stack.stack import Stack

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_client_made_of_the_stages_document_starts_watches_and_fetches_a_job(stack: Stack, tmp_path: Path) -> None:
    ann = stack.someone(credits=20)
    stack.purse.allow(6)

    made = clients.python(tmp_path, stack.nobody.get("/openapi.json").expect(200))
    seen = clients.run_python(made, stack.url, ann.headers["Authorization"].removeprefix("Bearer "))

    assert (seen["status"], seen["offered"], seen["refused"]) == ("succeeded", True, "invalid_request")
    assert stack.nobody.get(seen["link"]).content.startswith(PNG)
