"""What a radio hears: leases, and what happens to it by itself."""

from msgspec import Struct

from wizfi_emu.air.segment import Neighbours


class Lease(Struct, frozen=True):
    """What a DHCP server gives."""

    address: str
    netmask: str
    gateway: str
    dns: tuple[str, ...]
    lease_s: int


class Listener:
    """Hears what a radio did not ask for; this one does nothing about it."""

    def link_lost(self) -> None:
        """The station's access point is gone."""

    def link_regained(self, delay_us: int) -> None:
        """The lost network is there again, and the station associated after the delay."""

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
