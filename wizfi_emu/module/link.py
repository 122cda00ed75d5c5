"""The link: station and access point, from join to loss.

=======  ================================  =======
state    left by                           to
=======  ================================  =======
DOWN     AT+WJOIN as a station             STATION
DOWN     AT+WJOIN as an access point       AP
DOWN     a Wi-Fi Direct group is joined    STATION
STATION  AT+WLEAVE                         DOWN
STATION  the access point is gone          LOST
STATION  reset                             DOWN
LOST     the access point is back          STATION
LOST     AT+WJOIN                          DOWN
LOST     AT+WLEAVE                         DOWN
AP       AT+WLEAVE                         DOWN
AP       reset                             DOWN
=======  ================================  =======

While it is LOST, the radio goes on looking for the network; AT+WJOIN ends that and joins afresh, from DOWN. A boot with
a service registration joins as AT+WJOIN does.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import assert_never

from wizfi_emu.at.parameters import host_address
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.tasks import Read, Sleep, Steps
from wizfi_emu.profile.fields import Security, SecuritySetting
from wizfi_emu.profile.security import parse_key

DWELL_US = 70_000
"""How long a scan listens on each channel, unless told otherwise."""

JOIN_ATTEMPTS = 3
JOIN_LIMIT_US = 7_000_000
DHCP_LIMIT_US = 15_000_000
PEEK_US = 1_000
ESC = b"\x1b"
SECOND_NAME_SERVER = "8.8.8.8"
P2P_POLL_US = 4_000_000  # firmware 1.0.5.2
P2P_DEVICE_NAME = "WizFi250-P2P"
NO_ADDRESS = "0.0.0.0"


class LinkState(Enum):
    """Whether and how the module is linked."""

    DOWN = auto()
    STATION = auto()
    LOST = auto()
    AP = auto()


class Link(Part):
    """The module's one Wi-Fi interface."""

    def __init__(self, core: Core, came_up: Callable[[], None], lost: Callable[[], None]) -> None:
        """``came_up`` is called at the end of every link-up; ``lost`` when the access point is gone."""
        super().__init__(core)
        self._came_up = came_up
        self._lost = lost
        self.state = LinkState.DOWN
        self.address = NO_ADDRESS
        self.gateway = NO_ADDRESS
        self.netmask = NO_ADDRESS
        self.ssid = b""
        self.name_servers: tuple[str, ...] = ()
        self.power_save = 0
        self.power_save_delay_ms = 0
        self.tx_power_dbm = 17
        self.chip_antenna = 0
        self.chip_rf_mode = 0
        self.p2p_devices: list[tuple[str, int]] = []
        self._found: Callable[[ev.Network], None] = _nobody
        self._p2p_runs = False
        self._joined_group = False
        self._was_station = False
        self._stations = 0

    @property
    def is_up(self) -> bool:
        """Linked as station or as access point."""
        return self.state in (LinkState.STATION, LinkState.AP)

    @property
    def is_station(self) -> bool:
        """Associated with an access point."""
        return self.state is LinkState.STATION

    @property
    def led_is_lit(self) -> bool:
        """Whether LED1 shows a link: always when there is one or, by the guide, as an AP only with a station."""
        return self.is_station or (
            self.state is LinkState.AP and (self._stations > 0 or not self._settings.firmware.ap_led_on_station)
        )

    @property
    def is_up_in_mode(self) -> bool:
        """The interface of the Wi-Fi mode in RAM is the one that is linked. Sockets are made on that interface.

        AT+WSET and AT+WSEC can select the other mode while the link stands; then no socket can be made.
        """
        return self.state is (LinkState.AP if self._settings.ram.wifi_mode else LinkState.STATION)

    @property
    def mac(self) -> str:
        """The interface's own address; Wi-Fi Direct uses one with the local bit."""
        mac = self._storage.wifi.mac
        return f"{int(mac[:2], 16) | 2:02X}{mac[2:]}" if self._p2p_runs else mac

    @property
    def in_p2p_group(self) -> bool:
        """The link is that of a Wi-Fi Direct group."""
        return self._joined_group and self.is_station

    def look_up(self, name: bytes, limit_us: int) -> Steps[str]:
        """The address of a host; empty when there is none, and for an access point: only stations look up."""
        if not self.is_station:
            return ""
        address = host_address(name)
        if address is not None:
            return address
        return (yield from self._kernel.ask(fx.Resolve, name, self.name_servers, limit_us)).address

    def read_rssi(self) -> Steps[int]:
        """Signal strength as AT+WSTAT shows it: without its sign, 0 when not associated."""
        if not self.is_station:
            return 0
        answer = yield from self._kernel.ask(fx.ReadSignal)
        return abs(answer.rssi_dbm)

    def scan(
        self,
        found: Callable[[ev.Network], None],
        *,
        ssid: bytes = b"",
        bssid: str = "",
        channel: int = 0,
        dwell_us: int = DWELL_US,
    ) -> Steps[tuple[ev.Network, ...]]:
        """Look for networks: ``found`` gets those that are found under way, and those of the end are given."""
        self._found = found
        ended = yield from self._kernel.ask(fx.Scan, ssid, bssid, channel, dwell_us)
        self._found = _nobody
        return ended.networks

    def receive(self, event: ev.RadioEvent) -> None:
        match event:
            case ev.NetworkFound():
                self._found(event.network)
            case ev.LinkLost():
                if self.is_station:
                    self._lost()
            case ev.LinkRegained():
                if self.state is LinkState.LOST:
                    self._kernel.start_task(self._regain())
            case ev.AddressRenewed():
                self._renew(event)
            case ev.StationJoined() | ev.StationLeft():
                self._count_station(joined=isinstance(event, ev.StationJoined))
            case ev.WpsProgressed():
                self._print_at_once(event.text)
            case ev.P2pFound():
                self.p2p_devices.append((event.name, event.channel))
                self._print_at_once(f"Found P2P device: {event.name}")
            case ev.P2pEnded():
                self._end_p2p(event)
            case _:
                assert_never(event)

    def _print_at_once(self, line: str) -> None:
        """A line of a library of the radio: no level and no delay concerns it."""
        self._output.at_once(line.encode("latin-1", "replace") + b"\r\n")

    def join(self) -> Steps[Response]:
        """AT+WJOIN from an interface that is down, by the mode in RAM and the flash Wi-Fi section."""
        if self.state is LinkState.LOST:
            self._kernel.emit(fx.Leave())
            self.state = LinkState.DOWN
        self._joined_group = False
        if self._settings.ram.wifi_mode:
            yield from self._start_access_point()
            return Response.OK
        return (yield from self._join_station())

    def _join_station(self) -> Steps[Response]:
        security = self._storage.wifi.station_security
        if security.type is Security.AUTO:
            found = yield from self._find_security(security.key)
            if found is None:
                return Response.ERROR
            security = found
        associated = yield from self._attempt(security)
        if not associated:
            return Response.ERROR
        if not (yield from self._obtain_address()):
            self._kernel.emit(fx.Leave())
            return Response.ERROR
        self.ssid = self._storage.wifi.station.ssid
        self._come_up(LinkState.STATION)
        return Response.OK

    def _find_security(self, key: bytes) -> Steps[SecuritySetting | None]:
        """Automatic security: the type of the last network with the SSID, written to flash for good."""
        ssid = self._storage.wifi.station.ssid
        networks: list[ev.Network] = []
        networks += yield from self.scan(networks.append, ssid=ssid)
        words = [network.security for network in networks if network.ssid == ssid]
        if not words or words[-1] not in Security.__members__:
            return None
        found = parse_key(Security[words[-1]], key)
        if found is None:
            return None
        yield from self._storage.store_security(0, found)
        return found

    def _attempt(self, security: SecuritySetting) -> Steps[bool]:
        station = self._storage.wifi.station
        wep = security.type is Security.WEP and self._settings.firmware.wep_shared_key
        # WEP counts double: two attempts with open, then two with shared-key authentication.
        methods = (False, False, True, True) if wep else (False,) * JOIN_ATTEMPTS
        for shared_key in methods:
            typed = yield Read(1, PEEK_US)
            if typed == ESC and self._settings.firmware.esc_aborts_join:
                return False
            self._output.progress(b"Joining : %s\r\n" % station.ssid)
            associated = False
            if station.bssid and station.channel:
                associated = yield from self._associate(security, shared_key, station.bssid, station.channel)
            if not associated:
                associated = yield from self._associate(security, shared_key, "", 0)
            if associated:
                self._output.progress(b"Successfully joined : %s\r\n" % station.ssid)
                return True
            self._output.progress(b"Failed to join: %s\r\n" % station.ssid)
        return False

    def _associate(self, security: SecuritySetting, shared_key: bool, bssid: str, channel: int) -> Steps[bool]:
        ended = yield from self._kernel.ask(
            fx.Join,
            ssid=self._storage.wifi.station.ssid,
            security=security.type.value,
            key=security.key,
            mac=self.mac,
            bssid=bssid,
            channel=channel,
            shared_key=shared_key,
            limit_us=JOIN_LIMIT_US,
        )
        return ended.failure is None

    def _obtain_address(self) -> Steps[bool]:
        """Lease or stored addresses; False without one, and when the link changed while a lease was asked for."""
        profile = self._settings.ram
        before = self.state
        if profile.dhcp:
            self._output.debug("Obtaining IPv4 address via DHCP")
            offer = yield from self._kernel.ask(fx.RequestAddress, DHCP_LIMIT_US)
            if not offer.address or self.state is not before:
                return False
            self._take(offer)
        else:
            if not (yield from self._address_is_usable()):
                return False
            self._take_own()
            self.name_servers = tuple(server for server in (profile.dns1, profile.dns2) if server)
        return True

    def _address_is_usable(self) -> Steps[bool]:
        """Whether AT+WNET gives an address; without one the module waits for it in vain (firmware 1.0.5.2)."""
        if self._settings.ram.address != NO_ADDRESS:
            return True
        yield Sleep(DHCP_LIMIT_US)
        return False

    def _start_access_point(self) -> Steps[None]:
        wifi = self._storage.wifi
        security = wifi.ap_security
        if security.type is Security.AUTO:
            security = SecuritySetting(Security.OPEN, b"")  # firmware 1.0.5.2 starts it open
        if self._settings.firmware.ap_joining_line:
            self._output.progress(b"Joining : %s\r\n" % wifi.access_point.ssid)
        started = yield from self._kernel.ask(
            fx.StartAccessPoint,
            ssid=wifi.access_point.ssid,
            channel=wifi.access_point.channel,
            security=security.type.value,
            key=security.key,
            mac=self.mac,
            address=self._settings.ram.address,
            netmask=self._settings.ram.netmask,
            gateway=self._settings.ram.gateway,
        )
        if not started.ok:
            return
        if not (yield from self._address_is_usable()):
            self._kernel.emit(fx.StopAccessPoint())
            return
        self._stations = 0
        self.ssid = wifi.access_point.ssid
        self._take_own()
        self.name_servers = (self._settings.ram.address,)
        self._come_up(LinkState.AP)

    def _come_up(self, state: LinkState) -> None:
        self.state = state
        self._was_station = self._was_station or self.is_station
        self._kernel.emit(fx.UseAddress(self.address, self.netmask, self.gateway))
        self._output.urc(Urc.LINK_UP)
        self._output.progress(f"  IP Addr    : {self.address}\r\n".encode())
        self._output.progress(f"  Gateway    : {self.gateway}\r\n".encode())
        self._kernel.emit(fx.SetPin("led1", level=not self.led_is_lit))
        self._came_up()

    def leave(self) -> None:
        """Leave or stop what there is. A link that was up is to `go_down` next."""
        if self.state in (LinkState.STATION, LinkState.LOST):
            self._kernel.emit(fx.Leave())
        elif self.state is LinkState.AP:
            self._kernel.emit(fx.StopAccessPoint())
        self.state = LinkState.DOWN

    def lose(self) -> None:
        """The access point is gone; the radio looks for it. The link is to `go_down` next."""
        self.state = LinkState.LOST

    def go_down(self) -> None:
        """No address any more, both LEDs off, and the event."""
        self.address = self.gateway = self.netmask = NO_ADDRESS
        self._kernel.emit(fx.UseAddress("", "", ""))
        self._kernel.emit(fx.SetPin("led1", level=True))
        self._kernel.emit(fx.SetPin("led2", level=True))
        self._output.urc(Urc.LINK_DOWN)

    def _regain(self) -> Steps[None]:
        if (yield from self._obtain_address()):
            self._come_up(LinkState.STATION)

    def _renew(self, renewed: ev.AddressRenewed) -> None:
        """The lease was renewed with another address. No output; open sockets stay as they are."""
        if self.state is LinkState.STATION:
            self._take(renewed)
            self._kernel.emit(fx.UseAddress(self.address, self.netmask, self.gateway))

    def _take_own(self) -> None:
        ram = self._settings.ram
        self.address, self.netmask, self.gateway = ram.address, ram.netmask, ram.gateway

    def _take(self, offer: ev.AddressOffered | ev.AddressRenewed) -> None:
        self.address, self.netmask, self.gateway = offer.address, offer.netmask, offer.gateway
        self.name_servers = tuple(server for server in (offer.dns, SECOND_NAME_SERVER) if server)

    def _count_station(self, *, joined: bool) -> None:
        """A station came to or left the SoftAP. No output; the guide lights LED1 while there is one."""
        if self.state is not LinkState.AP:
            return
        self._stations = max(0, self._stations + (1 if joined else -1))
        self._kernel.emit(fx.SetPin("led1", level=not self.led_is_lit))

    def start_p2p(self) -> None:
        """Look for Wi-Fi Direct devices and be visible."""
        self._p2p_runs = True
        self.p2p_devices.clear()
        self._kernel.emit(fx.StartP2p(P2P_DEVICE_NAME, self.mac))
        self._kernel.after("p2p", P2P_POLL_US, self._report_left_link)

    def _report_left_link(self) -> None:
        """Wi-Fi Direct looks whether the link is there, and tells once of a station link that has been left."""
        if self._was_station and not self.is_up:
            self._was_station = False
            self._output.urc(Urc.LINK_DOWN)

    def stop_p2p(self) -> None:
        self._p2p_runs = False
        self._kernel.timers.drop("p2p")
        self._kernel.emit(fx.StopP2p())

    def _end_p2p(self, event: ev.P2pEnded) -> None:
        if event.joined and self.state is LinkState.DOWN:
            self.ssid = b""
            self.address, self.netmask, self.gateway = event.address, event.netmask, event.gateway
            self._joined_group = True
            self._come_up(LinkState.STATION)
        elif not event.joined and self._settings.firmware.p2p_fail_event:
            self._output.urc(Urc.P2P_FAIL)


def _nobody(_network: ev.Network) -> None:
    """No scan is under way."""
