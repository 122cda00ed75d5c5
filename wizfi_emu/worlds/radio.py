"""The radio effects, carried out in the air. Pure: what takes time is answered with a delay, nothing waits here.

The contract with the world that has it:

- `RadioLink.execute` and the methods for what other devices do give ``(delay_us, event)`` pairs. The world feeds each
  event to the machine after its delay, also after a delay of 0 only when the effects at hand are all carried out.
  Events with the same time go in the order in which they were given.
- Right before it feeds one, it asks `RadioLink.claim` with the same event object. False means that the event is void
  and must be dropped: the module was reset, or something happened meanwhile that undid it, such as ``StopAccessPoint``
  before a station arrived. Each event is claimed exactly once.
- At `Air.wakeup_us` it calls `RadioLink.time_reached`: the world changes with time.
- What another module does, or somebody does to it, can give events for this one; these go to its `RadioUser`. The
  modules of one air have one clock.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar, assert_never

from wizfi_emu.air.accesspoint import WPS_WINDOW_US
from wizfi_emu.air.air import Air
from wizfi_emu.air.listener import Lease, Listener
from wizfi_emu.air.radio import WPS_PROGRESS, Radio
from wizfi_emu.air.segment import Neighbours
from wizfi_emu.air.softap import Arrival
from wizfi_emu.air.world import Change, P2pPeer, World
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.timing import Timing

Due = list[tuple[int, ev.Event]]
"""Events with the microseconds after which each is due."""

CHANNELS = 14
UNLIMITED_PING_US = 1_000_000
UNLIMITED_RESOLVE_US = 5_000_000
"""How long a request without a limit waits for what never comes: unknown of the module, 5 s is AT+SDNAME's limit."""

E = TypeVar("E", bound=ev.Event)


class RadioUser(Protocol):
    """Whoever has a radio: the world of its module."""

    @property
    def host_address(self) -> str:
        """Where on the host other modules reach this one's sockets."""

    def schedule(self, due: Due) -> None:
        """Events come that the radio was not asked for."""

    def set_neighbours(self, neighbours: Neighbours | None) -> None:
        """The other hosts of the network are these from now on; None without a network."""


class RadioLink(Listener):
    """The radio of one module, for a simulated world."""

    def __init__(self, air: Air | World, timing: Timing | None = None) -> None:
        """A world alone is an air without other modules."""
        self.radio = Radio(air, self)
        self.air: Air = self.radio.air
        """What this module shares with others."""
        self._timing = timing or Timing()
        self._due: dict[int, ev.Event] = {}
        self._joined_at_us = 0
        self._offered_at_us = 0
        self._wps_failure: ev.WpsEnded | None = None
        self._heard: Due | None = None
        self._user: RadioUser | None = None

    def attach(self, user: RadioUser) -> None:
        """Belong to somebody. Without, nothing comes that was not asked for: the module is alone."""
        self._user = user
        self.radio.host_address = user.host_address

    def time_reached(self, now_us: int) -> Due:
        """Let the world change with time. `execute` does that too."""
        return self._listen(lambda: self.air.settle(now_us))

    def reset(self, now_us: int) -> None:
        """The module restarts: it is on no network, and nothing that was given before can be claimed."""
        self.time_reached(now_us)
        self.radio.reset()
        self._due.clear()
        self._joined_at_us = self._offered_at_us = 0

    def claim(self, event: ev.Event) -> bool:
        """Whether this event, given before and due now, still holds."""
        return self._due.pop(id(event), None) is not None

    def execute(self, effect: fx.RadioEffect, now_us: int) -> Due:
        """Carry out one effect; gives its answer and what follows of it."""
        before = self.time_reached(now_us)
        answer: Due = []
        # What comes of the answer, such as a station for the access point that it starts, is due after it.
        after = self._listen(lambda: answer.extend(self._give(self._carry_out(effect, now_us))))
        return before + answer + after

    def _carry_out(self, effect: fx.RadioEffect, now_us: int) -> Due:
        match effect:
            case fx.Join():
                return self._join(effect, now_us)
            case fx.RequestAddress():
                return self._request_address(effect, now_us)
            case fx.UseAddress():
                self.radio.use_address(effect.address, effect.netmask)
            case fx.Leave():
                self.radio.leave()
                self.radio.leave_group()
                self._revoke(ev.LinkLost, ev.LinkRegained, ev.AddressRenewed)
            case fx.Scan():
                return self._scan(effect)
            case fx.ReadSignal():
                return [(0, ev.SignalRead(effect.request, self.radio.signal_dbm()))]
            case fx.Ping():
                return self._ping(effect, now_us)
            case fx.Resolve():
                return self._resolve(effect, now_us)
            case fx.StartAccessPoint():
                return self._start_access_point(effect, now_us)
            case fx.StopAccessPoint():
                self.radio.stop_access_point()
                self._revoke(ev.StationJoined, ev.StationLeft)
            case fx.RunWps():
                return self._run_wps(effect, now_us)
            case fx.StartP2p():
                return self._start_p2p(now_us)
            case fx.StopP2p():
                self.radio.stop_p2p()
                self._revoke_group()
                self._revoke(ev.P2pFound)
            case fx.InviteP2p():
                return self._invite_p2p(effect, now_us)
            case _:
                assert_never(effect)
        return []

    def _join(self, effect: fx.Join, now_us: int) -> Due:
        self._revoke(ev.LinkLost, ev.LinkRegained, ev.AddressRenewed)
        delay_us, failure = self.radio.join(effect, extra_us=self._timing.join_ms * 1000)
        self._joined_at_us = now_us + delay_us
        return [(delay_us, ev.JoinEnded(effect.request, failure))]

    def _request_address(self, effect: fx.RequestAddress, now_us: int) -> Due:
        if not self.radio.associated:
            return [(0, ev.AddressOffered(effect.request))]
        delay_us, lease = self.radio.dhcp()
        delay_us += self._timing.dhcp_ms * 1000
        if lease is None or 0 < effect.limit_us < delay_us:
            return [(effect.limit_us, ev.AddressOffered(effect.request))]
        self._offered_at_us = now_us + delay_us
        return [
            (delay_us, ev.AddressOffered(effect.request, lease.address, lease.netmask, lease.gateway, _first(lease)))
        ]

    def _scan(self, effect: fx.Scan) -> Due:
        per_channel_us = self._timing.scan_ms_per_channel * 1000
        if per_channel_us:
            per_channel_us = max(per_channel_us, effect.dwell_us)
        networks = self.radio.scan(effect.ssid, effect.bssid, effect.channel)
        if effect.channel or not per_channel_us:
            return [(per_channel_us, ev.ScanEnded(effect.request, networks))]
        found: Due = [(per_channel_us * network.channel, ev.NetworkFound(network)) for network in networks]
        return [*found, (per_channel_us * CHANNELS, ev.ScanEnded(effect.request))]

    def _ping(self, effect: fx.Ping, now_us: int) -> Due:
        delay_us, result = self.radio.ping(effect.address, now_us)
        limit_us = effect.limit_us or UNLIMITED_PING_US
        if result is ev.PingResult.TIMEOUT or delay_us > limit_us:
            delay_us, result = limit_us, ev.PingResult.TIMEOUT
        millis = delay_us // 1000 if result is ev.PingResult.REPLY else 0
        return [(delay_us, ev.PingEnded(effect.request, result, millis))]

    def _resolve(self, effect: fx.Resolve, now_us: int) -> Due:
        delay_us, address = self.radio.resolve(effect.name, effect.servers, now_us)
        limit_us = effect.limit_us or UNLIMITED_RESOLVE_US
        if address is None or delay_us > limit_us:
            return [(limit_us, ev.NameResolved(effect.request))]
        return [(delay_us, ev.NameResolved(effect.request, address))]

    def _start_access_point(self, effect: fx.StartAccessPoint, now_us: int) -> Due:
        self._revoke(ev.StationJoined, ev.StationLeft)
        due: Due = [(0, ev.AccessPointStarted(effect.request, True))]
        for one in self.radio.start_access_point(effect, now_us):
            due += _visit(one, now_us)
        return due

    def _run_wps(self, effect: fx.RunWps, now_us: int) -> Due:
        if due := self._wps_success(effect.request, effect.pin, now_us):
            return due
        failure = ev.WpsEnded(effect.request)
        if effect.pin is not None or not self.radio.wps_in_reach:
            return [(0, failure)]
        self._wps_failure = failure  # unless somebody presses a button in time
        return [(WPS_WINDOW_US, failure)]

    def _wps_success(self, request: int, pin: bytes | None, now_us: int) -> Due:
        """The events of a success; none if there is no success."""
        found = self.radio.wps(pin, now_us)
        if found is None:
            return []
        due: Due = [(0, ev.WpsProgressed(text)) for text in WPS_PROGRESS]
        return [*due, (0, ev.WpsEnded(request, found.ssid, found.security, found.key))]

    def _start_p2p(self, now_us: int) -> Due:
        self._revoke_group()
        self._revoke(ev.P2pFound)
        peers = self.radio.start_p2p()
        due: Due = [(peer.found_after_ms * 1000, ev.P2pFound(peer.name, peer.channel)) for peer in peers]
        inviting = next((peer for peer in peers if peer.invites), None)
        return due + self._form_group(inviting, inviting.found_after_ms * 1000, now_us) if inviting else due

    def _invite_p2p(self, effect: fx.InviteP2p, now_us: int) -> Due:
        peer = self.radio.invite_p2p(effect.name)
        return self._form_group(peer, 0, now_us) if peer else []

    def _form_group(self, peer: P2pPeer, after_us: int, now_us: int) -> Due:
        joined_us = after_us + (peer.join_delay_ms + self._timing.join_ms) * 1000
        if not peer.accepts:
            return [(joined_us, ev.P2pEnded(joined=False))]
        self.radio.join_group(peer, now_us + joined_us)
        due: Due = [(after_us, ev.WpsProgressed(text)) for text in WPS_PROGRESS[1:]]
        return [*due, (joined_us, ev.P2pEnded(True, peer.address, peer.netmask, peer.gateway))]

    def change_access_point(self, name: str, change: Change, now_us: int) -> Due:
        """Change the access points of this SSID or BSSID, for all modules of the air.

        Raises UserError if there is none, and for a key that does not fit.
        """
        before = self.time_reached(now_us)
        return before + self._listen(lambda: self.air.change_access_points(name, change))

    def set_access_point(self, name: str, on: bool, now_us: int) -> Due:
        """Switch the access points of this SSID or BSSID on or off. Raises UserError if there is none."""
        return self.change_access_point(name, Change(on=on), now_us)

    def change_key(self, name: str, key: str, now_us: int) -> Due:
        """Give the access points of this SSID or BSSID another key. Raises UserError for a key that does not fit."""
        return self.change_access_point(name, Change(key=key), now_us)

    def change_lease(self, now_us: int) -> Due:
        """The server of the module's network gives it another address, if it has a lease and one is free."""
        before = self.time_reached(now_us)
        return before + self._listen(self.radio.change_lease)

    def press_wps_button(self, name: str, now_us: int) -> Due:
        """Press the WPS button of the access points of this SSID or BSSID. Raises UserError if none has one."""
        return self._listen(lambda: self.air.press_wps_button(name, now_us))

    def end_p2p_group(self) -> Due:
        """The device that leads the Wi-Fi Direct group goes away, or does not come."""
        if not self.radio.leave_group():
            return []
        return self._give([(0, ev.P2pEnded(joined=False)) if self._revoke_group() else (0, ev.LinkLost())])

    def link_lost(self) -> None:
        self._revoke(ev.AddressRenewed)
        if not self._revoke(ev.LinkRegained):
            unanswered = self._revoke(ev.AddressOffered)
            self._tell([(0, ev.AddressOffered(offer.request)) for offer in unanswered])
            self._tell([(self._until_joined_us, ev.LinkLost())])

    def link_regained(self, delay_us: int) -> None:
        self._tell([(self._until_joined_us + delay_us + self._timing.join_ms * 1000, ev.LinkRegained())])

    @property
    def _until_joined_us(self) -> int:
        """The module cannot lose what it has not been told to have."""
        return max(0, self._joined_at_us - self.air.now_us)

    def lease_changed(self, lease: Lease, delay_us: int) -> None:
        after_us = max(0, self._offered_at_us - self.air.now_us) + delay_us + self._timing.dhcp_ms * 1000
        self._revoke(ev.AddressRenewed)
        self._tell([(after_us, ev.AddressRenewed(lease.address, lease.netmask, lease.gateway, _first(lease)))])

    def station_came(self, mac: str, after_us: int) -> None:
        self._tell([(after_us, ev.StationJoined(mac))])

    def station_left(self, mac: str) -> None:
        coming = [event for event in self._due.values() if isinstance(event, ev.StationJoined) and event.mac == mac]
        if coming:
            self.claim(coming[-1])
        else:
            self._tell([(0, ev.StationLeft(mac))])

    def button_pressed(self) -> None:
        waiting = self._wps_failure
        if waiting is None or id(waiting) not in self._due:
            return
        due = self._wps_success(waiting.request, None, self.air.now_us)
        if due:
            self.claim(waiting)
            self._tell(due)

    def neighbours_changed(self, neighbours: Neighbours | None) -> None:
        if self._user is not None:
            self._user.set_neighbours(neighbours)

    def _tell(self, due: Due) -> None:
        self._give(due)
        if self._heard is not None:
            self._heard += due
        elif self._user is not None:
            self._user.schedule(due)

    def _listen(self, act: Callable[[], None]) -> Due:
        """Do something, and give what this radio hears meanwhile; the other modules' radios deliver it themselves."""
        outer, self._heard = self._heard, []
        try:
            act()
            return self._heard
        finally:
            self._heard = outer

    def _give(self, due: Due) -> Due:
        # By identity: equal events of different times are different. Kept alive here, their ids are unique.
        self._due.update((id(event), event) for _, event in due)
        return due

    def _revoke(self, *kinds: type[E]) -> list[E]:
        """Make void what of these kinds is not claimed yet."""
        revoked: list[E] = [event for event in self._due.values() if isinstance(event, kinds)]
        for event in revoked:
            del self._due[id(event)]
        return revoked

    def _revoke_group(self) -> bool:
        """Make void the group that is coming about. Whether there was one."""
        self._revoke(ev.WpsProgressed)
        return bool(self._revoke(ev.P2pEnded))


def _first(lease: Lease) -> str:
    return lease.dns[0] if lease.dns else ""


def _visit(arrival: Arrival, now_us: int) -> Due:
    mac = arrival.station.mac
    leaves: Due = [] if arrival.until_us is None else [(arrival.until_us - now_us, ev.StationLeft(mac))]
    return [(arrival.at_us - now_us, ev.StationJoined(mac)), *leaves]
