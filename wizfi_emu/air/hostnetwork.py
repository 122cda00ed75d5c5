"""What the world says about the host's real network. Nothing leaves the machine unless it is said here.

Hosts may have names, as containers do; `wizfi_emu.net.hostnames` puts their addresses in place of them.
"""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from wizfi_emu.air.values import check_network, network
from wizfi_emu.bounds import HOST_NAME, Address, HostOrNone, Port

LOOPBACK = (0x7F000000, 0xFF000000)

_NAME = re.compile(HOST_NAME)

Action = Literal["map", "pass", "refuse", "silent"]


class HostRule(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to traffic that the module sends to some virtual address.

    ``map``: it goes to ``host``, and to ``port`` if that is not 0. ``pass``: it goes to the real address of the same
    number. ``refuse``: answered with a reset at once. ``silent``: swallowed, so that connects time out.
    """

    match: Annotated[str, Meta(min_length=1, description="an address, a network or a name")]
    """A virtual address, a network, or a name of the world's ``names``."""
    action: Action = "map"
    """``map`` to a host address, ``pass`` to the real one, ``refuse``, or ``silent``."""
    match_port: Port = 0
    """Only traffic to this port; 0 for every port."""
    host: HostOrNone = ""
    """``map``: the host address, or a name for it; empty for the module's own host address."""
    port: Port = 0
    """``map``: the port; 0 for the same."""

    def __post_init__(self) -> None:
        if self.action != "map" and (self.host or self.port):
            raise ValueError(f"{'host' if self.host else 'port'}: only for the action map")


class HostNetwork(Struct, frozen=True, forbid_unknown_fields=True):
    """Rules for virtual addresses; where none fits, traffic goes to the module's host address on the same port."""

    rules: tuple[HostRule, ...] = ()
    """The one with the longest prefix counts, then one for a port before one for all, then the first."""
    allow: tuple[str, ...] = ()
    """Addresses, networks and host names outside of 127.0.0.0/8 that ``map`` and ``pass`` may reach."""
    peers: dict[Address, Address] = {}
    """Host address of a peer: the virtual address under which the module sees it."""

    def __post_init__(self) -> None:
        for allowed in self.allow:
            if not is_host_name(allowed):
                check_network("allow", allowed)
        for rule in self.rules:
            if rule.action == "map" and rule.host and not (rule.host in self.allow or self.allows(rule.host)):
                raise ValueError(f"rules: {rule.host} is outside of this machine, so allow must name it")
            if rule.action == "pass" and not self.allow:
                raise ValueError(f"rules: to pass {rule.match}, allow must name what may be reached")

    def allows(self, host: str) -> bool:
        """Whether traffic may go to this host address."""
        found = network(host)
        ranges = [LOOPBACK, *filter(None, (network(allowed) for allowed in self.allow))]
        return found is not None and any(found[0] & mask == base for base, mask in ranges)


def is_host_name(text: str) -> bool:
    """Whether this is the name of a host, and not an address or a network."""
    return _NAME.fullmatch(text) is not None
