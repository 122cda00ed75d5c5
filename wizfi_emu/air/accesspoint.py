"""An access point on the air: what it hears from stations, and what of it can change."""

from typing import Annotated, Self

from msgspec import Struct

from wizfi_emu.air.listener import Listener
from wizfi_emu.air.segment import Server, Servers
from wizfi_emu.air.values import check_key, plain_key
from wizfi_emu.air.world import AccessPoint, Change
from wizfi_emu.module.effects import Join
from wizfi_emu.module.events import JoinFailure
from wizfi_emu.secret import Secret, discreet

WPS_WINDOW_US = 120_000_000
"""How long a press of the WPS button counts (Wi-Fi Protected Setup, walk time)."""

MODULE_RSSI_DBM = -40
"""How strong modules hear each other's SoftAP: they lie side by side."""

SOFT_AP = AccessPoint(bssid="00:00:00:00:00:00", ssid="SoftAP")
"""Stands for what a world would say of a module's own access point: nothing that is not usual."""

ROAM_BELOW_DBM = -75
ROAM_GAIN_DB = 10
"""A station looks for another access point of its network below the one, and changes to what is stronger by the other.

The chip's own values are not known; these are the usual ones of its family.
"""

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


@discreet
class LiveAccessPoint(Struct, eq=False):
    """What can be heard of an access point now: one of the world, or that of a module, which listens (``owner``).

    ``key`` is in the form of ``plain_key``; ``config`` is what does not change.
    """

    ssid: bytes
    bssid: str
    channel: int
    security: str
    key: Annotated[bytes, Secret.KEY]
    server: Server
    owner: Listener | None = None
    config: AccessPoint = SOFT_AP
    on: bool = True
    rssi_dbm: int = MODULE_RSSI_DBM
    pressed_us: int | None = None

    @classmethod
    def of(cls, config: AccessPoint, servers: Servers) -> Self:
        """One of a world, as it is at the start."""
        key, server = check_key("key", config.security, config.key), servers.of(config.dhcp)
        name = config.ssid_bytes, config.bssid, config.channel
        return cls(*name, config.security, key, server, None, config, config.on, config.rssi_dbm)

    def check(self, change: Change) -> None:
        """Raise ValueError for a key that does not fit."""
        if change.key is not None:
            check_key("key", self.security, change.key)

    def change(self, change: Change, servers: Servers) -> None:
        """Become different. Raises ValueError for a key that does not fit; then nothing has changed."""
        if change.key is not None:
            self.key = check_key("key", self.security, change.key)
        if change.on is not None:
            self.on = change.on
        if change.rssi_dbm is not None:
            self.rssi_dbm = change.rssi_dbm
        if change.dhcp is not None:
            self.server = servers.of(change.dhcp)

    def is_called(self, name: str) -> bool:
        """Whether a person means this one by an SSID or a BSSID."""
        return name.encode(errors="replace") == self.ssid or name.upper() == self.bssid

    def is_sought(self, ssid: bytes, bssid: str, channel: int) -> bool:
        """Whether it is on and fits; empty and 0 fit all. An SSID fits by its exact bytes."""
        return (
            self.on and ssid in (b"", self.ssid) and bssid.upper() in ("", self.bssid) and channel in (0, self.channel)
        )

    def admits(self, station: Join) -> bool:
        """Whether the station is or can be associated with it."""
        sought = self.is_sought(station.ssid, station.bssid, station.channel)
        return sought and self.speaks(station) and self.has_key(station)

    def speaks(self, station: Join) -> bool:
        if self.security == "WEP" and self.config.wep_authentication != "any":
            return station.security == "WEP" and station.shared_key == (self.config.wep_authentication == "shared")
        return station.security in _SPOKEN.get(self.security, ())

    def has_key(self, station: Join) -> bool:
        return plain_key(self.security, station.key) == self.key

    def offers_wps(self, pin: str | None, now_us: int) -> bool:
        """Whether a station gets the credentials by WPS now: by this PIN, or (None) because the button was pressed."""
        if self.config.wps is None or not self.on:
            return False
        if pin is not None:
            return pin == self.config.wps.pin != ""
        pressed = self.pressed_us is not None and now_us - self.pressed_us < WPS_WINDOW_US
        return self.config.wps.button_pressed or pressed


def best_of(points: list[LiveAccessPoint], station: Join) -> tuple[LiveAccessPoint | None, JoinFailure | None]:
    """Which access point the station associates with (None), or the one that refuses it, and why.

    Of several that fit, the strongest one counts, as the radio chooses by the name alone.
    """
    sought = [point for point in points if point.is_sought(station.ssid, station.bssid, station.channel)]
    if not sought or not station.ssid:
        return None, JoinFailure.NOT_FOUND
    spoken = [point for point in sought if point.speaks(station)]
    point = max(spoken or sought, key=lambda one: one.rssi_dbm)
    if not spoken:
        return point, JoinFailure.SECURITY_MISMATCH
    return point, None if point.has_key(station) else JoinFailure.WRONG_KEY


def better_than(current: LiveAccessPoint, points: list[LiveAccessPoint], station: Join) -> LiveAccessPoint:
    """Where an associated station goes: to another access point of its network when its own is gone or much weaker."""
    admits = current.admits(station)
    if admits and current.rssi_dbm >= ROAM_BELOW_DBM:
        return current
    others = [one for one in points if one is not current and one.admits(station)]
    best = max(others, key=lambda one: one.rssi_dbm, default=current)
    return current if admits and best.rssi_dbm < current.rssi_dbm + ROAM_GAIN_DB else best
