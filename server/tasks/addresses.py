"""Judges addresses: whether a server that fetches for strangers may connect there."""

import ipaddress
from typing import Final

_DENIED: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays, which `is_global` takes for everybody's
        "2001::/23",  # Teredo and its neighbours
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to the IPv4 address inside it, by a relay
        "3fff::/20",  # documentation
    )
)
_GLOBAL_IPV6: Final = ipaddress.ip_network("2000::/3")
"""All that has been given out for the internet; fec0::/10 and the like are not in it."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)


def is_allowed(address: str, *, private: bool = False) -> bool:
    """Whether to connect to an address as it stands in a socket's address: numbers, no name.

    Allowed is what is on the internet for everybody; with `private`, loopback and private networks, too. Never
    link-local addresses, where clouds keep their keys, nor multicast, reserved or unspecified ones. An IPv4 address
    inside an IPv6 one (mapped, NAT64) is judged as itself. What is no address is not allowed.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return False
        inside = found.ipv4_mapped or (ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None)
        if inside is not None:
            return is_allowed(str(inside), private=private)
    if private and any(found in network for network in _PRIVATE):
        return True
    if found.version == 6 and found not in _GLOBAL_IPV6:
        return False
    return found.is_global and not found.is_multicast and not any(found in network for network in _DENIED)
