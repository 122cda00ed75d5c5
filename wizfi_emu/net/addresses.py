"""The map between virtual addresses, which the firmware sees, and addresses of the host.

In the default world every remote address is reached at the module's host address, on the same port. Rules change that
for single addresses and networks. Nothing outside 127.0.0.0/8 is reached unless it is allowed by name.
"""

from enum import Enum
from functools import lru_cache
from typing import NamedTuple, assert_never

from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule
from wizfi_emu.air.segment import UNREACHABLE, Neighbours
from wizfi_emu.air.values import address_number, check_network

# Far more peers than eight sockets have answers under way from, and still below 100 kB when a firmware scans a network.
REMEMBERED_PEERS = 256


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


_DEFAULT_RULE = HostRule("0.0.0.0/0")
_UNSPECIFIED = "0.0.0.0"


class AddressMap:
    """One module's view of the network: where virtual addresses are found, and whom host addresses stand for.

    It remembers which virtual address the module used last for a host endpoint, so that an answer comes from there, and
    which host endpoint it showed the module under an address, so that the module's answer goes there.
    ``listen_address`` is where the module's own sockets are; empty for the host address.
    Raises ValueError when ``host_address`` is neither loopback nor allowed.
    """

    def __init__(
        self, host_address: str = "127.0.0.1", host_map: HostMap | None = None, listen_address: str = ""
    ) -> None:
        self._host_map = host_map or HostMap()
        if not self._host_map.allows(host_address):
            raise ValueError(f"host address {host_address} is not within 127.0.0.0/8")
        self.host_address = host_address
        self.listen_address = listen_address or host_address
        rules = [(*check_network("match", rule.match), rule) for rule in (*self._host_map.rules, _DEFAULT_RULE)]
        self._rules = sorted(rules, key=_precedence)
        self._neighbours: Neighbours | None = None
        self._addressed: dict[Endpoint, Endpoint] = {}
        self._ways_back: dict[Endpoint, Endpoint] = {}
        # Most datagrams go where the one before went.
        self._find = lru_cache(REMEMBERED_PEERS)(self._search)

    def set_neighbours(self, neighbours: Neighbours | None) -> None:
        """The module is in a network with these others. They have their addresses before any rule."""
        self._neighbours = neighbours

    def reach(self, address: str, port: int) -> Endpoint | Blocked:
        """Give the host endpoint of a virtual one, and remember that the module addressed it."""
        found = self._locate(address, port)
        if isinstance(found, Endpoint):
            _remember(self._addressed, found, Endpoint(address, port))
        return found

    def locate(self, address: str, port: int) -> Endpoint | None:
        """Give the host endpoint of a virtual one, if it has one; as `reach`, but asking changes nothing."""
        found = self._locate(address, port)
        return found if isinstance(found, Endpoint) else None

    def where(self, address: str, port: int) -> Endpoint | Blocked:
        """Where a virtual endpoint is, or why it is nowhere; asking changes nothing."""
        return self._locate(address, port)

    def virtual_endpoint(self, address: str, port: int) -> Endpoint:
        """Give the virtual endpoint under which the firmware sees a host endpoint, and remember the way back."""
        host = Endpoint(address, port)
        neighbour = self._neighbours.address_of(address) if self._neighbours is not None else None
        shown = self._addressed.get(host) or Endpoint(neighbour or self._host_map.peers.get(address, address), port)
        if self._locate(*shown) != host and self.allows(address):
            _remember(self._ways_back, shown, host)
        return shown

    def source_for(self, address: str) -> str:
        """Give the local host address from which a host address is reached; 0.0.0.0 leaves the choice to the host."""
        # A socket bound to a loopback address reaches nothing else.
        leaves = self.listen_address.startswith("127.") and not address.startswith("127.")
        return _UNSPECIFIED if leaves else self.listen_address

    def allows(self, address: str) -> bool:
        """Whether the module may exchange data with a host address."""
        return self._host_map.allows(address)

    def forget(self) -> None:
        """Forget whom the module has addressed, and who has spoken to it."""
        self._addressed.clear()
        self._ways_back.clear()

    def _locate(self, address: str, port: int) -> Endpoint | Blocked:
        neighbour = self._neighbours.host_of(address) if self._neighbours is not None else None
        if neighbour is None or not 0 < port <= 65535:
            found = self._find(address, port)
            # A rule that refuses or swallows is meant for answers too.
            return self._ways_back.get(Endpoint(address, port), found) if isinstance(found, Endpoint) else found
        return Blocked.SILENT if neighbour == UNREACHABLE else Endpoint(neighbour, port)

    def _search(self, address: str, port: int) -> Endpoint | Blocked:
        wanted = address_number(address)
        # 0.0.0.0 is what an address that could not be resolved is for the module; no host has it.
        if not wanted or not 0 < port <= 65535:
            return Blocked.NOWHERE
        fitting = (rule for network, mask, rule in self._rules if wanted & mask == network)
        rule = next(rule for rule in fitting if rule.match_port in (0, port))
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


def _remember(memory: dict[Endpoint, Endpoint], key: Endpoint, value: Endpoint) -> None:
    # Taken out and put in again, so that the first key is always the one remembered longest ago.
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > REMEMBERED_PEERS:
        del memory[next(iter(memory))]


def _precedence(found: tuple[int, int, HostRule]) -> tuple[int, bool]:
    _, mask, rule = found
    return -mask, rule.match_port == 0
