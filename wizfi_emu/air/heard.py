"""What a radio hears: answers of the air, and what happens to it."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from wizfi_emu.air.segment import Neighbours
from wizfi_emu.secret import Secret, discreet


class LinkChange(Enum):
    """What the station notices of its network by itself."""

    LOST = "lost"
    REGAINED = "regained"


@dataclass(frozen=True, slots=True)
class Beacon:
    """One access point as a scan shows it; ``ssid`` is empty for a hidden one that was not asked for by name."""

    ssid: bytes
    bssid: str
    channel: int
    rssi_dbm: int
    rate_mbps: float
    security: str


@dataclass(frozen=True, slots=True)
class Lease:
    """What a DHCP server gives."""

    address: str
    netmask: str
    gateway: str
    dns: tuple[str, ...]
    lease_s: int


@discreet
@dataclass(frozen=True, slots=True)
class WpsCredentials:
    """What WPS gives; ``key`` is without the hex form."""

    ssid: bytes
    security: str
    key: Annotated[bytes, Secret.KEY]


class Listener:
    """Hears what a radio did not ask for; this one does nothing about it."""

    def link_changed(self, change: LinkChange, delay_us: int) -> None:
        """The link is lost, or there again after the delay."""

    def lease_changed(self, lease: Lease, delay_us: int) -> None:
        """A renewal gave another address, after the delay."""

    def station_came(self, mac: str, after_us: int) -> None:
        """Another module associates with the SoftAP, after the delay."""

    def station_left(self, mac: str) -> None:
        """Another module has left the SoftAP, or does not come."""

    def button_pressed(self) -> None:
        """Somebody has pressed the WPS button of an access point."""

    def neighbours_changed(self, neighbours: Neighbours | None) -> None:
        """The module is in this network from now on, with an address; None: in none."""
