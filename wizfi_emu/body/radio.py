"""The radio effects, carried out in the air. Pure: what takes time is answered with a delay, nothing waits here.

The contract with the body, and with a runner in virtual time:

- `RadioLink.execute` and the methods for what other devices do give ``(delay_us, event)`` pairs. The body feeds each
  event to the machine after its delay, also after a delay of 0 only when the effects at hand are all carried out.
  Events with the same time go in the order in which they were given.
- Right before it feeds one, it asks `RadioLink.claim` with the same event object. False means that the event is void
  and must be dropped: the module was reset, or something happened meanwhile that undid it, such as ``StopAccessPoint``
  before a station arrived. Each event is claimed exactly once.
"""

from __future__ import annotations

from typing import TypeVar, assert_never

from wizfi_emu.air.accesspoint import WPS_WINDOW_US, Credentials, JoinOutcome
from wizfi_emu.air.radio import WPS_PROGRESS, LinkChange, PingOutcome, Radio
from wizfi_emu.air.world import P2pPeer, World
from wizfi_emu.module.effects import (
    InviteP2p,
    Join,
    Leave,
    Ping,
    ReadSignal,
    RequestAddress,
    Resolve,
    RunWps,
    Scan,
    StartAccessPoint,
    StartP2p,
    StopAccessPoint,
    StopP2p,
    UseAddress,
)
from wizfi_emu.module.events import (
    AccessPointStarted,
    AddressOffered,
    Event,
    JoinEnded,
    JoinFailure,
    LinkLost,
    LinkRegained,
    NameResolved,
    Network,
    P2pEnded,
    P2pFound,
    PingEnded,
    PingResult,
    ScanEnded,
    SignalRead,
    StationJoined,
    WpsEnded,
    WpsProgressed,
)
from wizfi_emu.timing import Timing

RadioEffect = (
    Join
    | RequestAddress
    | UseAddress
    | Leave
    | StartAccessPoint
    | StopAccessPoint
    | Scan
    | ReadSignal
    | Ping
    | Resolve
    | RunWps
    | StartP2p
    | StopP2p
    | InviteP2p
)
"""What `RadioLink` carries out; works with isinstance."""

Due = list[tuple[int, Event]]
"""Events with the microseconds after which each is due."""

CHANNELS = 14
UNLIMITED_PING_US = 1_000_000
UNLIMITED_RESOLVE_US = 5_000_000
"""How long a request without a limit waits for what never comes: unknown of the module, 5 s is AT+SDNAME's limit."""

E = TypeVar("E", bound=Event)


class RadioLink:
    """One module's radio for the body."""

    def __init__(self, world: World, timing: Timing | None = None) -> None:
        self.radio = Radio(world)
        self._timing = timing or Timing()
        self._due: dict[int, Event] = {}
        self._joined_at_us = 0
        self._wps_failure: WpsEnded | None = None

    def reset(self) -> None:
        """The module restarts: it is on no network, and nothing that was given before can be claimed."""
        self.radio.reset()
        self._due.clear()
        self._joined_at_us = 0

    def claim(self, event: Event) -> bool:
        """Whether this event, given before and due now, still holds."""
        return self._due.pop(id(event), None) is not None

    def execute(self, effect: RadioEffect, now_us: int) -> Due:
        """Carry out one effect; gives its answer and what follows of it."""
        return self._give(self._carry_out(effect, now_us))

    def _carry_out(self, effect: RadioEffect, now_us: int) -> Due:
        match effect:
            case Join():
                return self._join(effect, now_us)
            case RequestAddress():
                return self._request_address(effect)
            case UseAddress():
                self.radio.use_address(effect.address, effect.netmask)
            case Leave():
                self.radio.leave()
                self.radio.leave_group()
                self._revoke(LinkLost)
                self._revoke(LinkRegained)
            case Scan():
                return self._scan(effect)
            case ReadSignal():
                return [(0, SignalRead(effect.request, self.radio.signal_dbm()))]
            case Ping():
                return self._ping(effect, now_us)
            case Resolve():
                return self._resolve(effect, now_us)
            case StartAccessPoint():
                return self._start_access_point(effect, now_us)
            case StopAccessPoint():
                self.radio.stop_access_point()
                self._revoke(StationJoined)
            case RunWps():
                return self._run_wps(effect, now_us)
            case StartP2p():
                return self._start_p2p(now_us)
            case StopP2p():
                self.radio.stop_p2p()
                self._revoke_group()
                self._revoke(P2pFound)
            case InviteP2p():
                return self._invite_p2p(effect, now_us)
            case _:
                assert_never(effect)
        return []

    # --- station ----------------------------------------------------------------------------------------------------

    def _join(self, effect: Join, now_us: int) -> Due:
        self._revoke(LinkLost)
        self._revoke(LinkRegained)
        station = Credentials(
            effect.ssid,
            effect.security,
            effect.key,
            effect.bssid,
            effect.channel,
            effect.shared_key,
            effect.mac,
        )
        delay_us, outcome = self.radio.join(station)
        delay_us += self._timing.join_ms * 1000
        failure = None if outcome is JoinOutcome.JOINED else JoinFailure(outcome.value)
        if 0 < effect.limit_us < delay_us:
            self.radio.leave()
            delay_us, failure = effect.limit_us, JoinFailure.TIMEOUT
        self._joined_at_us = now_us + delay_us
        return [(delay_us, JoinEnded(effect.request, failure))]

    def _request_address(self, effect: RequestAddress) -> Due:
        if not self.radio.associated:
            return [(0, AddressOffered(effect.request))]
        delay_us, lease = self.radio.dhcp()
        delay_us += self._timing.dhcp_ms * 1000
        if lease is None or 0 < effect.limit_us < delay_us:
            return [(effect.limit_us, AddressOffered(effect.request))]
        dns = lease.dns[0] if lease.dns else ""
        return [(delay_us, AddressOffered(effect.request, lease.address, lease.netmask, lease.gateway, dns))]

    def _scan(self, effect: Scan) -> Due:
        per_channel_us = self._timing.scan_ms_per_channel * 1000
        if per_channel_us:
            per_channel_us = max(per_channel_us, effect.dwell_us)
        found = self.radio.scan(effect.ssid, effect.bssid, effect.channel)
        networks = tuple(
            Network(one.ssid, one.bssid, one.channel, one.rssi_dbm, one.rate_mbps, one.security) for one in found
        )
        return [(per_channel_us * (1 if effect.channel else CHANNELS), ScanEnded(effect.request, networks))]

    def _ping(self, effect: Ping, now_us: int) -> Due:
        delay_us, outcome = self.radio.ping(effect.address, now_us)
        limit_us = effect.limit_us or UNLIMITED_PING_US
        if outcome is PingOutcome.TIMEOUT or delay_us > limit_us:
            delay_us, outcome = limit_us, PingOutcome.TIMEOUT
        millis = delay_us // 1000 if outcome is PingOutcome.REPLY else 0
        return [(delay_us, PingEnded(effect.request, PingResult(outcome.value), millis))]

    def _resolve(self, effect: Resolve, now_us: int) -> Due:
        address = self.radio.resolve(effect.name, effect.servers, now_us)
        if address is None:
            return [(effect.limit_us or UNLIMITED_RESOLVE_US, NameResolved(effect.request))]
        return [(0, NameResolved(effect.request, address))]

    # --- SoftAP, WPS, Wi-Fi Direct ----------------------------------------------------------------------------------

    def _start_access_point(self, effect: StartAccessPoint, now_us: int) -> Due:
        self._revoke(StationJoined)
        arrivals = self.radio.start_access_point(effect.ssid, effect.key, effect.address, effect.netmask, now_us)
        due: Due = [(0, AccessPointStarted(effect.request, True))]
        return due + [(one.at_us - now_us, StationJoined(one.station.mac)) for one in arrivals]

    def _run_wps(self, effect: RunWps, now_us: int) -> Due:
        if due := self._wps_success(effect.request, effect.pin, now_us):
            return due
        failure = WpsEnded(effect.request)
        if effect.pin is not None or not self.radio.wps_in_reach:
            return [(0, failure)]
        self._wps_failure = failure  # unless somebody presses a button in time
        return [(WPS_WINDOW_US, failure)]

    def _wps_success(self, request: int, pin: bytes | None, now_us: int) -> Due:
        """The events of a success; none if there is no success."""
        found = self.radio.wps(pin, now_us)
        if found is None:
            return []
        due: Due = [(0, WpsProgressed(text)) for text in WPS_PROGRESS]
        return [*due, (0, WpsEnded(request, found.ssid, found.security, found.key))]

    def _start_p2p(self, now_us: int) -> Due:
        self._revoke_group()
        self._revoke(P2pFound)
        peers = self.radio.start_p2p()
        due: Due = [(peer.found_after_ms * 1000, P2pFound(peer.name, peer.channel)) for peer in peers]
        inviting = next((peer for peer in peers if peer.invites), None)
        return due + self._form_group(inviting, inviting.found_after_ms * 1000, now_us) if inviting else due

    def _invite_p2p(self, effect: InviteP2p, now_us: int) -> Due:
        peer = self.radio.invite_p2p(effect.name)
        return self._form_group(peer, 0, now_us) if peer else []

    def _form_group(self, peer: P2pPeer, after_us: int, now_us: int) -> Due:
        joined_us = after_us + (peer.join_delay_ms + self._timing.join_ms) * 1000
        if not peer.accepts:
            return [(joined_us, P2pEnded(joined=False))]
        self.radio.join_group(peer, now_us + joined_us)
        due: Due = [(after_us, WpsProgressed(text)) for text in WPS_PROGRESS[1:]]
        return [*due, (joined_us, P2pEnded(True, peer.address, peer.netmask, peer.gateway))]

    # --- what other devices do --------------------------------------------------------------------------------------

    def set_access_point(self, name: str, on: bool, now_us: int) -> Due:
        """Switch the access points of this SSID or BSSID on or off. Raises UserError if there is none."""
        return self._give(self._link_events(self.radio.set_access_point(name, on), now_us))

    def change_key(self, name: str, key: str, now_us: int) -> Due:
        """Give the access points of this SSID or BSSID another key. Raises UserError for a key that does not fit."""
        return self._give(self._link_events(self.radio.change_key(name, key), now_us))

    def press_wps_button(self, name: str, now_us: int) -> Due:
        """Press the WPS button of the access points of this SSID or BSSID. Raises UserError if none has one."""
        self.radio.press_wps_button(name, now_us)
        waiting = self._wps_failure
        if waiting is None or id(waiting) not in self._due:
            return []
        due = self._wps_success(waiting.request, None, now_us)
        if due:
            self.claim(waiting)
        return self._give(due)

    def end_p2p_group(self) -> Due:
        """The device that leads the Wi-Fi Direct group goes away, or does not come."""
        if not self.radio.leave_group():
            return []
        return self._give([(0, P2pEnded(joined=False)) if self._revoke_group() else (0, LinkLost())])

    def _link_events(self, changes: list[tuple[int, LinkChange]], now_us: int) -> Due:
        due: Due = []
        # The module cannot lose what it has not been told to have.
        after_us = max(0, self._joined_at_us - now_us)
        for delay_us, change in changes:
            if change is LinkChange.REGAINED:
                due.append((after_us + delay_us + self._timing.join_ms * 1000, LinkRegained()))
            elif not self._revoke(LinkRegained):
                due += [(0, AddressOffered(offer.request)) for offer in self._revoke(AddressOffered)]
                due.append((after_us, LinkLost()))
        return due

    # --- bookkeeping ------------------------------------------------------------------------------------------------

    def _give(self, due: Due) -> Due:
        # By identity: equal events of different times are different. Kept alive here, their ids are unique.
        self._due.update((id(event), event) for _, event in due)
        return due

    def _revoke(self, kind: type[E]) -> list[E]:
        """Make void what of this kind is not claimed yet."""
        revoked: list[E] = [event for event in self._due.values() if isinstance(event, kind)]
        for event in revoked:
            del self._due[id(event)]
        return revoked

    def _revoke_group(self) -> bool:
        """Make void the group that is coming about. Whether there was one."""
        self._revoke(WpsProgressed)
        return bool(self._revoke(P2pEnded))
