"""An access point on the air: what it hears from stations, and what of it can change."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from wizfi_emu.air.dhcp import AddressPool
from wizfi_emu.air.values import address_number, check_key, plain_key
from wizfi_emu.air.world import AccessPoint

WPS_WINDOW_US = 120_000_000
"""How long a press of the WPS button counts (Wi-Fi Protected Setup, walk time)."""

_SPOKEN: dict[str, frozenset[str]] = {
    "OPEN": frozenset({"OPEN"}),
    "WEP": frozenset({"WEP"}),
    "WPA": frozenset({"WPA"}),
    "WPAAES": frozenset({"WPAAES"}),
    "WPA2AES": frozenset({"WPA2AES", "WPA2"}),
    "WPA2TKIP": frozenset({"WPA2TKIP", "WPA2"}),
    "WPA2": frozenset({"WPA2", "WPA2AES", "WPA2TKIP"}),
}
"""Security of an access point: the settings with which a station can associate. A mixed side takes either cipher."""


class JoinOutcome(Enum):
    """How an association attempt ends."""

    JOINED = "joined"
    NOT_FOUND = "not found"
    WRONG_KEY = "wrong key"
    SECURITY_MISMATCH = "security mismatch"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a station joins with. Empty ``bssid`` and 0 ``channel`` do not narrow the search."""

    ssid: bytes
    security: str
    key: bytes = field(default=b"", repr=False)
    bssid: str = ""
    channel: int = 0
    shared_key: bool = False
    mac: str = ""


class LiveAccessPoint:
    """The changing half of an ``AccessPoint``: power, key, the WPS button and the leases of its network."""

    __slots__ = ("config", "key", "on", "pool", "pressed_us", "ssid")

    def __init__(self, config: AccessPoint) -> None:
        self.config = config
        self.ssid = config.ssid_bytes
        self.on = config.on
        self.key = check_key("key", config.security, config.key)
        self.pressed_us: int | None = None
        low, high, gateway = (address_number(text) or 0 for text in (config.dhcp.start, config.dhcp.end, self.gateway))
        self.pool = AddressPool(low, high, first=low, skip=gateway)

    @property
    def gateway(self) -> str:
        """The router of the network."""
        return self.config.dhcp.gateway

    def is_called(self, name: str) -> bool:
        """Whether a person means this one by an SSID or a BSSID."""
        return name.encode(errors="replace") == self.ssid or name.upper() == self.config.bssid

    def is_sought(self, ssid: bytes, bssid: str, channel: int) -> bool:
        """Whether it is on and fits; empty and 0 fit all. An SSID fits by its exact bytes."""
        return (
            self.on
            and ssid in (b"", self.ssid)
            and bssid.upper() in ("", self.config.bssid)
            and channel in (0, self.config.channel)
        )

    def speaks(self, station: Credentials) -> bool:
        """Whether the station's security setting fits."""
        if self.config.security == "WEP" and self.config.wep_authentication != "any":
            return station.security == "WEP" and station.shared_key == (self.config.wep_authentication == "shared")
        return station.security in _SPOKEN[self.config.security]

    def has_key(self, station: Credentials) -> bool:
        """Whether the station's key is right, in whatever form it is written."""
        return plain_key(self.config.security, station.key) == self.key

    def offers_wps(self, pin: str | None, now_us: int) -> bool:
        """Whether a station gets the credentials by WPS now: by this PIN, or (None) because the button was pressed."""
        wps = self.config.wps
        if wps is None or not self.on:
            return False
        if pin is not None:
            return pin == wps.pin != ""
        pressed = self.pressed_us is not None and now_us - self.pressed_us < WPS_WINDOW_US
        return wps.button_pressed or pressed


def best_of(points: list[LiveAccessPoint], station: Credentials) -> tuple[LiveAccessPoint | None, JoinOutcome]:
    """Which access point the station associates with, or the one that refuses it, and how the attempt ends.

    Of several that fit, the strongest one counts, as the radio chooses by the name alone.
    """
    sought = [point for point in points if point.is_sought(station.ssid, station.bssid, station.channel)]
    if not sought or not station.ssid:
        return None, JoinOutcome.NOT_FOUND
    spoken = [point for point in sought if point.speaks(station)]
    point = max(spoken or sought, key=lambda one: one.config.rssi_dbm)
    if not spoken:
        return point, JoinOutcome.SECURITY_MISMATCH
    return point, JoinOutcome.JOINED if point.has_key(station) else JoinOutcome.WRONG_KEY
