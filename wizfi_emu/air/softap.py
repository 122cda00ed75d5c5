"""The module's own access point and the stations that join it."""

from __future__ import annotations

from typing import NamedTuple

from wizfi_emu.air.dhcp import soft_ap_pool
from wizfi_emu.air.values import address_number
from wizfi_emu.air.world import Station


class Arrival(NamedTuple):
    """A station joins the SoftAP: when, and with which address."""

    station: Station
    at_us: int
    address: str


class SoftAp:
    """A SoftAP from its start to its stop. Its stations are known from the start; each comes in its own time."""

    __slots__ = ("address", "arrivals")

    def __init__(
        self, stations: tuple[Station, ...], ssid: bytes, key: bytes, address: str, netmask: str, now_us: int
    ) -> None:
        self.address = address
        pool = soft_ap_pool(address_number(address) or 0, address_number(netmask) or 0)
        coming = [one for one in stations if one.ssid.encode() in (b"", ssid) and one.key.encode() in (b"", key)]
        self.arrivals = tuple(
            Arrival(one, now_us + one.after_ms * 1000, one.address or pool.take(one.mac))
            for one in sorted(coming, key=lambda one: one.after_ms)
        )

    def ping_ms(self, address: str, now_us: int) -> int | None:
        """After how many milliseconds this address replies; None if it is nobody's."""
        if address == self.address:
            return 1
        return next(
            (one.station.ping_ms for one in self.arrivals if one.address == address and one.at_us <= now_us), None
        )
