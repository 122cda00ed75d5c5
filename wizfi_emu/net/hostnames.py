"""Names of hosts in the world's rules, and the addresses that this machine knows for them."""

import socket
from typing import Final

from msgspec.structs import replace

from wizfi_emu.air.hostnetwork import HostNetwork, is_host_name
from wizfi_emu.errors import UserError
from wizfi_emu.listening import open_socket

ANY: Final = "0.0.0.0"
"""Every address of this machine."""


def find_host(name: str, said: str) -> str:
    """The IPv4 address of a host; an address is its own.

    Blocks until the resolver of this machine answers. Raises UserError, beginning with ``said``, when the host is not
    known.
    """
    if not is_host_name(name):
        return name
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise UserError(f"{said}: no address for the host {name}: {error.strerror}") from None
    return str(found[0][4][0])


def with_addresses(network: HostNetwork) -> HostNetwork:
    """The rules with addresses in place of host names. Raises UserError for a host that is not known."""
    rules = (replace(rule, host=find_host(rule.host, "host.rules: host")) for rule in network.rules)
    return replace(network, allow=tuple(find_host(one, "allow") for one in network.allow), rules=tuple(rules))


def check_own(address: str, said: str) -> None:
    """Raise UserError, beginning with ``said``, for an address at which this machine cannot listen."""
    try:
        open_socket(socket.SOCK_STREAM, address, 0).close()
    except OSError as error:
        raise UserError(f"{said}: {error.strerror}") from None
