"""What an https URL of a stranger's says, read so narrowly that no two readers can differ about it. Pure."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit


class FetchFailed(Exception):
    """A stranger's address gave nothing that may be used; the text says why and repeats nothing of the address.

    `later` says that the same address may answer at another time.
    """

    def __init__(self, why: str, *, later: bool = False) -> None:
        super().__init__(why)
        self.later = later


URL_CHARS_MAX = 2_048
PORTS = frozenset({443})

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
ODD = re.compile(r"[\x00-\x20\x7f\\]")  # what parsers of URLs disagree about
KEPT = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True)
class Place:
    """Where a URL leads, as far as its text says."""

    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The place as a URL again."""
        return f"https://{self.header}{self.target}"

    @property
    def header(self) -> str:
        """The Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == 443 else f"{name}:{self.port}"


def place_of(url: str, *, ports: Collection[int] = PORTS) -> Place:
    """The place that an https URL names; raises FetchFailed for one that is no such URL."""
    if len(url) > URL_CHARS_MAX:
        raise FetchFailed(f"the address has {len(url):,} characters; at most {URL_CHARS_MAX:,} are accepted")
    if ODD.search(url):
        raise FetchFailed("the address has spaces, control characters or backslashes in it")
    try:
        parts = urlsplit(url)
        port = 443 if parts.port is None else parts.port
        host = _host(parts)
    except ValueError as error:
        raise FetchFailed("the address cannot be read as a URL") from error
    if parts.scheme != "https":
        raise FetchFailed("the address must begin with https://")
    if "@" in parts.netloc:
        raise FetchFailed("the address must not carry a user name or password")
    if port not in ports:
        raise FetchFailed(f"the address has port {port}; only {', '.join(map(str, sorted(ports)))} is accepted")
    query = f"?{quote(parts.query, safe=KEPT + '?')}" if parts.query else ""
    return Place(host=host, port=port, target=quote(parts.path or "/", safe=KEPT) + query)


def onward(place: Place, location: str) -> str:
    """The URL that an answer's Location leads to. Raises FetchFailed."""
    try:
        return urljoin(place.url, location)
    except ValueError as error:
        raise FetchFailed("the address leads on to what cannot be read as a URL") from error


def _host(parts: SplitResult) -> str:
    """The host in ASCII and lower case; raises ValueError where there is none."""
    name = parts.hostname or ""
    if ":" in name:
        if "%" in name:
            raise ValueError("a zone is known on one machine alone")
        return ipaddress.IPv6Address(name).compressed
    ascii_name = name.encode("idna").decode("ascii").lower().removesuffix(".")
    if not HOST.fullmatch(ascii_name):
        raise ValueError("not a host name")
    return ascii_name
