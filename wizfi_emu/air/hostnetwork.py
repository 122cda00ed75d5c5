"""What the world says about the host's real network. Nothing leaves the machine unless it is said here."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wizfi_emu.air.values import check_network, network
from wizfi_emu.bounds import Address, AddressOrNone, Port

LOOPBACK = (0x7F000000, 0xFF000000)

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
    host: AddressOrNone = ""
    """``map``: the host address; empty for the module's own host address."""
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
    """Addresses and networks outside of 127.0.0.0/8 that ``map`` and ``pass`` may reach."""
    peers: dict[Address, Address] = {}
    """Host address of a peer: the virtual address under which the module sees it."""

    def __post_init__(self) -> None:
        for allowed in self.allow:
            check_network("allow", allowed)
        for rule in self.rules:
            if rule.action == "map" and rule.host and not self.allows(rule.host):
                raise ValueError(f"rules: {rule.host} is outside of this machine, so allow must name it")
            if rule.action == "pass" and not self.allow:
                raise ValueError(f"rules: to pass {rule.match}, allow must name what may be reached")

    def allows(self, host: str) -> bool:
        """Whether traffic may go to this host address."""
        found = network(host)
        ranges = [LOOPBACK, *filter(None, (network(allowed) for allowed in self.allow))]
        return found is not None and any(found[0] & mask == base for base, mask in ranges)
