"""URLs that mean somewhere inside, in every writing that parsers, resolvers and sockets were ever fooled by."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

INSIDE_V4 = {
    "loopback": ("127.0.0.1", "127.1.2.3", "127.255.255.254"),
    "private": ("10.0.0.1", "10.255.0.9", "172.16.0.1", "172.31.255.254", "192.168.1.1"),
    "link_local": ("169.254.169.254", "169.254.170.2", "169.254.0.1"),
    "reserved": ("0.0.0.0", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.7", "240.0.0.1"),
    "broadcast": ("255.255.255.255",),
    "multicast": ("224.0.0.1", "239.255.255.250"),
    "relay": ("192.88.99.1",),
}
INSIDE_V6 = {
    "loopback": ("::1",),
    "private": ("fc00::1", "fd00:ec2::254"),
    "link_local": ("fe80::1", "febf::1"),
    "reserved": ("::", "100::1", "5f00::1", "2001:db8::1", "3fff::1", "fec0::1", "4000::1"),
    "multicast": ("ff02::1", "ff0e::1"),
    "teredo": ("2001:0:a9fe:a9fe::1", "2001::1"),
    "protocols": ("2001:2::1", "2001:10::1", "2001:20::1"),
}


@dataclass(frozen=True)
class Trap:
    """A URL that must open no socket inwards; `kind` is the rare state it stands for."""

    kind: str
    url: str


def inside_addresses() -> tuple[tuple[str, str], ...]:
    """Every address with its kind, IPv4 ones in their IPv6 disguises too."""
    plain = [(kind, each) for kind, found in (*INSIDE_V4.items(), *INSIDE_V6.items()) for each in found]
    return (*plain, *((kind, each) for found in INSIDE_V4.values() for one in found for kind, each in disguised(one)))


def disguised(address: str) -> Iterator[tuple[str, str]]:
    """An IPv4 address inside IPv6 ones."""
    high, low = divmod(int(IPv4Address(address)), 65_536)
    yield "mapped", f"::ffff:{address}"
    yield "mapped", f"::ffff:{high:x}:{low:x}"
    yield "compatible", f"::{high:x}:{low:x}" if high else f"::{low or 1:x}"
    yield "nat64", f"64:ff9b::{high:x}:{low:x}"
    yield "nat64", f"64:ff9b:1::{high:x}:{low:x}"
    yield "translated", f"::ffff:0:{high:x}:{low:x}"
    yield "six_to_four", f"2002:{high:x}:{low:x}::1"
    yield "teredo", f"2001:0:{high:x}:{low:x}::1"


def written(address: str) -> Iterator[tuple[str, str]]:
    """An IPv4 address in the ways that `inet_aton`, browsers and people write it."""
    number = int(IPv4Address(address))
    parts = [int(part) for part in address.split(".")]
    yield "dotted", address
    yield "decimal", str(number)
    yield "hex", hex(number)
    yield "hex", ".".join(hex(part) for part in parts)
    yield "hex", f"0X{number:08X}"
    yield "octal", f"0{number:o}"
    yield "octal", ".".join(f"0{part:o}" for part in parts)
    yield "octal", ".".join(f"{part:#06o}".replace("0o", "00") for part in parts)
    yield "mixed_radix", f"{parts[0]:#x}.{parts[1]}.0{parts[2]:o}.{parts[3]}"
    yield "short", f"{parts[0]}.{number & 0xFFFFFF}"
    yield "short", f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield "overflow", str(number + 2**32)
    yield "idn", address.replace(".", "\u3002")  # an ideographic full stop
    yield "idn", "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in address)  # fullwidth digits
    yield "idn", "".join(chr(0x2460 + int(c) - 1) if c in "123456789" else c for c in address)  # circled digits
    yield "trailing_dot", f"{address}."
    yield "trailing_dot", f"{address}\uff0e"


def traps() -> Iterator[Trap]:
    """Everything, as URLs."""
    for kind, found in INSIDE_V4.items():
        for address in found:
            yield Trap(kind, f"https://{address}/a.png")
            for how, host in written(address):
                yield Trap(how, f"https://{host}/a.png")
            yield from _dressed(address)
    for kind, found in INSIDE_V6.items():
        for address in found:
            yield from _bracketed(kind, address)
    for found in INSIDE_V4.values():
        for address in found:
            for kind, disguise in disguised(address):
                yield from _bracketed(kind, disguise)
    for name in (
        "localhost",
        "LOCALHOST",
        "localhost.",
        "foo.localhost",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    ):
        yield Trap("names", f"https://{name}/a.png")
    yield from _odd()


def _bracketed(kind: str, address: str) -> Iterator[Trap]:
    yield Trap(kind, f"https://[{address}]/a.png")
    yield Trap("zone", f"https://[{address}%25lo]/a.png")
    yield Trap("zone", f"https://[{address}%lo]/a.png")
    yield Trap("zone", f"https://[{address}%251]/a.png")


def _dressed(address: str) -> Iterator[Trap]:
    yield Trap("userinfo", f"https://images.example@{address}/a.png")
    yield Trap("userinfo", f"https://images.example:443@{address}/a.png")
    yield Trap("userinfo", f"https://{address}:443@{address}/a.png")
    yield Trap("confusion", f"https://images.example\\@{address}/a.png")
    yield Trap("confusion", f"https://{address}\\.images.example/a.png")
    yield Trap("confusion", f"https://images.example#@{address}/a.png")
    yield Trap("confusion", f"https://{address}%2f.images.example/a.png")
    yield Trap("confusion", f"https://{address}%00.images.example/a.png")
    yield Trap("confusion", f"https://{address}\t/a.png")
    yield Trap("confusion", f" https://{address}/a.png")
    yield Trap("confusion", f"https:{address}/a.png")
    yield Trap("confusion", f"https:///{address}/a.png")
    yield Trap("scheme", f"http://{address}/a.png")
    yield Trap("scheme", f"HTTPS://{address}/a.png")
    yield Trap("scheme", f"gopher://{address}:6379/_x")
    yield Trap("port", f"https://{address}:80/a.png")
    yield Trap("port", f"https://{address}:0/a.png")
    yield Trap("port", f"https://{address}:443/a.png")


def _odd() -> Iterator[Trap]:
    for url in (
        "",
        "https://",
        "https:///",
        "https://[",
        "https://[]/",
        "https://[::1",
        "https://::1/",
        "https://[::1]:x/",
        "https://a:-1/",
        "https://a:99999/",
        "https://a:443:443/",
        "https://..",
        "https://.a",
        "https://a..b/",
        "https://" + "a" * 3_000,
        "https://" + "a" * 64 + ".example/",
        "https://\ud800.example/",
        "https://xn--\u00e9/",
        "https://xn--a/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "data:text/plain,x",
        "//127.0.0.1/",
        "127.0.0.1",
        "javascript:alert(1)",
        "https://127.0.0.1,images.example/",
        "https://images.example;127.0.0.1/",
        "https://{127.0.0.1}/",
        "https://127.0.0.1\r\nHost: images.example/",
    ):
        yield Trap("malformed", url)
