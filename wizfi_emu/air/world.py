"""The world file: what the radio can hear and reach, as frozen structs that check themselves.

A check raises ValueError with the text ``<key>: <what was expected>``; the reader of the file adds file, line and path.
Durations are milliseconds. Addresses are dotted decimal and virtual, except where the host network is meant.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from wizfi_emu.air.hostnetwork import HostNetwork
from wizfi_emu.air.values import (
    SecurityWord,
    address_number,
    check_address,
    check_delay,
    check_key,
    check_mac,
    check_network,
    check_range,
    is_netmask,
)


class Dhcp(Struct, frozen=True, forbid_unknown_fields=True):
    """The DHCP server of a network and the network's addresses. Leases go from ``start`` to ``end``."""

    enabled: bool = True
    start: str = "192.168.12.10"
    end: str = "192.168.12.254"
    netmask: str = "255.255.255.0"
    gateway: str = "192.168.12.1"
    """The router of the network; it is there whether DHCP is enabled or not."""
    dns: tuple[str, ...] = ("192.168.12.1",)
    lease_s: int = 86_400
    delay_ms: int = 0

    def __post_init__(self) -> None:
        start, end, netmask = (check_address(key, getattr(self, key)) for key in ("start", "end", "netmask"))
        check_address("gateway", self.gateway)
        for server in self.dns:
            check_address("dns", server)
        if not is_netmask(netmask):
            raise ValueError(f"netmask: expected a mask such as 255.255.255.0, got {self.netmask!r}")
        if start > end or start & netmask != end & netmask:
            raise ValueError("end: expected an address of the same network that is not below start")
        check_range("lease_s", self.lease_s, 1, 0xFFFFFFFF)
        check_delay("delay_ms", self.delay_ms)


class Wps(Struct, frozen=True, forbid_unknown_fields=True):
    """What an access point offers by WPS; without it, the access point has no WPS."""

    pin: str = ""
    """The PIN of a station that the access point waits for; empty for none."""
    button_pressed: bool = False
    """The button counts as pressed all the time. Otherwise each press counts for two minutes."""

    def __post_init__(self) -> None:
        if self.pin and not (self.pin.isascii() and self.pin.isdigit() and len(self.pin) in (4, 8)):
            raise ValueError("pin: expected 4 or 8 digits")

    def __repr__(self) -> str:
        return f"Wps(pin={'...' if self.pin else ''!r}, button_pressed={self.button_pressed})"


class AccessPoint(Struct, frozen=True, forbid_unknown_fields=True):
    """An access point. Its name is ``ssid``, or ``ssid_hex`` where it is not text."""

    bssid: str
    ssid: str = ""
    ssid_hex: str = ""
    channel: int = 1
    rssi_dbm: int = -50
    security: SecurityWord = "OPEN"
    key: str = ""
    """WEP: 5 or 13 characters, 10 or 26 hex digits; WPA: 8 to 63 characters, 128 hex digits."""
    wep_authentication: Literal["any", "open", "shared"] = "any"
    hidden: bool = False
    """The name is in no beacon: a scan shows it as empty unless it asks for it."""
    rate_mbps: float = 54.0
    """The highest rate, as AT+WSCAN prints it: 54.0, or 72.2 for 802.11n."""
    on: bool = True
    join_delay_ms: int = 0
    dhcp: Dhcp = Dhcp()
    wps: Wps | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "bssid", check_mac("bssid", self.bssid))
        if bool(self.ssid) == bool(self.ssid_hex):
            raise ValueError("ssid: expected either ssid or ssid_hex")
        try:
            ssid = self.ssid_bytes
        except ValueError:
            raise ValueError(f"ssid_hex: expected pairs of hex digits, got {self.ssid_hex!r}") from None
        if not 1 <= len(ssid) <= 32:
            raise ValueError(f"{'ssid' if self.ssid else 'ssid_hex'}: expected 1 to 32 bytes, got {len(ssid)}")
        check_range("channel", self.channel, 1, 14)
        check_range("rssi_dbm", self.rssi_dbm, -128, -1)
        check_key("key", self.security, self.key)
        if not 0 < self.rate_mbps <= 600:
            raise ValueError(f"rate_mbps: expected up to 600, got {self.rate_mbps}")
        check_delay("join_delay_ms", self.join_delay_ms)

    def __repr__(self) -> str:  # the key stays out of logs
        return f"AccessPoint({self.ssid or self.ssid_hex!r}, {self.bssid}, channel {self.channel}, {self.security})"

    @property
    def ssid_bytes(self) -> bytes:
        """The name as it is on the air."""
        return bytes.fromhex(self.ssid_hex) if self.ssid_hex else self.ssid.encode()


class Station(Struct, frozen=True, forbid_unknown_fields=True):
    """A device that joins the module's SoftAP when that runs with this name and key (empty: any)."""

    mac: str
    ssid: str = ""
    key: str = ""
    after_ms: int = 1000
    """Time from the start of the SoftAP to the association."""
    address: str = ""
    """A static address; empty for one of the SoftAP's DHCP server."""
    ping_ms: int = 1

    def __post_init__(self) -> None:
        force_setattr(self, "mac", check_mac("mac", self.mac))
        if self.address:
            check_address("address", self.address)
        check_delay("after_ms", self.after_ms)
        check_delay("ping_ms", self.ping_ms)

    def __repr__(self) -> str:  # the key stays out of logs
        return f"Station({self.mac}, after_ms={self.after_ms})"


class P2pPeer(Struct, frozen=True, forbid_unknown_fields=True):
    """A Wi-Fi Direct device, which leads the group and gives the module its address."""

    name: str
    channel: int = 1
    found_after_ms: int = 1000
    invites: bool = False
    """Its user chooses the module as soon as it is found; otherwise the module has to invite it."""
    accepts: bool = True
    """The group comes about."""
    join_delay_ms: int = 0
    address: str = "192.168.49.219"
    netmask: str = "255.255.255.0"
    gateway: str = "192.168.49.1"

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= 32:
            raise ValueError("name: expected 1 to 32 bytes")
        check_range("channel", self.channel, 1, 14)
        check_delay("found_after_ms", self.found_after_ms)
        check_delay("join_delay_ms", self.join_delay_ms)
        for key in ("address", "netmask", "gateway"):
            check_address(key, getattr(self, key))


class World(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything outside of the module."""

    description: str = ""
    access_points: tuple[AccessPoint, ...] = ()
    names: dict[str, str] = {}
    """DNS: name to address, or to ``timeout`` where no server answers. Other names do not exist."""
    pings: dict[str, int | Literal["timeout", "error"]] = {}
    """Address or network: milliseconds until the reply, ``timeout`` or ``error``. The narrowest one counts.

    What is not listed times out, except for the gateway, which replies after 1 ms.
    """
    stations: tuple[Station, ...] = ()
    p2p_peers: tuple[P2pPeer, ...] = ()
    host: HostNetwork = HostNetwork()
    adc: int = 0
    """The analogue input at power-on."""
    tx_power_dbm: int = 17

    def __post_init__(self) -> None:
        force_setattr(self, "names", {name.lower(): address for name, address in self.names.items()})
        for name, address in self.names.items():
            if address != "timeout" and address_number(address) is None:
                raise ValueError(f"names: expected an address or timeout for {name}, got {address!r}")
        for target, reply in self.pings.items():
            check_network("pings", target)
            if isinstance(reply, int):
                check_delay("pings", reply)
        for rule, written in zip(self.addressed_host.rules, self.host.rules, strict=True):
            if address_number(rule.match.partition("/")[0]) is None:
                raise ValueError(f"host: {written.match} is neither an address nor a name with an address in names")
            check_network("host", rule.match)
        _check_unique("access_points", "bssid", [point.bssid for point in self.access_points])
        _check_unique("stations", "mac", [station.mac for station in self.stations])
        _check_unique("p2p_peers", "name", [peer.name for peer in self.p2p_peers])
        check_range("adc", self.adc, 0, 4095)
        check_range("tx_power_dbm", self.tx_power_dbm, 0, 31)

    @property
    def addressed_host(self) -> HostNetwork:
        """``host`` with its address in place of each name that a rule matches."""
        rules = (replace(rule, match=self.names.get(rule.match.lower(), rule.match)) for rule in self.host.rules)
        return replace(self.host, rules=tuple(rules))


def _check_unique(key: str, field: str, found: list[str]) -> None:
    twice = next((value for value in found if found.count(value) > 1), None)
    if twice is not None:
        raise ValueError(f"{key}: {field} {twice} is there twice")
