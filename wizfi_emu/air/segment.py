"""IP networks on the air: their servers, and which modules have which address in them."""

from typing import NamedTuple

from wizfi_emu.air.dhcp import AddressPool, soft_ap_pool
from wizfi_emu.air.values import address_number
from wizfi_emu.air.world import Dhcp

UNREACHABLE = ""
"""In place of a host address: somebody is there, and nothing comes through."""


class Member(NamedTuple):
    """A module in a network. ``host`` is its host address, empty for one without a network edge."""

    host: str
    isolated: bool


class Segment:
    """One IP network. All access points that lead to it share its leases, and stations on it reach each other."""

    def __init__(self, pool: AddressPool) -> None:
        self.pool = pool
        self._members: dict[str, Member] = {}
        self._hosts: dict[str, str] = {}

    def enter(self, address: str, member: Member) -> bool:
        """Somebody uses this address from now on. False when another one does so already."""
        if address in self._members:
            return False
        self._members[address] = member
        if member.host:
            self._hosts[member.host] = address
        return True

    def leave(self, address: str) -> None:
        member = self._members.pop(address, None)
        if member is not None and self._hosts.get(member.host) == address:
            del self._hosts[member.host]

    def member(self, address: str) -> Member | None:
        return self._members.get(address)

    def address_of(self, host: str) -> str | None:
        """The address of the module with this host address."""
        return self._hosts.get(host)


class Server(NamedTuple):
    """The DHCP server behind an access point, and the network that it belongs to."""

    segment: Segment
    netmask: str
    gateway: str
    dns: tuple[str, ...]
    lease_s: int = 86_400
    answers: bool = True
    delay_ms: int = 0


class Neighbours:
    """The other hosts of a network as one module in it reaches them."""

    def __init__(self, server: Server, own: str, netmask: str, *, isolated: bool) -> None:
        """``own`` and ``netmask`` are the module's; ``isolated`` leaves it the router alone."""
        self._segment = server.segment
        self._gateway = server.gateway
        self.own = own
        self._mask = address_number(netmask) or 0
        self._network = (address_number(own) or 0) & self._mask
        self._isolated = isolated

    def host_of(self, address: str) -> str | None:
        """The host address of the module that has this address.

        None when no module has it, ``UNREACHABLE`` when client isolation is between.
        """
        member = self._segment.member(address)
        if (member is None and not self._isolated) or not self._is_near(address):
            return None
        if self._is_isolated_from(address, member):
            return UNREACHABLE
        return (member.host or None) if member is not None else None

    def address_of(self, host: str) -> str | None:
        """The address under which this module sees that of a host address."""
        address = self._segment.address_of(host)
        return None if address == self.own else address

    def answers(self, address: str) -> bool | None:
        """Whether something replies from this address; None when no module has it and nothing is between."""
        member = self._segment.member(address)
        if not self._is_near(address):
            return None
        if self._is_isolated_from(address, member):
            return False
        return None if member is None else True

    def _is_isolated_from(self, address: str, member: Member | None) -> bool:
        isolated = self._isolated or (member is not None and member.isolated)
        return isolated and address != self._gateway

    def _is_near(self, address: str) -> bool:
        number = address_number(address)
        return number is not None and number & self._mask == self._network and address != self.own


class Servers:
    """The servers of a world's networks. Those of one network share it."""

    def __init__(self) -> None:
        self._segments: dict[tuple[str, str, str, str], Segment] = {}

    def of(self, dhcp: Dhcp) -> Server:
        network = dhcp.start, dhcp.end, dhcp.netmask, dhcp.gateway
        segment = self._segments.get(network)
        if segment is None:
            low, high, gateway = (address_number(text) or 0 for text in (dhcp.start, dhcp.end, dhcp.gateway))
            pool = AddressPool(low, high, first=low, skip=gateway)
            segment = self._segments[network] = Segment(pool)
        return Server(segment, dhcp.netmask, dhcp.gateway, dhcp.dns, dhcp.lease_s, dhcp.enabled, dhcp.delay_ms)


def soft_ap_server(address: str, netmask: str, first_lease: str = "") -> Server:
    """The server of a module's SoftAP: router and name server are the module itself."""
    pool = soft_ap_pool(address_number(address) or 0, address_number(netmask) or 0, address_number(first_lease))
    return Server(Segment(pool), netmask, address, (address,))
