"""The radio of one module in its world. Pure: time goes in, nothing waits; what takes time is given as a delay.

A method that asks the air for something answers ``(delay_us, result)``. The radio is in the new state at once; the
caller keeps the answer back for the delay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from wizfi_emu.air.accesspoint import Credentials, JoinOutcome, LiveAccessPoint, best_of
from wizfi_emu.air.softap import Arrival, SoftAp
from wizfi_emu.air.values import SecurityWord, address_number, check_key, network
from wizfi_emu.air.world import P2pPeer, World
from wizfi_emu.errors import UserError

WPS_PROGRESS = (
    "Sending EAPOL start",
    "Sending Identity",
    "Sending Identity",
    "Sending nonce",
    "Sending hashes",
    "Sending WSC Done",
)
"""What the WPS library reports when it succeeds. Wi-Fi Direct begins with the second one (guide, Wi-Fi Direct)."""


class PingOutcome(Enum):
    """How an echo request ends."""

    REPLY = "reply"
    TIMEOUT = "timeout"
    ERROR = "error"


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
    security: SecurityWord


@dataclass(frozen=True, slots=True)
class Lease:
    """What a DHCP server gives."""

    address: str
    netmask: str
    gateway: str
    dns: tuple[str, ...]
    lease_s: int


@dataclass(frozen=True, slots=True)
class WpsCredentials:
    """What WPS gives; ``key`` is without the hex form."""

    ssid: bytes
    security: SecurityWord
    key: bytes = field(repr=False)


class Radio:
    """One module's radio: station, SoftAP and Wi-Fi Direct."""

    def __init__(self, world: World) -> None:
        self._world = world
        # In the order in which a scan finds them.
        self._points = [
            LiveAccessPoint(point) for point in sorted(world.access_points, key=lambda one: (one.channel, one.bssid))
        ]
        self._wanted: Credentials | None = None
        self._point: LiveAccessPoint | None = None
        self._leased: tuple[LiveAccessPoint, str] | None = None
        self._soft_ap: SoftAp | None = None
        self._p2p_on = False
        self._group: tuple[P2pPeer, int] | None = None
        self._address = self._netmask = ""

    def reset(self) -> None:
        """The module restarts. The world stays as it is: access points that were switched off stay off."""
        self.leave()
        self.stop_access_point()
        self.stop_p2p()

    # --- station ----------------------------------------------------------------------------------------------------

    def join(self, station: Credentials) -> tuple[int, JoinOutcome]:
        """Try once to associate; an old association or search is over whatever comes of it."""
        self.leave()
        point, outcome = best_of(self._points, station)
        if outcome is JoinOutcome.JOINED:
            self._point, self._wanted = point, station
        return point.config.join_delay_ms * 1000 if point else 0, outcome

    def leave(self) -> None:
        """Leave the access point, or stop looking for a lost one."""
        if self._leased is not None:
            self._leased[0].pool.give_back(self._leased[1])
        self._wanted = self._point = self._leased = None
        self._address = self._netmask = ""

    @property
    def associated(self) -> bool:
        """Whether the station is associated."""
        return self._point is not None

    def dhcp(self) -> tuple[int, Lease | None]:
        """A lease of the network's server for the station's MAC address; None if no server answers."""
        if self._point is None or self._wanted is None:
            return 0, None
        server = self._point.config.dhcp
        address = self._point.pool.take(self._wanted.mac) if server.enabled else ""
        if not address:
            return 0, None
        if self._leased is not None and self._leased[0] is not self._point:
            self._leased[0].pool.give_back(self._leased[1])
        self._leased = self._point, self._wanted.mac
        return server.delay_ms * 1000, Lease(address, server.netmask, server.gateway, server.dns, server.lease_s)

    def use_address(self, address: str, netmask: str) -> None:
        """The module's interface has this address now; empty for none."""
        self._address, self._netmask = address, netmask

    def scan(self, ssid: bytes = b"", bssid: str = "", channel: int = 0) -> tuple[Beacon, ...]:
        """The access points that are on, by channel and then by BSSID; empty or 0 does not filter."""
        return tuple(
            Beacon(
                b"" if point.config.hidden and not ssid else point.ssid,
                point.config.bssid,
                point.config.channel,
                point.config.rssi_dbm,
                point.config.rate_mbps,
                point.config.security,
            )
            for point in self._points
            if point.is_sought(ssid, bssid, channel)
        )

    def signal_dbm(self) -> int:
        """The strength of the associated network, 0 when there is none."""
        return self._point.config.rssi_dbm if self._point else 0

    # --- the network ------------------------------------------------------------------------------------------------

    def ping(self, address: str, now_us: int) -> tuple[int, PingOutcome]:
        """Send an echo request. The delay is that of a reply; how long a sender waits for none is its own choice."""
        if self._soft_ap is not None:
            replies_ms = self._soft_ap.ping_ms(address, now_us)
        elif self._point is not None or self._in_group(now_us):
            outcome = self._listed_ping(address)
            if isinstance(outcome, PingOutcome):
                return 0, outcome
            replies_ms = outcome if outcome is not None else 1 if address == self._reachable_gateway() else None
        else:
            return 0, PingOutcome.ERROR
        return (0, PingOutcome.TIMEOUT) if replies_ms is None else (replies_ms * 1000, PingOutcome.REPLY)

    def resolve(self, name: bytes, servers: tuple[str, ...], now_us: int) -> str | None:
        """The address of a host name; empty if it has none, None if no server ever answers.

        Names have no case. An address is its own name. Without a link or a server there is no address.
        """
        text = name.decode(errors="surrogateescape").lower().removesuffix(".")
        if address_number(text) is not None:
            return text
        if not servers or (self._point is None and not self._in_group(now_us)):
            return ""
        address = self._world.names.get(text, "")
        return None if address == "timeout" else address

    def _listed_ping(self, address: str) -> int | PingOutcome | None:
        """What the world's narrowest entry says: milliseconds or an outcome; None without an entry."""
        number = address_number(address)
        best: tuple[int, int | str] | None = None
        for target, reply in self._world.pings.items():
            found = network(target)
            fits = found is not None and number is not None and number & found[1] == found[0]
            if found is not None and fits and (best is None or found[1] > best[0]):
                best = found[1], reply
        if best is None:
            return None
        return best[1] if isinstance(best[1], int) else PingOutcome(best[1])

    def _reachable_gateway(self) -> str:
        """The router that is really there, if the module's own address lies in its network; empty otherwise."""
        if self._point is None:
            return self._group[0].gateway if self._group else ""
        gateway = self._point.gateway
        own, mask, router = (address_number(text) or 0 for text in (self._address, self._netmask, gateway))
        return gateway if own & mask == router & mask else ""

    # --- what other devices do --------------------------------------------------------------------------------------

    def set_access_point(self, name: str, on: bool) -> list[tuple[int, LinkChange]]:
        """Switch the access points of this SSID or BSSID on or off. Raises UserError if there is none."""
        for point in self._named(name):
            point.on = on
        return self._noticed()

    def change_key(self, name: str, key: str) -> list[tuple[int, LinkChange]]:
        """Give the access points of this SSID or BSSID another key. Raises UserError for a key that does not fit."""
        points = self._named(name)
        try:
            keys = [check_key("key", point.config.security, key) for point in points]
        except ValueError as error:
            raise UserError(str(error)) from None
        for point, new in zip(points, keys, strict=True):
            point.key = new
        return self._noticed()

    def press_wps_button(self, name: str, now_us: int) -> None:
        """Press the WPS button of the access points of this SSID or BSSID. Raises UserError if none has one."""
        points = [point for point in self._named(name) if point.config.wps is not None]
        if not points:
            raise UserError(f"the access point {name!r} has no WPS")
        for point in points:
            point.pressed_us = now_us

    def _named(self, name: str) -> list[LiveAccessPoint]:
        points = [point for point in self._points if point.is_called(name)]
        if not points:
            raise UserError(f"the world has no access point {name!r}")
        return points

    def _noticed(self) -> list[tuple[int, LinkChange]]:
        """The station loses what no longer admits it, and associates again with what admits it as before."""
        changes: list[tuple[int, LinkChange]] = []
        if self._wanted is None:
            return changes
        if self._point is not None and not (self._point.on and self._point.has_key(self._wanted)):
            self._point = None
            changes.append((0, LinkChange.LOST))
        if self._point is None:
            point, outcome = best_of(self._points, self._wanted)
            if point is not None and outcome is JoinOutcome.JOINED:
                self._point = point
                changes.append((point.config.join_delay_ms * 1000, LinkChange.REGAINED))
        return changes

    # --- WPS --------------------------------------------------------------------------------------------------------

    @property
    def wps_in_reach(self) -> bool:
        """Whether waiting for a press of a WPS button makes sense."""
        return any(point.on and point.config.wps is not None for point in self._points)

    def wps(self, pin: bytes | None, now_us: int) -> WpsCredentials | None:
        """The credentials of the network that offers them by this PIN, or by its button (None).

        None if there is no such network, or if the buttons of several are pressed, which WPS refuses.
        """
        text = None if pin is None else pin.decode(errors="surrogateescape")
        offers = [point for point in self._points if point.offers_wps(text, now_us)]
        if len({point.ssid for point in offers}) != 1:
            return None
        return WpsCredentials(offers[0].ssid, offers[0].config.security, offers[0].key)

    # --- SoftAP -----------------------------------------------------------------------------------------------------

    def start_access_point(
        self, ssid: bytes, key: bytes, address: str, netmask: str, now_us: int
    ) -> tuple[Arrival, ...]:
        """Run the SoftAP; gives the stations that will join it. It always starts."""
        self._soft_ap = SoftAp(self._world.stations, ssid, key, address, netmask, now_us)
        return self._soft_ap.arrivals

    def stop_access_point(self) -> None:
        """Stop the SoftAP; its stations are gone."""
        self._soft_ap = None

    # --- Wi-Fi Direct -----------------------------------------------------------------------------------------------

    def start_p2p(self) -> tuple[P2pPeer, ...]:
        """Look for Wi-Fi Direct devices; gives those that will be found, in the order of time."""
        self._p2p_on, self._group = True, None
        return tuple(sorted(self._world.p2p_peers, key=lambda peer: peer.found_after_ms))

    def invite_p2p(self, name: str) -> P2pPeer | None:
        """The device of this name. None if there is none, or if the module cannot invite now."""
        peers = (peer for peer in self._world.p2p_peers if peer.name == name)
        return next(peers, None) if self._p2p_on and self._group is None else None

    def join_group(self, peer: P2pPeer, at_us: int) -> None:
        """The module is in the group of this device from the given time on."""
        self._group = peer, at_us

    def leave_group(self) -> bool:
        """The group is over. Whether there was one."""
        had_group, self._group = self._group is not None, None
        return had_group

    def stop_p2p(self) -> None:
        """End Wi-Fi Direct, and its group."""
        self._p2p_on, self._group = False, None

    def _in_group(self, now_us: int) -> bool:
        return self._group is not None and self._group[1] <= now_us
