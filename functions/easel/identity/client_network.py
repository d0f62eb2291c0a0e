"""Which addresses count as one caller: IPv4 alone, IPv6 by its /64, since a household has all of those. Pure."""

import hashlib
import hmac
import ipaddress

UNKNOWN = "unknown"
LABEL_OF_DAY = b"easel address of a day 1"
LABEL = b"easel address 1"  # keeps these hashes apart from others made with the same secret


def network(address: str) -> str:
    """The name under which an address is counted; what is no address is counted together."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return UNKNOWN
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def address_hash(address: str, secret: bytes) -> str:
    """What stands for an address where something is counted by it: nobody's address is stored."""
    return hmac.new(secret, LABEL + network(address).encode(), hashlib.sha256).hexdigest()[:32]


def address_hash_of_day(address: str, secret: bytes, day: str) -> str:
    """The same for what a job keeps: another one each day, so that no row tells who came back."""
    return hmac.new(secret, LABEL_OF_DAY + f"{day} {network(address)}".encode(), hashlib.sha256).hexdigest()[:32]
