"""Where a request came from, and whether it came by the front door."""

from typing import Any

import pytest
from api import meta, start

from easel.identity.client_network import UNKNOWN, network
from tests.support.doors import LAMP, Asked, a_gate, send, web_event
from tests.support.fakes import FakeClock

EDGE = b"what only the edge knows"


def event(**headers: str) -> dict[str, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return web_event("GET", "/api/models", headers=sent)


def test_without_an_edge_the_gateways_word_is_taken_and_no_header_is() -> None:
    gate = a_gate(FakeClock())

    assert gate.viewer(event(Easel_Viewer="198.51.100.1", X_Forwarded_For="198.51.100.2")) == "192.0.2.1"
    assert gate.came_through_edge(event())


def test_an_edge_that_proves_itself_says_where_the_viewer_is() -> None:
    gate = a_gate(FakeClock(), EDGE)

    assert gate.viewer(event(Easel_Edge=EDGE.decode(), Easel_Viewer="198.51.100.1")) == "198.51.100.1"


@pytest.mark.parametrize("shown", [{}, {"Easel_Edge": ""}, {"Easel_Edge": "a guess"}, {"Easel_Viewer": "198.51.100.1"}])
def test_past_the_edge_nobody_is_believed(shown: dict[str, str]) -> None:
    gate = a_gate(FakeClock(), EDGE)

    assert not gate.came_through_edge(event(**shown))
    assert gate.viewer(event(**shown)) == ""


def test_two_headers_of_one_name_are_nobodys_word() -> None:
    gate, came = a_gate(FakeClock(), EDGE), event()
    came["multiValueHeaders"]["Easel-Edge"] = [EDGE.decode(), EDGE.decode()]

    assert not gate.came_through_edge(came)


@pytest.mark.parametrize("door", [start, meta])
def test_the_gateways_own_address_refuses_everybody_where_there_is_an_edge(asked: Asked, door: Any) -> None:
    asked.edge = EDGE
    method, path = ("POST", "/api/aiimage/start") if door is start else ("GET", "/api/models")
    body = LAMP if door is start else None
    raw = door.handler(web_event(method, path, body=body), object())
    by_the_edge = send(door, method, path, body=body, headers={"Easel-Edge": EDGE.decode()})

    assert (raw["statusCode"], '"forbidden"' in raw["body"]) == (403, True)
    assert by_the_edge.status < 300


def test_the_use_case_is_told_where_the_caller_is(asked: Asked) -> None:
    send(start, "POST", "/api/aiimage/start", body=LAMP)

    assert asked.last["caller"].address == "192.0.2.1"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_addresses_are_counted_by_who_can_have_them(address: str, counted: str) -> None:
    assert network(address) == counted
