"""The world file: what the radio can hear and reach, as frozen structs that check themselves.

A check raises ValueError with the text ``<key>: <what was expected>``, where the key can be a path such as
``schedule[0].key``; the reader of the file adds file, line and what leads there. Durations have their unit in the name.
Addresses are dotted decimal and virtual, except where the host network is meant. The texts below the fields are also
what an editor shows for a key (``wizfi-emu world schema``).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr, replace

from wizfi_emu.air import values
from wizfi_emu.air.hostnetwork import HostNetwork
from wizfi_emu.bounds import ADDRESS, WORD_MAX, Address, AddressOrNone, Mac, Millis, Percent, Seconds, form
from wizfi_emu.secret import Secret, discreet

TIMEOUT = "timeout"
OTHERS = "*"
"""In ``names``: every name that is not listed."""

AddressOrTimeout = Annotated[str, form(f"{ADDRESS}|{TIMEOUT}", "an address or timeout")]

REPEAT_MIN_S = 1
"""Anything faster is a mistake, and would be all that the program does."""


class Dhcp(Struct, frozen=True, forbid_unknown_fields=True):
    """The DHCP server of a network and the network's addresses. Leases go from ``start`` to ``end``.

    Access points with the same addresses, netmask and gateway are one network with one table of leases.
    """

    enabled: bool = True
    """Whether the server answers."""
    start: Address = "192.168.12.10"
    """The first address that it gives."""
    end: Address = "192.168.12.254"
    """The last one."""
    netmask: Address = "255.255.255.0"
    gateway: Address = "192.168.12.1"
    """The router of the network; it is there whether DHCP is enabled or not."""
    dns: tuple[Address, ...] = ("192.168.12.1",)
    """The name servers; the module takes the first one and adds 8.8.8.8."""
    lease_s: Annotated[int, Meta(ge=1, le=WORD_MAX)] = 86_400
    """How long a lease lasts. After half of it the module asks again, which shows when it gets another address."""
    delay_ms: Millis = 0
    """How long the server takes to answer."""

    def __post_init__(self) -> None:
        start, end, netmask = (values.address_number(text) or 0 for text in (self.start, self.end, self.netmask))
        if not values.is_netmask(netmask):
            raise ValueError(f"netmask: expected a mask such as 255.255.255.0, got {self.netmask!r}")
        if start > end or start & netmask != end & netmask:
            raise ValueError("end: expected an address of the same network that is not below start")


@discreet
class Wps(Struct, frozen=True, forbid_unknown_fields=True):
    """What an access point offers by WPS; without it, the access point has no WPS."""

    pin: Annotated[str, form("[0-9]{4}|[0-9]{8}|", "4 or 8 digits"), Secret.PASSWORD] = ""
    """The PIN of a station that the access point waits for; empty for none."""
    button_pressed: bool = False
    """The button counts as pressed all the time. Otherwise each press counts for two minutes."""


@discreet
class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes different of an access point. What is left out stays as it is."""

    on: bool | None = None
    """Whether the access point can be heard."""
    rssi_dbm: values.Rssi | None = None
    """How strong it is heard."""
    key: Annotated[str | None, Secret.TYPED_KEY] = None
    """Its new key; whoever has the old one is thrown out."""
    dhcp: Dhcp | None = None
    """The network's server and addresses from now on; who has a lease gets a new one after half of it."""


class Step(Change, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of an access point at a time of its schedule."""

    at_s: Seconds
    """When, from the start of the program or of the repetition."""


@discreet
class AccessPoint(Struct, frozen=True, forbid_unknown_fields=True):
    """An access point. Its name is ``ssid``, or ``ssid_hex`` where it is not text."""

    bssid: Mac
    """Its own address."""
    ssid: str = ""
    """Its name, 1 to 32 bytes of UTF-8."""
    ssid_hex: Annotated[str, form("(?:[0-9A-Fa-f]{2} *)*", "pairs of hex digits")] = ""
    """Its name as pairs of hex digits, for any bytes at all."""
    channel: values.Channel = 1
    rssi_dbm: values.Rssi = -50
    """How strong it is heard."""
    rssi_jitter_db: Annotated[int, Meta(ge=0, le=40)] = 0
    """By how much the strength goes up and down from second to second, by the seed."""
    security: values.SecurityWord = "OPEN"
    """WPA is TKIP, WPA2 is mixed: it takes WPA2, WPA2AES and WPA2TKIP."""
    key: Annotated[str, Secret.TYPED_KEY] = ""
    """WEP: 5 or 13 characters, 10 or 26 hex digits; WPA: 8 to 63 characters, 128 hex digits."""
    wep_authentication: Literal["any", "open", "shared"] = "any"
    """Which of WEP's methods it takes."""
    hidden: bool = False
    """The name is in no beacon: a scan shows it as empty unless it asks for it."""
    client_isolation: bool = False
    """Its stations reach the router, and not each other."""
    rate_mbps: Annotated[float, Meta(gt=0, le=600, description="up to 600")] = 54.0
    """The highest rate, as AT+WSCAN prints it: 54.0, or 72.2 for 802.11n."""
    on: bool = True
    """Whether it can be heard at the start."""
    schedule: tuple[Step, ...] = ()
    """What changes with time."""
    repeat_s: Seconds = 0
    """After how long the schedule begins again; 0 for never."""
    join_delay_ms: Millis = 0
    """How long an association takes."""
    join_loss_percent: Percent = 0
    """How many of a hundred attempts to associate get no answer, by the seed."""
    dhcp: Dhcp = Dhcp()
    """The network behind it."""
    wps: Wps | None = None
    """What it offers by WPS; without it nothing."""

    def __post_init__(self) -> None:
        force_setattr(self, "bssid", self.bssid.upper())
        if bool(self.ssid) == bool(self.ssid_hex):
            raise ValueError("ssid: expected either ssid or ssid_hex")
        size = len(self.ssid_bytes)
        if not 1 <= size <= 32:
            raise ValueError(f"{'ssid' if self.ssid else 'ssid_hex'}: expected 1 to 32 bytes, got {size}")
        values.check_key("key", self.security, self.key)
        self._check_schedule()

    def _check_schedule(self) -> None:
        before_s = -1.0
        for index, step in enumerate(self.schedule):
            if step.at_s <= before_s:
                raise ValueError(f"schedule[{index}].at_s: expected more than {before_s:g}, got {step.at_s:g}")
            if step.key is not None:
                values.check_key(f"schedule[{index}].key", self.security, step.key)
            before_s = step.at_s
        if self.repeat_s and not (self.schedule and self.repeat_s > before_s and self.repeat_s >= REPEAT_MIN_S):
            expected = f"a second at least, and more than the {before_s:g} of the last step"
            raise ValueError(f"repeat_s: expected {expected if self.schedule else 'nothing without a schedule'}")

    @property
    def ssid_bytes(self) -> bytes:
        """The name as it is on the air."""
        return bytes.fromhex(self.ssid_hex) if self.ssid_hex else self.ssid.encode()


@discreet
class Station(Struct, frozen=True, forbid_unknown_fields=True):
    """A device that joins the module's SoftAP when that runs with this name and key (empty: any)."""

    mac: Mac
    ssid: str = ""
    """Joins only a SoftAP of this name; empty for any."""
    key: Annotated[str, Secret.TYPED_KEY] = ""
    """Joins only a SoftAP with this key; empty for any."""
    after_ms: Millis = 1000
    """Time from the start of the SoftAP to the association."""
    stays_ms: Millis = 0
    """How long it stays; 0 until the SoftAP stops."""
    address: AddressOrNone = ""
    """A static address; empty for one of the SoftAP's DHCP server."""
    ping_ms: Millis = 1
    """How long it takes to answer AT+FPING."""

    def __post_init__(self) -> None:
        force_setattr(self, "mac", self.mac.upper())


class P2pPeer(Struct, frozen=True, forbid_unknown_fields=True):
    """A Wi-Fi Direct device, which leads the group and gives the module its address."""

    name: str
    """Its device name, 1 to 32 bytes."""
    channel: values.Channel = 1
    found_after_ms: Millis = 1000
    """When the module finds it."""
    invites: bool = False
    """Its user chooses the module as soon as it is found; otherwise the module has to invite it."""
    accepts: bool = True
    """The group comes about."""
    join_delay_ms: Millis = 0
    """How long that takes."""
    address: Address = "192.168.49.219"
    """What it gives the module."""
    netmask: Address = "255.255.255.0"
    gateway: Address = "192.168.49.1"

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= 32:
            raise ValueError("name: expected 1 to 32 bytes")


class Name(Struct, frozen=True, forbid_unknown_fields=True):
    """What the name servers say of a name."""

    address: Annotated[str, form(f"{ADDRESS}|{TIMEOUT}|", "an address or timeout")] = ""
    """Its address, ``timeout`` where no server answers, or empty for a name that does not exist."""
    delay_ms: Millis = 0
    """How long the answer takes."""
    loss_percent: Percent = 0
    """How many of a hundred questions get no answer, by the seed."""


class PingReply(Struct, frozen=True, forbid_unknown_fields=True):
    """How an address answers echo requests."""

    delay_ms: Millis = 1
    """How long a reply takes."""
    jitter_ms: Millis = 0
    """By how much longer it takes at most, by the seed."""
    loss_percent: Percent = 0
    """How many of a hundred requests get no reply, by the seed."""


class World(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything outside of the module."""

    description: str = ""
    """One line for ``wizfi-emu world list``."""
    access_points: tuple[AccessPoint, ...] = ()
    """What a scan finds and a station joins."""
    names: dict[str, AddressOrTimeout | Name] = {}
    """DNS: name to address, or to ``timeout`` where no server answers, or to more than that.

    ``*`` stands for every name that is not listed; without it those do not exist.
    """
    pings: dict[str, Millis | Literal["timeout", "error"] | PingReply] = {}
    """Address or network: milliseconds until the reply, ``timeout``, ``error``, or more than that.

    The narrowest one counts. What is not listed times out, except for the gateway, which replies after 1 ms.
    """
    stations: tuple[Station, ...] = ()
    """What joins the module's SoftAP."""
    p2p_peers: tuple[P2pPeer, ...] = ()
    """What the module finds by Wi-Fi Direct."""
    host: HostNetwork = HostNetwork()
    """Where its addresses are found on the host."""
    adc: Annotated[int, Meta(ge=0, le=4095)] = 0
    """The analogue input at power-on."""
    tx_power_dbm: Annotated[int, Meta(ge=0, le=31)] = 17
    """What AT+WSTAT shows."""

    def __post_init__(self) -> None:
        force_setattr(self, "names", {name.lower(): found for name, found in self.names.items()})
        for target in self.pings:
            values.check_network(f"pings[{target}]", target)
        for index, (rule, written) in enumerate(zip(self.addressed_host.rules, self.host.rules, strict=True)):
            key = f"host.rules[{index}].match"
            if values.address_number(rule.match.partition("/")[0]) is None:
                raise ValueError(f"{key}: {written.match} is neither an address nor a name with an address in names")
            values.check_network(key, rule.match)
        _check_unique("access_points", "bssid", [point.bssid for point in self.access_points])
        _check_unique("stations", "mac", [station.mac for station in self.stations])
        _check_unique("p2p_peers", "name", [peer.name for peer in self.p2p_peers])

    @property
    def is_random(self) -> bool:
        """Whether two runs can differ without a seed."""
        points = any(point.rssi_jitter_db or point.join_loss_percent for point in self.access_points)
        names = any(isinstance(name, Name) and name.loss_percent for name in self.names.values())
        pings = any(isinstance(one, PingReply) and (one.loss_percent or one.jitter_ms) for one in self.pings.values())
        return points or names or pings

    @property
    def addressed_host(self) -> HostNetwork:
        """``host`` with its address in place of each name that a rule matches."""
        rules = (replace(rule, match=self._address_of(rule.match)) for rule in self.host.rules)
        return replace(self.host, rules=tuple(rules))

    def _address_of(self, match: str) -> str:
        found = self.names.get(match.lower(), match)
        return found.address if isinstance(found, Name) else found


def _check_unique(key: str, field: str, found: list[str]) -> None:
    for index, value in enumerate(found):
        if value in found[:index]:
            raise ValueError(f"{key}[{index}].{field}: {value} is there twice")
