"""`make prove WHAT=ssrf`: nothing that a stranger writes makes the fetcher open a socket inwards.

The real fetcher with its real connector runs over a corpus, with resolvers that lie. An audit hook sees every
`socket.connect` of the interpreter before it happens, notes where it would go, and stops it: nothing leaves this
machine. `CORPUS_FILE=` takes further URLs, one a line.
"""

import os
import secrets
import socket
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from easel.outbound import guarded_fetch
from easel.outbound.guarded_fetch import Fetcher
from easel.outbound.urls import FetchFailed
from tests.adversarial import hostile_urls
from tests.support.report import Figures, sabotaged, scale

PUBLIC = "93.184.215.14"
PUBLIC_RUNS = 200
LITERAL = set("0123456789abcdefABCDEFxX.:[]%")
STATES = (
    *("loopback", "private", "link_local", "reserved", "multicast", "broadcast", "relay", "protocols"),
    *("mapped", "compatible", "nat64", "translated", "six_to_four", "teredo"),
    *("dotted", "decimal", "octal", "hex", "mixed_radix", "short", "overflow", "zone", "trailing_dot", "userinfo"),
    *("idn", "confusion", "scheme", "port", "names", "malformed"),
    *("resolved_inside", "mixed_answer", "rebinding", "redirect_inside", "redirect_chain", "public_admitted"),
)


class Stopped(ConnectionError):
    """The hook's answer to every connection."""


class Sockets:
    """What the interpreter would have connected to."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.watching = False
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if self.watching and event == "socket.connect":
            address = args[1]
            self.opened.append(str(address[0] if isinstance(address, tuple) else address))
            raise Stopped("a proof opens no connection")

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Where connections would go meanwhile."""
        self.opened, self.watching = [], True
        try:
            yield self.opened
        finally:
            self.watching = False


def numeric(host: str, port: int, seconds: float) -> Collection[str]:
    """The system's own reading of a host that is a number in some writing; names are answered by others."""
    if set(host) <= LITERAL:
        return guarded_fetch.look_up(host, port, seconds)
    return socket_reading(host)


def socket_reading(host: str) -> Collection[str]:
    """A name's loopback meaning, as `localhost` and its friends have it."""
    return ("127.0.0.1", "::1") if host.endswith("localhost") else (PUBLIC,)


def told(*answers: Sequence[str]) -> Callable[[str, int, float], Collection[str]]:
    """A resolver that answers so, each time the next, and the last one from then on."""
    left = list(answers)

    def look_up(_host: str, _port: int, _seconds: float) -> Collection[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return look_up


class Scripted:
    """Servers that exist for the proof alone: they answer in turn, without any network; after them all is real."""

    def __init__(self, *answers: bytes) -> None:
        self.left = list(answers)
        self.far: list[socket.socket] = []

    def connect(self, address: str, port: int, seconds: float) -> Any:
        """An answer where there is one left, else the real connector."""
        if not self.left:
            return CONNECT(address, port, seconds)
        near, far = socket.socketpair()
        far.sendall(self.left.pop(0))
        self.far.append(far)
        return near

    def secure(self, plain: Any, _host: str, _seconds: float) -> Any:
        """TLS that is taken for granted."""
        return plain

    def close(self) -> None:
        """Hang up everywhere."""
        for far in self.far:
            far.close()


def careless(address: str, port: int, seconds: float) -> Any:
    """The seeded bug: a connector that believes whoever calls it."""
    del seconds
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    with made:
        made.connect((address, port))
    return made


class Trusting(Fetcher):
    """The seeded bug: the name is looked up again to connect to."""

    def _opened(self, place: Any, until: float) -> Any:
        self.look_up(place.host, place.port, 1)
        for address in self.look_up(place.host, place.port, 1):
            return self.connect(address, place.port, self.left(until))
        raise OSError("no address")


CONNECT = careless if sabotaged() else guarded_fetch.connect
FETCHER = Trusting if sabotaged() else Fetcher


def redirect(url: str) -> bytes:
    """An answer that leads on."""
    location = url.replace("\r", "").replace("\n", "").encode("utf-8", "surrogatepass")
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"


class Proof:
    """One run of everything."""

    def __init__(self) -> None:
        self.sockets = Sockets()
        self.figures = Figures()
        self.inwards = self.refused = 0

    def run(self, kind: str, url: str, fetcher: Fetcher, *, expected: Collection[str] | None = None) -> None:
        """Fetch, and blame every socket that leads inwards, and every error that is not a refusal."""
        self.figures.runs += 1
        self.figures.reached[kind] += 1
        broken: list[str] = []
        with self.sockets.watched() as opened:
            try:
                fetcher(url, seconds=20)
            except FetchFailed:
                pass
            except Exception as error:
                broken.append(f"raised {type(error).__name__}")
        broken += [f"connected inwards: {address}" for address in opened if not public(address)]
        if expected is not None and [packed(each) for each in opened] != [packed(each) for each in expected]:
            broken.append("a public address was refused")
            self.refused += 1
        self.inwards += sum(not public(address) for address in opened)
        self.figures.blame(broken, (kind, url[:200]))

    def scripted(self, kind: str, url: str, look_up: Any, *answers: bytes) -> None:
        """The same, behind servers that answer so."""
        servers = Scripted(*answers)
        self.run(kind, url, FETCHER(look_up=look_up, connect=servers.connect, secure=servers.secure))
        servers.close()

    def traps(self) -> None:
        """Every writing of every place inside, asked for directly and by a redirect."""
        for trap in thinned(list(hostile_urls.traps())):
            self.run(trap.kind, trap.url, FETCHER(look_up=numeric, connect=CONNECT))
            self.scripted("redirect_inside", "https://images.example/a", first_public(), redirect(trap.url))

    def resolvers(self) -> None:
        """Names that resolve inwards: always, among others, or at the second look."""
        for kind, address in thinned_pairs(hostile_urls.inside_addresses()):
            name = "https://images.example/a.png"
            self.run("resolved_inside", name, FETCHER(look_up=told([address]), connect=CONNECT))
            self.run("mixed_answer", name, FETCHER(look_up=told([address, PUBLIC]), connect=CONNECT))
            self.run("mixed_answer", name, FETCHER(look_up=told([PUBLIC, address]), connect=CONNECT))
            self.run("rebinding", name, FETCHER(look_up=told([PUBLIC], [address]), connect=CONNECT))
            self.scripted("rebinding", name, told([PUBLIC], [address]), redirect(name))
            self.scripted("rebinding", name, told([PUBLIC], [PUBLIC], [address]), redirect("/b"), redirect("/c"))
            for hops in range(1, 6):
                chain = [redirect(f"https://hop{hop}.example/") for hop in range(hops)]
                self.scripted("redirect_chain", name, told(*[[PUBLIC]] * hops, [address]), *chain)
            self.figures.reached[kind] += 1

    def admitted(self) -> None:
        """Public places are connected to, each at its own address."""
        for address in public_addresses(max(20, round(PUBLIC_RUNS * min(1, scale())))):
            fetcher = FETCHER(look_up=told([address]), connect=CONNECT)
            self.run("public_admitted", "https://images.example/a.png", fetcher, expected=[address])
            literal = f"[{address}]" if ":" in address else address
            self.run("public_admitted", f"https://{literal}/a.png", FETCHER(connect=CONNECT), expected=[address])

    def corpus(self, file: Path) -> None:
        """Somebody else's URLs, one a line, under three resolvers that lie."""
        for line in file.read_text("utf-8", "replace").splitlines():
            if line.strip():
                for look_up in (numeric, told(["127.0.0.1"]), told([PUBLIC], ["10.0.0.1"])):
                    self.run("corpus", line, FETCHER(look_up=look_up, connect=CONNECT))
                self.scripted("corpus", "https://images.example/a", first_public(), redirect(line))


def first_public() -> Callable[[str, int, float], Collection[str]]:
    """The first name is public, everything after is read as the system reads it."""
    asked: list[str] = []

    def look_up(host: str, port: int, seconds: float) -> Collection[str]:
        asked.append(host)
        return (PUBLIC,) if len(asked) == 1 else numeric(host, port, seconds)

    return look_up


def public(address: str) -> bool:
    """The proof's own judgement, apart from the product's: inside is what the corpus says, and what is not global."""
    return not any(packed(address) == packed(inside) for _, inside in hostile_urls.inside_addresses()) and is_global(
        address
    )


def is_global(address: str) -> bool:
    """Python's judgement, with what it lets through taken out."""
    found = packed(address)
    if found is None or not found.is_global or found.is_multicast:
        return False
    return isinstance(found, IPv4Address) or int(found) >> 125 == 1


def packed(address: str) -> IPv4Address | IPv6Address | None:
    """An address as a value."""
    try:
        return IPv6Address(address) if ":" in address else IPv4Address(address)
    except ValueError:
        return None


def public_addresses(count: int) -> Iterator[str]:
    """Addresses given out to the public, many of them just beside those that are not."""
    edges = (
        *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.254"),
        *("128.0.0.1", "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "191.255.255.255"),
        *("192.0.1.1", "192.0.3.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "203.0.112.1"),
        *("203.0.114.1", "223.255.255.254", PUBLIC, "2001:200::1", "2001:4860:4860::8888", "2003::1", "2400:cb00::1"),
        *("2600:1f18::1", "2606:4700::1111", "2620:fe::fe", "2a00:1450:4001::1", "2c0f:fb50::1", "2001:dc0::1"),
    )
    yield from edges
    for _ in range(count - len(edges)):
        low = secrets.randbelow(2**16)
        yield secrets.choice(
            (
                f"{secrets.choice((13, 18, 34, 52, 54, 104, 140, 151, 185))}.{low % 256}.{low // 256}.7",
                f"2606:4700:{low:x}::{low:x}",
                f"2a04:4e42:{low:x}::1",
            )
        )


def thinned(found: list[hostile_urls.Trap]) -> list[hostile_urls.Trap]:
    """A part of the corpus with every kind in it."""
    step = max(1, round(1 / max(scale(), 0.001)))
    counted: dict[str, int] = {}
    kept = []
    for trap in found:
        place = counted[trap.kind] = counted.get(trap.kind, -1) + 1
        if place % step == 0:
            kept.append(trap)
    return kept


def thinned_pairs(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same of addresses."""
    return [(trap.kind, trap.url) for trap in thinned([hostile_urls.Trap(kind, address) for kind, address in found])]


def main() -> int:
    """Run it."""
    proof = Proof()
    proof.traps()
    proof.resolvers()
    proof.admitted()
    wanted = list(STATES)
    if file := os.environ.get("CORPUS_FILE"):
        proof.corpus(Path(file))
        wanted.append("corpus")
    proof.figures.more = {"inward_connects": proof.inwards, "false_refusals": proof.refused}
    return proof.figures.close(wanted)


if __name__ == "__main__":
    sys.exit(main())
