"""The radio of one module in the air. Pure: time goes in, nothing waits; what takes time is given as a delay.

A method that asks the air for something answers ``(delay_us, result)``. The radio is in the new state at once; the
caller keeps the answer back for the delay. What happens by itself, or because of other modules, the ``listener`` hears.
"""

from wizfi_emu.air.accesspoint import LiveAccessPoint, best_of, better_than
from wizfi_emu.air.air import Air, RadioObserver
from wizfi_emu.air.listener import Lease, Listener
from wizfi_emu.air.segment import Member, Neighbours, Segment
from wizfi_emu.air.softap import Arrival, SoftAp
from wizfi_emu.air.values import address_number
from wizfi_emu.air.world import P2pPeer, World
from wizfi_emu.module.effects import Join, StartAccessPoint
from wizfi_emu.module.events import JoinFailure, Network, PingResult

WPS_PROGRESS = (
    "Sending EAPOL start",
    "Sending Identity",
    "Sending Identity",
    "Sending nonce",
    "Sending hashes",
    "Sending WSC Done",
)
"""What the WPS library reports when it succeeds. Wi-Fi Direct begins with the second one (guide, Wi-Fi Direct)."""

NEAR_PING_US = 1000
"""Round trip to another module."""


class Radio(RadioObserver):
    """One module's radio: station, SoftAP and Wi-Fi Direct."""

    def __init__(self, air: Air | World, listener: Listener | None = None) -> None:
        """A world alone is an air without other modules."""
        self.air = air if isinstance(air, Air) else Air(air)
        self.host_address = ""
        """Where other modules reach this one's sockets; empty for nowhere."""
        self.listener = listener or Listener()
        self._number = self.air.enter(self)
        self._questions = 0
        self._wanted: Join | None = None
        self._point: LiveAccessPoint | None = None
        self._leased: tuple[Segment, str] | None = None
        self._lease: Lease | None = None
        self._leased_at_us = 0
        self._soft_ap: SoftAp | None = None
        self._p2p_on = False
        self._group: tuple[P2pPeer, int] | None = None
        self._address = self._netmask = ""
        self._segment: Segment | None = None
        self._neighbours: Neighbours | None = None

    def reset(self) -> None:
        """The module restarts. The world stays as it is: access points that were switched off stay off."""
        self.leave()
        self.stop_access_point()
        self.stop_p2p()

    def join(self, station: Join, *, extra_us: int = 0) -> tuple[int, JoinFailure | None]:
        """Try once to associate; an old association or search is over whatever comes of it.

        It takes ``extra_us`` longer than the access point says, and at most the station's limit.
        """
        self.leave()
        point, failure = best_of(self._others, station)
        if point is None:
            return extra_us, failure
        delay_us = point.config.join_delay_ms * 1000 + extra_us
        unanswered = self.air.chance.happens(point.config.join_loss_percent, "join", *self._question())
        if unanswered or 0 < station.limit_us < delay_us:
            return station.limit_us or delay_us, JoinFailure.TIMEOUT
        if failure is None:
            self._wanted = station
            self._associate(point, delay_us)
        return delay_us, failure

    def leave(self) -> None:
        """Leave the access point, or stop looking for a lost one."""
        self._dissociate()
        if self._leased is not None:
            self._leased[0].pool.give_back(self._leased[1])
        self._wanted = self._leased = None
        self._address = self._netmask = ""

    @property
    def associated(self) -> bool:
        return self._point is not None

    def dhcp(self) -> tuple[int, Lease | None]:
        """A lease of the network's server for the station's MAC address; None if no server answers."""
        if self._point is None or self._wanted is None:
            return 0, None
        server, mac = self._point.server, self._wanted.mac
        address = server.segment.pool.take(mac) if server.answers else ""
        if not address:
            return 0, None
        if self._leased is not None and self._leased[0] is not server.segment:
            self._leased[0].pool.give_back(self._leased[1])
        self._leased = server.segment, mac
        self._lease = Lease(address, server.netmask, server.gateway, server.dns, server.lease_s)
        self._leased_at_us = self.air.now_us
        return server.delay_ms * 1000, self._lease

    def change_lease(self) -> None:
        """The server gives the station another address, if it has a lease and one is free."""
        if self._lease is not None and self._leased is not None:
            segment, mac = self._leased
            segment.pool.move(mac)
            self.renew()

    def use_address(self, address: str, netmask: str) -> None:
        """The module's interface has this address now; empty for none."""
        self._address, self._netmask = address, netmask
        self._enter_network()

    def scan(self, ssid: bytes = b"", bssid: str = "", channel: int = 0) -> tuple[Network, ...]:
        """The access points that are on, by channel and then by BSSID; empty or 0 does not filter.

        A hidden one has its name only when it is asked for.
        """
        return tuple(
            Network(
                b"" if point.config.hidden and not ssid else point.ssid,
                point.bssid,
                point.channel,
                self.air.level_dbm(point),
                point.config.rate_mbps,
                point.security,
            )
            for point in self._others
            if point.is_sought(ssid, bssid, channel)
        )

    def signal_dbm(self) -> int:
        """The strength of the associated network, 0 when there is none."""
        return self.air.level_dbm(self._point) if self._point else 0

    def notice(self, point: LiveAccessPoint) -> None:
        """The station loses what no longer admits it, and looks for what admits it as before."""
        wanted = self._wanted
        if wanted is None or point.ssid != wanted.ssid:
            return
        if self._point is None:
            found, failure = best_of(self._others, wanted)
            if found is not None and failure is None:
                delay_us = found.config.join_delay_ms * 1000
                self._associate(found, delay_us)
                self.listener.link_regained(delay_us)
            return
        best = better_than(self._point, self._others, wanted)
        if best is not self._point:
            self._roam(best)
        elif not best.admits(wanted):
            self._dissociate()
            self.listener.link_lost()
        elif point is best and self._lease is not None:
            self._plan_renewal(self._lease)

    def renew(self) -> None:
        """The lease is renewed; only another address can be noticed."""
        before = self._lease
        if before is None:
            return
        delay_us, lease = self.dhcp()
        if lease is None:
            self._plan_renewal(before)
        elif lease != before:
            self.listener.lease_changed(lease, delay_us)

    def _plan_renewal(self, lease: Lease) -> None:
        half_us = lease.lease_s * 1_000_000 // 2
        halves = (self.air.now_us - self._leased_at_us) // half_us + 1
        self.air.renew_at(self, self._leased_at_us + halves * half_us)

    def _associate(self, point: LiveAccessPoint, after_us: int) -> None:
        self._point = point
        if point.owner is not None and self._wanted is not None:
            point.owner.station_came(self._wanted.mac, after_us)

    def _roam(self, point: LiveAccessPoint) -> None:
        self._part()
        self._associate(point, 0)
        self._enter_network()
        self.renew()

    def _dissociate(self) -> None:
        self._part()
        self._point = self._lease = None
        self._leave_network()
        self.air.renew_at(self, None)

    def _part(self) -> None:
        """Tell a module whose SoftAP still runs."""
        if self._point is not None and self._point.owner is not None and self._point.on and self._wanted is not None:
            self._point.owner.station_left(self._wanted.mac)

    def ping(self, address: str, now_us: int) -> tuple[int, PingResult]:
        """Send an echo request. The delay is that of a reply; how long a sender waits for none is its own choice."""
        if self._soft_ap is None and self._point is None and not self._in_group(now_us):
            return 0, PingResult.ERROR
        near = self._neighbours.answers(address) if self._neighbours is not None else None
        if near is not None:
            return (NEAR_PING_US, PingResult.REPLY) if near else (0, PingResult.TIMEOUT)
        if self._soft_ap is not None:
            replies_ms = self._soft_ap.ping_ms(address, now_us)
            return (0, PingResult.TIMEOUT) if replies_ms is None else (replies_ms * 1000, PingResult.REPLY)
        if self._point is not None and self._point.owner is not None:
            return 0, PingResult.TIMEOUT
        listed = self.air.answers.ping(address, *self._question())
        if listed is not None:
            return listed
        return (NEAR_PING_US, PingResult.REPLY) if address == self._reachable_gateway() else (0, PingResult.TIMEOUT)

    def resolve(self, name: bytes, servers: tuple[str, ...], now_us: int) -> tuple[int, str | None]:
        """The address of a host name; empty if it has none, None if no server ever answers.

        Names have no case. Without a link or a server there is no address.
        """
        text = name.decode(errors="surrogateescape").lower().removesuffix(".")
        if not servers or (self._point is None and not self._in_group(now_us)):
            return 0, ""
        if self._point is not None and self._point.owner is not None:
            return 0, None  # a module forwards nothing, and its own name server is for its web pages
        return self.air.answers.resolve(text, *self._question())

    def _reachable_gateway(self) -> str:
        """The router that is really there, if the module's own address lies in its network; empty otherwise."""
        if self._point is None:
            return self._group[0].gateway if self._group else ""
        gateway = self._point.server.gateway
        own, mask, router = (address_number(text) or 0 for text in (self._address, self._netmask, gateway))
        return gateway if own & mask == router & mask else ""

    def _enter_network(self) -> None:
        self._leave_network()
        point = self._soft_ap.point if self._soft_ap is not None else self._point
        if point is None or not self._address:
            return
        isolated = point.config.client_isolation and point.owner is not self.listener
        if point.server.segment.enter(self._address, Member(self.host_address, isolated)):
            self._segment = point.server.segment
            self._neighbours = Neighbours(point.server, self._address, self._netmask, isolated=isolated)
            self.listener.neighbours_changed(self._neighbours)

    def _leave_network(self) -> None:
        if self._segment is not None and self._neighbours is not None:
            self._segment.leave(self._neighbours.own)
            self._segment = self._neighbours = None
            self.listener.neighbours_changed(None)

    @property
    def _others(self) -> list[LiveAccessPoint]:
        """Everybody's access points but the module's own."""
        return [point for point in self.air.points if point.owner is not self.listener]

    def _question(self) -> tuple[int, int]:
        """What makes one question to the air another one than all others."""
        self._questions += 1
        return self._number, self._questions

    @property
    def wps_in_reach(self) -> bool:
        """Whether waiting for a press of a WPS button makes sense."""
        return any(point.on and point.config.wps is not None for point in self.air.points)

    def wps(self, pin: bytes | None, now_us: int) -> LiveAccessPoint | None:
        """An access point of the network that offers its credentials by this PIN, or by its button (None).

        None if there is no such network, or if the buttons of several are pressed, which WPS refuses.
        """
        text = None if pin is None else pin.decode(errors="surrogateescape")
        offers = [point for point in self.air.points if point.offers_wps(text, now_us)]
        return offers[0] if len({point.ssid for point in offers}) == 1 else None

    def start_access_point(self, setting: StartAccessPoint, now_us: int) -> tuple[Arrival, ...]:
        """Run the SoftAP; gives the world's stations that will join it. It always starts."""
        self.stop_access_point()
        self._soft_ap = SoftAp(setting, self.listener, self.air.world.stations, now_us)
        self.air.start(self._soft_ap.point)
        return self._soft_ap.arrivals

    def stop_access_point(self) -> None:
        """Stop the SoftAP; its stations are gone."""
        if self._soft_ap is not None:
            point, self._soft_ap = self._soft_ap.point, None
            self._leave_network()
            self.air.stop(point)

    def start_p2p(self) -> tuple[P2pPeer, ...]:
        """Look for Wi-Fi Direct devices; gives those that will be found, in the order of time."""
        self._p2p_on, self._group = True, None
        return tuple(sorted(self.air.world.p2p_peers, key=lambda peer: peer.found_after_ms))

    def invite_p2p(self, name: str) -> P2pPeer | None:
        """The device of this name. None if there is none, or if the module cannot invite now."""
        peers = (peer for peer in self.air.world.p2p_peers if peer.name == name)
        return next(peers, None) if self._p2p_on and self._group is None else None

    def join_group(self, peer: P2pPeer, at_us: int) -> None:
        """The module is in the group of this device from the given time on."""
        self._group = peer, at_us

    def leave_group(self) -> bool:
        """The group is over. Whether there was one."""
        had_group, self._group = self._group is not None, None
        return had_group

    def stop_p2p(self) -> None:
        self._p2p_on, self._group = False, None

    def _in_group(self, now_us: int) -> bool:
        return self._group is not None and self._group[1] <= now_us
