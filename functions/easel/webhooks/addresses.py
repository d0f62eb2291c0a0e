"""Where others may be told: what the text of an address may be, and whether it leads outside."""

import re
from collections.abc import Callable

from easel.errors import invalid
from easel.outbound.guarded_connection import LookUp
from easel.outbound.public_addresses import everybodys
from easel.outbound.urls import FetchFailed, Place, place_of
from easel.schemas import refuse

LOOK_UP_SECONDS = 3.0
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as its last part it makes a host a number: 127.1, 0x7f.1, 2130706433

CheckAddress = Callable[[str, str], None]  # of a field's name and its address; raises InvalidRequest


def as_webhook_url(text: str) -> str:
    """For validators: an address as it was written, once its text can be one. Raises PydanticCustomError."""
    try:
        place = place_of(text)
    except FetchFailed as failure:
        refuse(_of_field(failure))
    if "#" in text:
        refuse("must not have a fragment, which no server is sent: leave out `#` and what follows")
    if ":" in place.host or NUMBER.fullmatch(place.host.rpartition(".")[2]):
        refuse("must name a host, such as hooks.example.com, and not an IP address")
    return text


def check_address(look_up: LookUp) -> CheckAddress:
    """A check, by this resolver, that an address leads to the public internet just now; it raises InvalidRequest."""

    def check(field: str, url: str) -> None:
        place: Place = place_of(url)
        try:
            found = look_up(place.host, place.port, LOOK_UP_SECONDS)
        except OSError:
            raise invalid(field, "names a host that could not be found: is it spelled right, and in the DNS?") from None
        if not any(map(everybodys, found)):
            raise invalid(field, "names a host inside a private network; only public ones are told")

    return check


def _of_field(failure: FetchFailed) -> str:
    return str(failure).removeprefix("the address ")
