"""Pages of websites under development on this machine, on whatever port their tool chose."""

import pytest

from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins
WEBSITES = ("http://localhost:5173", "http://127.0.0.1:5173", "http://localhost:3000")


@pytest.mark.parametrize("origin", WEBSITES)
def test_its_preflight_and_its_request_are_answered(stack: Stack, origin: str) -> None:
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Easel-Owner"}

    preflight = stack.nobody.ask("OPTIONS", "/api/aiimage/start", headers=asks)
    answer = stack.someone(credits=0).ask("GET", "/api/credits", headers={"Origin": origin})

    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert answer.expect(200)["available"] == 0
    assert answer.headers["access-control-allow-origin"] == origin


def test_a_page_elsewhere_cannot_read_the_answers(stack: Stack) -> None:
    answer = stack.nobody.ask("GET", "/api/models", headers={"Origin": "https://evil.example"})

    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers
