"""A DHCP server's addresses."""

from __future__ import annotations

from itertools import chain

from wizfi_emu.air.values import FULL_MASK, address_text


class AddressPool:
    """Hands out the addresses from ``low`` to ``high``, beginning at ``first`` and going round, without ``skip``.

    A station gets its last address again unless another one has it now, otherwise the first that nobody has.
    """

    __slots__ = ("_holders", "_last", "_order", "_skip")

    def __init__(self, low: int, high: int, *, first: int, skip: int) -> None:
        self._order = (range(first, high + 1), range(low, first))
        self._skip = skip
        self._holders: dict[int, str] = {}
        self._last: dict[str, int] = {}

    def take(self, mac: str) -> str:
        """An address for this station; empty if there is none left."""
        address = self._last.get(mac)
        if address is None or self._holders.get(address, mac) != mac:
            address = next((one for one in chain(*self._order) if self._is_free(one)), None)
        if address is None:
            return ""
        self._holders[address] = mac
        self._last[mac] = address
        return address_text(address)

    def give_back(self, mac: str) -> None:
        """The station has left; its address is free, and remembered."""
        if self._holders.get(self._last.get(mac, -1)) == mac:
            del self._holders[self._last[mac]]

    def _is_free(self, address: int) -> bool:
        return address != self._skip and address not in self._holders


def soft_ap_pool(own: int, netmask: int) -> AddressPool:
    """The pool of the module's SoftAP: from the address after its own upwards, in its own network."""
    base = own & netmask
    low, high = base + 1, (base | ~netmask & FULL_MASK) - 1
    return AddressPool(low, high, first=max(low, min(own + 1, high + 1)), skip=own)
