"""The map between virtual addresses, which the firmware sees, and addresses of the host.

In the default world every remote address is reached at the module's host address, on the same port. Rules change that
for single addresses and networks. Nothing outside 127.0.0.0/8 is reached unless it is allowed by name.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, NamedTuple, assert_never

import msgspec

from wizfi_emu.air.segment import UNREACHABLE, Neighbours

# Far more peers than eight sockets have answers under way from, and still below 100 kB when a firmware scans a network.
REMEMBERED_PEERS = 256


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of the virtual addresses of one network.

    ``match`` is an address (``10.0.0.7``) or a network (``10.0.0.0/8``), ``match_port`` a port or 0 for all. ``map``
    reaches it at ``host`` (empty: the module's host address) and ``port`` (0: the same port); ``pass`` reaches the real
    address; ``refuse`` refuses connections at once; ``silent`` never answers. Datagrams to either of these are lost.
    Raises ValueError for what is not an address, network or port.
    """

    match: str
    action: Literal["map", "pass", "refuse", "silent"]
    host: str = ""
    port: int = 0
    match_port: int = 0

    def __post_init__(self) -> None:
        IPv4Network(self.match)
        if self.action != "map" and (self.host or self.port):
            raise ValueError(f"host and port have no meaning with action {self.action!r}")
        if self.host:
            IPv4Address(self.host)
        for port in (self.port, self.match_port):
            if not 0 <= port <= 65535:
                raise ValueError(f"port {port} is not within 0 to 65535")

    def fits(self, port: int) -> bool:
        """Whether the rule counts for a port of its network."""
        return self.match_port in (0, port)


class HostMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part of a world that says where its virtual addresses are found on the host.

    The rule with the longest prefix wins, then one for a port before one for all, then the first one. ``allow`` names
    the networks outside 127.0.0.0/8 that may be reached. ``peers`` gives the virtual address under which a host address
    appears when it speaks first. Raises ValueError for what is not an address or network.
    """

    rules: tuple[Rule, ...] = ()
    allow: tuple[str, ...] = ()
    peers: dict[str, str] = {}

    def __post_init__(self) -> None:
        # msgspec names the place of a wrong rule, but not that of a text in a list.
        try:
            for network in self.allow:
                IPv4Network(network)
        except ValueError as error:
            raise ValueError(f"allow: {error}") from None
        try:
            for host, virtual in self.peers.items():
                IPv4Address(host)
                IPv4Address(virtual)
        except ValueError as error:
            raise ValueError(f"peers: {error}") from None


class Endpoint(NamedTuple):
    """An address in dotted decimal and a port, virtual or of the host."""

    address: str
    port: int


class Blocked(Enum):
    """Why a virtual address has no place on the host."""

    REFUSED = "refused by a rule"
    SILENT = "silent by a rule"
    NOWHERE = "not a destination"
    FORBIDDEN = "outside this machine and not allowed"


_LOOPBACK = "127.0.0.0/8"
_DEFAULT_RULE = Rule("0.0.0.0/0", "map")
_UNSPECIFIED = "0.0.0.0"


class AddressMap:
    """One module's view of the network: where virtual addresses are found, and whom host addresses stand for.

    It remembers which virtual address the module used last for a host endpoint, so that an answer comes from there.
    Raises ValueError when ``host_address`` is neither loopback nor allowed.
    """

    def __init__(self, host_address: str = "127.0.0.1", host_map: HostMap | None = None) -> None:
        host_map = host_map or HostMap()
        self._allowed = [_bits(IPv4Network(network)) for network in (_LOOPBACK, *host_map.allow)]
        if not self.allows(host_address):
            raise ValueError(f"host address {host_address} is not within {_LOOPBACK}")
        self.host_address = host_address
        ordered = sorted((*host_map.rules, _DEFAULT_RULE), key=_precedence)
        self._rules = [(*_bits(IPv4Network(rule.match)), rule) for rule in ordered]
        self._names = host_map.peers
        self._neighbours: Neighbours | None = None
        self._addressed: dict[Endpoint, Endpoint] = {}
        # Most datagrams go where the one before went.
        self._find = lru_cache(REMEMBERED_PEERS)(self._search)

    def meet(self, neighbours: Neighbours | None) -> None:
        """The module is in a network with these others. They have their addresses before any rule."""
        self._neighbours = neighbours

    def reach(self, address: str, port: int) -> Endpoint | Blocked:
        """Give the host endpoint of a virtual one, and remember that the module addressed it."""
        found = self._locate(address, port)
        if isinstance(found, Endpoint):
            self._remember(found, Endpoint(address, port))
        return found

    def locate(self, address: str, port: int) -> Endpoint | None:
        """Give the host endpoint of a virtual one, if it has one; as `reach`, but asking changes nothing."""
        found = self._locate(address, port)
        return found if isinstance(found, Endpoint) else None

    def appearance(self, address: str, port: int) -> Endpoint:
        """Give the virtual endpoint under which the firmware sees a host endpoint."""
        host = Endpoint(address, port)
        neighbour = self._neighbours.address_of(address) if self._neighbours is not None else None
        return self._addressed.get(host) or Endpoint(neighbour or self._names.get(address, address), port)

    def source_for(self, address: str) -> str:
        """Give the local host address from which a host address is reached; 0.0.0.0 leaves the choice to the host."""
        # A socket bound to a loopback address reaches nothing else.
        leaves = self.host_address.startswith("127.") and not address.startswith("127.")
        return _UNSPECIFIED if leaves else self.host_address

    def allows(self, address: str) -> bool:
        """Whether the module may exchange data with a host address."""
        wanted = int(IPv4Address(address))
        return any(wanted & mask == network for network, mask in self._allowed)

    def forget(self) -> None:
        """Forget whom the module has addressed."""
        self._addressed.clear()

    def _locate(self, address: str, port: int) -> Endpoint | Blocked:
        neighbour = self._neighbours.host_of(address) if self._neighbours is not None else None
        if neighbour is None or not 0 < port <= 65535:
            return self._find(address, port)
        return Blocked.SILENT if neighbour == UNREACHABLE else Endpoint(neighbour, port)

    def _search(self, address: str, port: int) -> Endpoint | Blocked:
        try:
            wanted = int(IPv4Address(address))
        except ValueError:
            return Blocked.NOWHERE
        # 0.0.0.0 is what an address that could not be resolved is for the module; no host has it.
        if wanted == 0 or not 0 < port <= 65535:
            return Blocked.NOWHERE
        rule = next(rule for network, mask, rule in self._rules if wanted & mask == network and rule.fits(port))
        match rule.action:
            case "map":
                found = Endpoint(rule.host or self.host_address, rule.port or port)
            case "pass":
                found = Endpoint(address, port)
            case "refuse":
                return Blocked.REFUSED
            case "silent":
                return Blocked.SILENT
            case _:
                assert_never(rule.action)
        return found if self.allows(found.address) else Blocked.FORBIDDEN

    def _remember(self, host: Endpoint, virtual: Endpoint) -> None:
        # Taken out and put in again, so that the first key is always the one addressed longest ago.
        self._addressed.pop(host, None)
        self._addressed[host] = virtual
        if len(self._addressed) > REMEMBERED_PEERS:
            del self._addressed[next(iter(self._addressed))]


def _precedence(rule: Rule) -> tuple[int, bool]:
    return -IPv4Network(rule.match).prefixlen, rule.match_port == 0


def _bits(network: IPv4Network) -> tuple[int, int]:
    return int(network.network_address), int(network.netmask)
