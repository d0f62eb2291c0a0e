"""Which internet addresses are everybody's: what a socket may be opened to on a stranger's word. Pure.

Written out from IANA's special-purpose registries instead of trusting `is_global` alone, whose answer differs between
Python releases.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NOT_V4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by carriers
    "127.0.0.0/8",
    "169.254.0.0/16",  # link-local, where clouds keep their credentials
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # relays of 6to4
    "192.168.0.0/16",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
)
_UNICAST_V6 = IPv6Network("2000::/3")  # all that is given out; mapped, compatible, NAT64 and local ones lie outside
_NOT_V6 = (
    "2001::/23",  # protocols: Teredo, benchmarks, ORCHID
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4: an IPv4 address in disguise
    "3fff::/20",  # documentation
)
V4 = tuple(map(IPv4Network, _NOT_V4))
V6 = tuple(map(IPv6Network, _NOT_V6))


def everybodys(text: str) -> bool:
    """Whether an address, as a socket takes it, is routed on the public internet."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not _within(address, V4)
    return address.scope_id is None and address in _UNICAST_V6 and not _within(address, V6)


def _within(address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
