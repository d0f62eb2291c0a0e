"""Which addresses count as one caller: IPv4 alone, IPv6 by its /64, since a household has all of those. Pure."""

import ipaddress

UNKNOWN = "unknown"


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
