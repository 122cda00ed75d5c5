"""A DHCP server's addresses."""

from collections.abc import Iterator
from itertools import chain, islice

from wizfi_emu.air.values import FULL_MASK, address_text

SOFT_AP_CLIENTS = 5
"""How many clients the module's own server remembers (firmware 1.0.5.2)."""


class AddressPool:
    """Hands out the addresses from ``low`` to ``high``, beginning at ``first`` and going round, without ``skip``.

    A station gets its last address again unless another one has it now, otherwise the first that nobody has. With
    ``remembers`` the server knows only that many stations, and keeps their addresses for them while there are others.
    """

    def __init__(self, low: int, high: int, *, first: int, skip: int, remembers: int = 0) -> None:
        self._order = (range(first, high + 1), range(low, first))
        self._skip = skip
        self._remembers = remembers
        self._holders: dict[int, str] = {}
        self._last: dict[str, int] = {}

    def take(self, mac: str) -> str:
        """An address for this station; empty if there is none left."""
        address = self._last.get(mac)
        if address is None or self._holders.get(address, mac) != mac:
            address = self._unused()
        if address is None:
            return ""
        self._last.pop(mac, None)
        self._last[mac] = address  # the first key is always the one that came longest ago
        self._holders[address] = mac
        self._forget()
        return address_text(address)

    def move(self, mac: str) -> None:
        """A station that has an address has another one from now on, if one is free."""
        old, new = self._last.get(mac), self._unused()
        if old is not None and new is not None and self._holders.get(old) == mac:
            del self._holders[old]
            self._last[mac] = new
            self._holders[new] = mac

    def give_back(self, mac: str) -> None:
        """The station has left; its address is free, and remembered."""
        if self._holders.get(self._last.get(mac, -1)) == mac:
            del self._holders[self._last[mac]]

    def _unused(self) -> int | None:
        kept = set(self._last.values()) if self._remembers else set()
        free = list(islice(self._free(), len(kept) + 1))
        return next((one for one in free if one not in kept), free[0] if free else None)

    def _free(self) -> Iterator[int]:
        return (one for one in chain(*self._order) if one != self._skip and one not in self._holders)

    def _forget(self) -> None:
        if self._remembers:
            absent = [mac for mac, address in self._last.items() if self._holders.get(address) != mac]
            for mac in absent[: max(0, len(self._last) - self._remembers)]:
                del self._last[mac]


def soft_ap_pool(own: int, netmask: int, first: int | None = None) -> AddressPool:
    """The pool of the module's SoftAP: from ``first`` or the address after its own upwards, in its own network."""
    base = own & netmask
    low, high = base + 1, (base | ~netmask & FULL_MASK) - 1
    first = max(low, min(first or own + 1, high + 1))
    return AddressPool(low, high, first=first, skip=own, remembers=SOFT_AP_CLIENTS)
