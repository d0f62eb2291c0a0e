"""Which addresses may be told."""

import pytest
from pydantic import TypeAdapter, ValidationError

from easel.errors import InvalidRequest
from easel.webhooks.addresses import check_address
from easel.webhooks.requests import Url
from tests.adversarial.hostile_urls import traps

READ = TypeAdapter[str](Url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://shop.example/", "https://"),
        ("https://ann:pw@shop.example/", "user name"),
        ("https://shop.example/#top", "fragment"),
        ("https://shop.example/#", "fragment"),
        ("https://shop.example:8443/", "port"),
        ("https://192.0.2.7/", "must name a host"),
        ("https://2130706433/", "must name a host"),
        ("https://0x7f.1/", "must name a host"),
        ("https://[2001:db8::1]/", "must name a host"),
        ("https://shop.example/" + "a" * 2_048, "2,048"),
        ("https://", "read as a URL"),
    ],
)
def test_an_address_that_cannot_be_told_is_refused_with_the_remedy(url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        READ.validate_python(url)


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example:443/a?b=c", "https://münchen.example/x"])
def test_an_address_is_kept_as_it_was_written(url: str) -> None:
    assert READ.validate_python(url) == url


def test_of_every_trap_none_is_an_address_that_names_a_place_inside_by_its_number() -> None:
    taken = []
    for trap in traps():
        try:
            taken.append(READ.validate_python(trap.url))
        except ValidationError:
            continue

    assert {url.partition("//")[2].partition("/")[0].casefold().removesuffix(".") for url in taken} <= {
        "localhost",
        "foo.localhost",
        "xn--a",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    }


@pytest.mark.parametrize(("found", "says"), [(("10.0.0.1",), "private network"), (("::1", "127.0.0.1"), "private")])
def test_a_host_that_leads_inside_is_refused(found: tuple[str, ...], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says) as caught:
        check_address(lambda *_: found)("url", "https://shop.example/")
    assert [field for field, _ in caught.value.errors] == ["url"]


@pytest.mark.parametrize("error", [OSError("no such host"), TimeoutError("late")])
def test_a_host_that_cannot_be_found_is_refused(error: OSError) -> None:
    def look_up(*_: object) -> tuple[str, ...]:
        raise error

    with pytest.raises(InvalidRequest, match="could not be found"):
        check_address(look_up)("webhookUrl", "https://shop.example/")


def test_a_public_host_is_looked_up_by_its_name_once() -> None:
    asked: list[tuple[str, int]] = []

    def look_up(host: str, port: int, seconds: float) -> tuple[str, ...]:
        asked.append((host, port))
        return ("93.184.215.14", "10.0.0.1")

    check_address(look_up)("url", "https://SHOP.example/a")

    assert asked == [("shop.example", 443)]
