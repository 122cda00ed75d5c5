"""The module's own access point and the stations that join it."""

from typing import NamedTuple

from wizfi_emu.air.accesspoint import LiveAccessPoint
from wizfi_emu.air.listener import Listener
from wizfi_emu.air.segment import soft_ap_server
from wizfi_emu.air.values import plain_key
from wizfi_emu.air.world import Station
from wizfi_emu.module.effects import StartAccessPoint


class Arrival(NamedTuple):
    """A station of the world joins the SoftAP: when, with which address, and when it leaves again, if it does."""

    station: Station
    at_us: int
    until_us: int | None
    address: str

    def is_there(self, now_us: int) -> bool:
        return self.at_us <= now_us and (self.until_us is None or now_us < self.until_us)


class SoftAp:
    """A SoftAP from its start to its stop. The world's stations are known from the start; each comes in its time."""

    def __init__(self, setting: StartAccessPoint, owner: Listener, stations: tuple[Station, ...], now_us: int) -> None:
        self.address = setting.address
        key = plain_key(setting.security, setting.key)
        server = soft_ap_server(setting.address, setting.netmask, setting.first_lease)
        self.point = LiveAccessPoint(setting.ssid, setting.mac, setting.channel, setting.security, key, server, owner)
        known = {b"", setting.key}
        coming = [one for one in stations if one.ssid.encode() in (b"", setting.ssid) and one.key.encode() in known]
        self.arrivals = tuple(self._arrival(one, now_us) for one in sorted(coming, key=lambda one: one.after_ms))

    def ping_ms(self, address: str, now_us: int) -> int | None:
        """After how many milliseconds this address replies; None if it is nobody's."""
        if address == self.address:
            return 1
        there = (one for one in self.arrivals if one.address == address and one.is_there(now_us))
        return next((one.station.ping_ms for one in there), None)

    def _arrival(self, station: Station, now_us: int) -> Arrival:
        at_us = now_us + station.after_ms * 1000
        until_us = at_us + station.stays_ms * 1000 if station.stays_ms else None
        return Arrival(station, at_us, until_us, station.address or self.point.server.segment.pool.take(station.mac))
