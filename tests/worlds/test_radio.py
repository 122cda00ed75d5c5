"""The radio link as a body drives it: effects in, events with delays out, claimed when they are due."""

import heapq
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world
from wizfi_emu.air.segment import Neighbours
from wizfi_emu.air.world import AccessPoint, Change, Dhcp, Name, P2pPeer, Station, Step, World, Wps
from wizfi_emu.errors import UserError
from wizfi_emu.module.effects import (
    InviteP2p,
    Join,
    Leave,
    Ping,
    RadioEffect,
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
    AddressRenewed,
    Answer,
    Event,
    JoinEnded,
    JoinFailure,
    LinkLost,
    LinkRegained,
    NameResolved,
    Network,
    NetworkFound,
    P2pEnded,
    P2pFound,
    PingEnded,
    PingResult,
    ScanEnded,
    SignalRead,
    StationJoined,
    StationLeft,
    WpsEnded,
    WpsProgressed,
)
from wizfi_emu.timing import Timing, load_timing
from wizfi_emu.worlds.radio import Due, RadioLink, RadioUser

MAC = "00:08:DC:11:22:33"
DEMO = load_world()
JOIN = Join(1, b"WizFiDemoAP", "WPA2", b"12345678", MAC)
START_AP = StartAccessPoint(1, b"Mine", 6, "OPEN", b"", MAC, "192.168.1.1", "255.255.255.0", "192.168.1.1")


def point(ssid: str = "Net", last: int = 1, **other: object) -> AccessPoint:
    return AccessPoint(**{"ssid": ssid, "bssid": f"00:08:DC:00:00:{last:02}", **other})  # type: ignore[arg-type]  # the test gives what fits


def one_net(**other: object) -> World:
    return World(access_points=(point("Net", 1, **other),))


def join(limit_us: int = 7_000_000) -> Join:
    return Join(1, b"Net", "OPEN", b"", MAC, limit_us=limit_us)


def taken(link: RadioLink, due: Due) -> list[Event]:
    """What the machine gets when all of it is due."""
    return [event for _, event in sorted(due, key=lambda one: one[0]) if link.claim(event)]


def joined(world: World | None = None, timing: Timing | None = None) -> RadioLink:
    link = RadioLink(world or one_net(), timing)
    assert taken(link, link.execute(join(), 0)) == [JoinEnded(1, None)]
    return link


def texts(events: Iterable[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, WpsProgressed)]


# --- station --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "failure"),
    [
        (JOIN, None),
        (Join(1, b"Nope", "OPEN", b"", MAC), JoinFailure.NOT_FOUND),
        (Join(1, b"WizFiDemoAP", "WPA2", b"12345679", MAC), JoinFailure.WRONG_KEY),
        (Join(1, b"WizFiDemoAP", "OPEN", b"", MAC), JoinFailure.SECURITY_MISMATCH),
        (Join(1, b"WizFiDemoAP", "WPA2", b"12345678", MAC, bssid="00:08:DC:AA:BB:02"), JoinFailure.NOT_FOUND),
        (Join(1, b"WizFiDemoAP", "WPA2", b"12345678", MAC, channel=1), JoinFailure.NOT_FOUND),
    ],
)
def test_join_in_the_demo_world(effect: Join, failure: JoinFailure | None) -> None:
    assert RadioLink(DEMO).execute(effect, 0) == [(0, JoinEnded(1, failure))]


def test_wep_authentication_method_is_passed_on() -> None:
    link = RadioLink(one_net(security="WEP", key="abcde", wep_authentication="shared"))
    for shared_key, failure in ((False, JoinFailure.SECURITY_MISMATCH), (True, None)):
        effect = Join(1, b"Net", "WEP", b"abcde", MAC, shared_key=shared_key)
        assert link.execute(effect, 0) == [(0, JoinEnded(1, failure))]


def test_join_that_takes_longer_than_its_limit_is_a_timeout() -> None:
    link = RadioLink(one_net(join_delay_ms=8000))
    assert link.execute(join(), 0) == [(7_000_000, JoinEnded(1, JoinFailure.TIMEOUT))]
    assert link.execute(ReadSignal(2), 0) == [(0, SignalRead(2, 0))]
    assert link.execute(join(limit_us=0), 0) == [(8_000_000, JoinEnded(1, None))]


def test_demo_address() -> None:
    link = RadioLink(DEMO)
    link.execute(JOIN, 0)
    offer = AddressOffered(2, "192.168.12.10", "255.255.255.0", "192.168.12.1", "192.168.12.1")
    assert link.execute(RequestAddress(2, 15_000_000), 0) == [(0, offer)]


@pytest.mark.parametrize("dhcp", [Dhcp(enabled=False), Dhcp(delay_ms=15_001)])
def test_network_without_an_answer_in_time_costs_the_whole_limit(dhcp: Dhcp) -> None:
    link = joined(one_net(dhcp=dhcp))
    assert link.execute(RequestAddress(2, 15_000_000), 0) == [(15_000_000, AddressOffered(2))]


def test_network_without_name_server() -> None:
    link = joined(one_net(dhcp=Dhcp(dns=())))
    [(_, offer)] = link.execute(RequestAddress(2, 0), 0)
    assert offer == AddressOffered(2, "192.168.12.10", "255.255.255.0", "192.168.12.1", "")


def test_address_without_association_fails_at_once() -> None:
    assert RadioLink(DEMO).execute(RequestAddress(2, 15_000_000), 0) == [(0, AddressOffered(2))]


def test_demo_scan() -> None:
    open_net = Network(b"OpenNet", "00:08:DC:AA:BB:02", 1, -60, 54.0, "OPEN", "Infra", "2.4")
    secured = Network(b"WizFiDemoAP", "00:08:DC:AA:BB:01", 6, -45, 54.0, "WPA2", "Infra", "2.4")
    link = RadioLink(DEMO)
    assert link.execute(Scan(3), 0) == [(0, ScanEnded(3, (open_net, secured)))]
    assert link.execute(Scan(3, b"OpenNet", "", 6), 0) == [(0, ScanEnded(3, ()))]
    assert link.execute(Scan(3, bssid="00:08:DC:AA:BB:01"), 0) == [(0, ScanEnded(3, (secured,)))]


def test_a_scan_that_takes_time_tells_of_each_network_when_its_channel_is_over() -> None:
    link = RadioLink(DEMO, Timing(scan_ms_per_channel=100))
    [(_, ended)] = RadioLink(DEMO).execute(Scan(3), 0)
    assert isinstance(ended, ScanEnded)
    open_net, secured = ended.networks
    assert link.execute(Scan(3, dwell_us=50_000), 0) == [
        (100_000, NetworkFound(open_net)),
        (600_000, NetworkFound(secured)),
        (1_400_000, ScanEnded(3)),
    ]
    assert link.execute(Scan(4, channel=6, dwell_us=300_000), 0) == [(300_000, ScanEnded(4, (secured,)))]


def test_signal() -> None:
    link = joined(one_net(rssi_dbm=-71))
    assert link.execute(ReadSignal(4), 0) == [(0, SignalRead(4, -71))]
    assert link.execute(Leave(), 0) == []
    assert link.execute(ReadSignal(4), 0) == [(0, SignalRead(4, 0))]


def test_pings() -> None:
    link = joined(World(access_points=(point(),), pings={"10.0.0.1": 40, "10.0.0.2": "error", "10.0.0.3": 950}))

    def ping(address: str, limit_us: int = 900_000) -> Due:
        return link.execute(Ping(5, address, limit_us), 0)

    assert ping("192.168.12.1") == [(1000, PingEnded(5, PingResult.REPLY, 1))]
    assert ping("10.0.0.1") == [(40_000, PingEnded(5, PingResult.REPLY, 40))]
    assert ping("10.0.0.2") == [(0, PingEnded(5, PingResult.ERROR))]
    assert ping("10.0.0.3") == [(900_000, PingEnded(5, PingResult.TIMEOUT))]
    assert ping("10.0.0.3", limit_us=950_000) == [(950_000, PingEnded(5, PingResult.REPLY, 950))]
    assert ping("8.8.8.8") == [(900_000, PingEnded(5, PingResult.TIMEOUT))]
    assert ping("8.8.8.8", limit_us=0) == [(1_000_000, PingEnded(5, PingResult.TIMEOUT))]


def test_ping_without_link_is_an_error_at_once() -> None:
    link = RadioLink(DEMO)
    assert link.execute(Ping(5, "192.168.12.1", 900_000), 0) == [(0, PingEnded(5, PingResult.ERROR))]


def test_address_in_use_decides_whether_the_gateway_answers() -> None:
    link = joined()
    assert link.execute(UseAddress("10.0.0.1", "255.0.0.0", "10.0.0.254"), 0) == []
    assert link.execute(Ping(5, "192.168.12.1", 900_000), 0) == [(900_000, PingEnded(5, PingResult.TIMEOUT))]


def test_names() -> None:
    link = joined(World(access_points=(point(),), names={"a.example": "10.0.0.1", "slow.example": "timeout"}))

    def resolve(name: bytes, limit_us: int = 1_000_000) -> Due:
        return link.execute(Resolve(6, name, ("192.168.12.1",), limit_us), 0)

    assert resolve(b"A.example") == [(0, NameResolved(6, "10.0.0.1"))]
    assert resolve(b"a.example", limit_us=0) == [(0, NameResolved(6, "10.0.0.1"))]
    assert resolve(b"b.example") == [(0, NameResolved(6))]
    assert resolve(b"slow.example") == [(1_000_000, NameResolved(6))]
    assert resolve(b"slow.example", limit_us=0) == [(5_000_000, NameResolved(6))]


# --- timing ---------------------------------------------------------------------------------------------------------


def test_realtime_takes_its_time() -> None:
    timing = load_timing("realtime")
    link = RadioLink(DEMO, timing)
    assert link.execute(JOIN, 0)[0][0] == timing.join_ms * 1000
    assert link.execute(RequestAddress(2, 15_000_000), 0)[0][0] == timing.dhcp_ms * 1000
    assert link.execute(Scan(3), 0)[-1][0] == 14 * timing.scan_ms_per_channel * 1000
    assert link.execute(Scan(3, channel=6), 0)[0][0] == timing.scan_ms_per_channel * 1000
    assert link.execute(Scan(3, channel=6, dwell_us=1_000_000), 0)[0][0] == 1_000_000


@pytest.mark.parametrize("name", ["wire", "fast"])
def test_other_timings_take_none(name: str) -> None:
    link = RadioLink(DEMO, load_timing(name))
    delays = [link.execute(effect, 0)[0][0] for effect in (JOIN, RequestAddress(2, 15_000_000), Scan(3))]
    assert delays == [0, 0, 0]


def test_world_and_timing_add_up() -> None:
    link = RadioLink(one_net(join_delay_ms=20, dhcp=Dhcp(delay_ms=30)), Timing(join_ms=1, dhcp_ms=2))
    assert link.execute(join(), 0)[0][0] == 21_000
    assert link.execute(RequestAddress(2, 0), 0)[0][0] == 32_000


# --- claims ---------------------------------------------------------------------------------------------------------


def test_reset_voids_what_is_on_its_way_and_the_link() -> None:
    link = RadioLink(one_net())
    due = link.execute(join(), 0)
    link.reset(0)
    assert taken(link, due) == []
    assert link.execute(ReadSignal(2), 0) == [(0, SignalRead(2, 0))]


def test_event_is_claimed_once_and_by_identity() -> None:
    link = RadioLink(one_net())
    [(_, event)] = link.execute(ReadSignal(2), 0)
    assert not link.claim(SignalRead(2, 0))
    assert link.claim(event)
    assert not link.claim(event)


# --- loss and return ------------------------------------------------------------------------------------------------


def test_link_goes_and_comes_with_its_access_point() -> None:
    link = joined(one_net(join_delay_ms=20), Timing(join_ms=100))
    assert link.set_access_point("Net", False, 10**6) == [(0, LinkLost())]
    assert link.set_access_point("Net", False, 10**6) == []
    assert link.set_access_point("Net", True, 10**6) == [(120_000, LinkRegained())]


def test_new_key_ends_the_link() -> None:
    link = joined(World(access_points=(point(), point("Other", last=2, security="WPA2", key="12345678"))))
    assert link.change_key("Other", "87654321", 0) == []
    link.execute(Join(1, b"Other", "WPA2", b"87654321", MAC), 0)
    assert link.change_key("Other", "12345678", 0) == [(0, LinkLost())]


def test_loss_waits_for_the_answer_of_the_join() -> None:
    link = RadioLink(one_net(join_delay_ms=30))
    due = link.execute(join(), 1000)
    lost = link.set_access_point("Net", False, 11_000)
    back = link.set_access_point("Net", True, 16_000)
    assert lost == [(20_000, LinkLost())]
    assert back == [(15_000 + 30_000, LinkRegained())]
    given_at = [(1000, due), (11_000, lost), (16_000, back)]
    absolute = [(at_us + delay_us, event) for at_us, given in given_at for delay_us, event in given]
    assert taken(link, absolute) == [JoinEnded(1, None), LinkLost(), LinkRegained()]


def test_return_that_did_not_last_is_never_heard_of() -> None:
    link = joined(one_net(join_delay_ms=30))
    due = link.set_access_point("Net", False, 10**6)
    assert taken(link, due) == [LinkLost()]
    first = link.set_access_point("Net", True, 10**6)
    assert link.set_access_point("Net", False, 10**6) == []
    second = link.set_access_point("Net", True, 10**6)
    assert taken(link, first) == []
    assert taken(link, second) == [LinkRegained()]


@pytest.mark.parametrize("effect", [Leave(), join()])
def test_new_order_voids_news_of_the_old_link(effect: Leave | Join) -> None:
    link = joined()
    due = link.set_access_point("Net", False, 0) + link.set_access_point("Net", True, 0)
    link.execute(effect, 0)
    assert taken(link, due) == []


def test_loss_while_dhcp_asks_answers_it_first() -> None:
    link = joined(one_net(dhcp=Dhcp(delay_ms=50)))
    offer = link.execute(RequestAddress(2, 15_000_000), 0)
    due = link.set_access_point("Net", False, 10_000)
    assert due == [(0, AddressOffered(2)), (0, LinkLost())]
    assert taken(link, due + offer) == [AddressOffered(2), LinkLost()]


def test_unknown_access_point_is_the_users_mistake() -> None:
    with pytest.raises(UserError, match="no access point 'Nope'"):
        RadioLink(DEMO).set_access_point("Nope", True, 0)


# --- schedules and roaming -----------------------------------------------------------------------------------------


def two_points(**there: object) -> World:
    return World(access_points=(point("Net", 1), point("Net", 2, rssi_dbm=-80, **there)))


def with_address(world: World, timing: Timing | None = None) -> RadioLink:
    link = joined(world, timing)
    assert taken(link, link.execute(RequestAddress(2, 15_000_000), 0))
    return link


OTHER_SUBNET = Dhcp(start="10.0.0.5", end="10.0.0.9", gateway="10.0.0.1", delay_ms=30)
RENEWED = AddressRenewed("10.0.0.5", "255.255.255.0", "10.0.0.1", "192.168.12.1")


def test_world_wakes_the_body_and_takes_the_link() -> None:
    steps = (Step(at_s=60, on=False), Step(at_s=90, on=True))
    link = joined(one_net(schedule=steps))
    assert link.air.wakeup_us == 60_000_000
    assert link.time_reached(59_000_000) == []
    assert link.time_reached(60_000_000) == [(0, LinkLost())]
    assert link.air.wakeup_us == 90_000_000
    due = link.execute(ReadSignal(3), 95_000_000)
    assert due == [(0, LinkRegained()), (0, SignalRead(3, -50))]
    assert link.air.wakeup_us is None


def test_roaming_is_silent() -> None:
    link = with_address(two_points())
    assert link.set_access_point("00:08:DC:00:00:01", False, 10**6) == []
    assert link.execute(ReadSignal(3), 10**6) == [(0, SignalRead(3, -80))]


def test_roaming_into_another_subnet_renews_the_address() -> None:
    link = with_address(two_points(dhcp=OTHER_SUBNET), Timing(dhcp_ms=100))
    assert link.set_access_point("00:08:DC:00:00:01", False, 10**6) == [(130_000, RENEWED)]


def test_renewal_waits_for_the_address_that_is_on_its_way() -> None:
    link = joined(two_points(dhcp=OTHER_SUBNET), Timing(dhcp_ms=100))
    offer = link.execute(RequestAddress(2, 15_000_000), 0)
    renewed = link.set_access_point("00:08:DC:00:00:01", False, 40_000)
    assert renewed == [(60_000 + 130_000, RENEWED)]
    assert [type(event) for event in taken(link, offer + renewed)] == [AddressOffered, AddressRenewed]


def leave(link: RadioLink) -> object:
    return link.execute(Leave(), 10**6)


def lose(link: RadioLink) -> object:
    return link.set_access_point("Net", False, 10**6)


def restart(link: RadioLink) -> object:
    link.reset(10**6)
    return None


@pytest.mark.parametrize("end", [leave, lose, restart])
def test_renewal_of_a_link_that_ended_is_never_heard_of(end: Callable[[RadioLink], object]) -> None:
    link = with_address(two_points(dhcp=OTHER_SUBNET))
    due = link.set_access_point("00:08:DC:00:00:01", False, 10**6)
    end(link)
    assert taken(link, due) == []


def test_lease_from_a_changed_server_comes_with_its_renewal() -> None:
    link = with_address(one_net(dhcp=Dhcp(lease_s=100)))
    assert link.change_access_point("Net", Change(dhcp=OTHER_SUBNET), 10_000_000) == []
    assert link.air.wakeup_us == 50_000_000
    assert link.time_reached(50_000_000) == [(30_000, RENEWED)]


def test_attempt_without_an_answer_takes_its_whole_limit() -> None:
    link = RadioLink(one_net(join_loss_percent=100))
    assert link.execute(join(), 0) == [(7_000_000, JoinEnded(1, JoinFailure.TIMEOUT))]


def test_name_that_takes_longer_than_the_limit_is_not_found() -> None:
    link = joined(World(access_points=(point(),), names={"a": Name("10.0.0.1", delay_ms=300)}))
    assert link.execute(Resolve(6, b"a", ("1.2.3.4",), 300_000), 0) == [(300_000, NameResolved(6, "10.0.0.1"))]
    assert link.execute(Resolve(6, b"a", ("1.2.3.4",), 299_999), 0) == [(299_999, NameResolved(6))]


# --- several modules -----------------------------------------------------------------------------------------------

OWN_NET = Join(1, b"Mine", "OPEN", b"", MAC)


class User(RadioUser):
    """Keeps what comes of one module's radio."""

    host_address = ""

    def __init__(self, air: Air, host_address: str) -> None:
        self.link = RadioLink(air)
        self.due: Due = []
        self.neighbours: Neighbours | None = None
        self.host_address = host_address
        self.link.attach(self)

    def schedule(self, due: Due) -> None:
        self.due += due

    def set_neighbours(self, neighbours: Neighbours | None) -> None:
        self.neighbours = neighbours

    def take(self) -> list[Event]:
        due, self.due[:] = self.due[:], []
        return taken(self.link, due)


class Pair:
    """A runs an access point; B can join it."""

    def __init__(self, *, joined: bool = True) -> None:
        self.air = Air(one_net())
        self.a, self.b = User(self.air, "127.0.0.1"), User(self.air, "127.0.0.2")
        if joined:
            self.a.link.execute(START_AP, 0)
            self.a.link.execute(UseAddress("192.168.1.1", "255.255.255.0", "192.168.1.1"), 0)
            taken(self.b.link, self.b.link.execute(OWN_NET, 0))
            [offer] = taken(self.b.link, self.b.link.execute(RequestAddress(2, 0), 0))
            assert offer == AddressOffered(2, "192.168.1.2", "255.255.255.0", "192.168.1.1", "192.168.1.1")
            self.b.link.execute(UseAddress("192.168.1.2", "255.255.255.0", "192.168.1.1"), 0)


def test_access_point_hears_of_its_station_and_the_station_of_its_access_point() -> None:
    pair = Pair()
    assert pair.a.take() == [StationJoined(MAC)]
    pair.b.link.execute(Leave(), 0)
    assert pair.a.take() == [StationLeft(MAC)]
    taken(pair.b.link, pair.b.link.execute(OWN_NET, 0))
    pair.a.link.execute(StopAccessPoint(), 0)
    assert pair.a.take() == []
    assert pair.b.take() == [LinkLost()]


def test_station_that_left_before_it_had_come_was_never_there() -> None:
    pair = Pair()
    pair.b.link.execute(Leave(), 0)
    assert pair.a.take() == []


def test_station_that_waited_comes_after_the_access_point_has_started() -> None:
    pair = Pair()
    pair.a.link.execute(StopAccessPoint(), 0)
    assert pair.b.take() == [LinkLost()]
    due = pair.a.link.execute(START_AP, 0)
    assert [event for _, event in due] == [AccessPointStarted(1, True), StationJoined(MAC)]
    assert pair.b.take() == [LinkRegained()]


@pytest.mark.parametrize("who", ["a", "b"])
def test_restart_of_one_is_noticed_by_the_other(who: str) -> None:
    pair = Pair()
    pair.a.take()
    getattr(pair, who).link.reset(0)
    assert (pair.a.take(), pair.b.take()) == (([], [LinkLost()]) if who == "a" else ([StationLeft(MAC)], []))


def test_modules_of_a_network_know_their_host_addresses() -> None:
    pair = Pair()
    assert pair.a.neighbours is not None
    assert pair.b.neighbours is not None
    assert pair.a.neighbours.host_of("192.168.1.2") == "127.0.0.2"
    assert pair.b.neighbours.host_of("192.168.1.1") == "127.0.0.1"
    assert pair.b.neighbours.address_of("127.0.0.1") == "192.168.1.1"
    pair.a.link.execute(StopAccessPoint(), 0)
    assert pair.a.neighbours is None
    assert pair.b.neighbours is None


def test_what_one_does_to_the_world_the_other_notices() -> None:
    pair = Pair(joined=False)
    taken(pair.b.link, pair.b.link.execute(join(), 0))
    assert pair.a.link.set_access_point("Net", False, 0) == []
    assert pair.b.take() == [LinkLost()]


def test_button_is_pressed_for_the_module_that_waits() -> None:
    air = Air(one_net(wps=Wps()))
    a, b = User(air, ""), User(air, "")
    waiting = b.link.execute(RunWps(8), 0)
    assert a.link.press_wps_button("Net", 1) == []
    assert b.take()[-1] == WpsEnded(8, b"Net", "OPEN", b"")
    assert taken(b.link, waiting) == []


def test_station_of_the_world_leaves_again() -> None:
    link = RadioLink(World(stations=(Station(mac=MAC, after_ms=20, stays_ms=30),)))
    due = link.execute(START_AP, 500)
    assert due[1:] == [(20_000, StationJoined(MAC)), (50_000, StationLeft(MAC))]
    link.execute(StopAccessPoint(), 1000)
    assert taken(link, due[1:]) == []


# --- SoftAP ---------------------------------------------------------------------------------------------------------


def test_soft_ap_always_starts() -> None:
    assert RadioLink(DEMO).execute(START_AP, 0) == [(0, AccessPointStarted(1, True))]


def test_stations_come_unless_the_soft_ap_stops() -> None:
    link = RadioLink(World(stations=(Station(mac=MAC, after_ms=20), Station(mac="00:00:00:00:00:01", after_ms=10))))
    due = link.execute(START_AP, 500)
    assert due == [
        (0, AccessPointStarted(1, True)),
        (10_000, StationJoined("00:00:00:00:00:01")),
        (20_000, StationJoined(MAC)),
    ]
    assert link.claim(due[0][1])
    assert link.claim(due[1][1])
    assert link.execute(Ping(2, "192.168.1.2", 900_000), 10_500) == [(1000, PingEnded(2, PingResult.REPLY, 1))]
    assert link.execute(StopAccessPoint(), 11_000) == []
    assert not link.claim(due[2][1])
    assert link.execute(Ping(2, "192.168.1.2", 900_000), 30_000) == [(0, PingEnded(2, PingResult.ERROR))]


def test_second_start_replaces_the_first() -> None:
    link = RadioLink(World(stations=(Station(mac=MAC),)))
    first, second = link.execute(START_AP, 0), link.execute(START_AP, 10)
    assert taken(link, first[1:]) == []
    assert taken(link, second[1:]) == [StationJoined(MAC)]


# --- WPS ------------------------------------------------------------------------------------------------------------

PROGRESS = [
    "Sending EAPOL start",
    "Sending Identity",
    "Sending Identity",
    "Sending nonce",
    "Sending hashes",
    "Sending WSC Done",
]


@pytest.mark.parametrize("pin", [None, b"12345670"])
def test_wps_of_the_demo_world_fails_at_once(pin: bytes | None) -> None:
    assert RadioLink(DEMO).execute(RunWps(7, pin), 0) == [(0, WpsEnded(7))]


def test_wps_pin() -> None:
    link = RadioLink(one_net(security="WEP", key="6162636465", wps=Wps(pin="12345670")))
    due = link.execute(RunWps(7, b"12345670"), 0)
    assert texts(event for _, event in due) == PROGRESS
    assert due[-1] == (0, WpsEnded(7, b"Net", "WEP", b"abcde"))
    assert link.execute(RunWps(7, b"12345671"), 0) == [(0, WpsEnded(7))]


def test_wps_button_before_or_during_the_procedure() -> None:
    link = RadioLink(one_net(wps=Wps()))
    assert link.press_wps_button("Net", 0) == []
    assert link.execute(RunWps(7), 119_000_000)[-1] == (0, WpsEnded(7, b"Net", "OPEN", b""))
    failure = link.execute(RunWps(8), 200_000_000)
    assert failure == [(120_000_000, WpsEnded(8))]
    success = link.press_wps_button("Net", 250_000_000)
    assert taken(link, failure) == []
    assert taken(link, success)[-1] == WpsEnded(8, b"Net", "OPEN", b"")
    assert link.press_wps_button("Net", 260_000_000) == []


def test_wps_that_nobody_answers_fails_after_its_time() -> None:
    link = RadioLink(one_net(wps=Wps()))
    assert taken(link, link.execute(RunWps(7), 0)) == [WpsEnded(7)]
    assert link.press_wps_button("Net", 130_000_000) == []


def test_second_pressed_button_does_not_end_the_wait() -> None:
    link = RadioLink(World(access_points=(point(wps=Wps()), point("Other", last=2, wps=Wps()))))
    link.press_wps_button("Net", 0)
    link.press_wps_button("Other", 0)
    failure = link.execute(RunWps(7), 0)
    assert failure == [(120_000_000, WpsEnded(7))]
    assert link.press_wps_button("Other", 1) == []
    assert taken(link, failure) == [WpsEnded(7)]


# --- Wi-Fi Direct ---------------------------------------------------------------------------------------------------

START_P2P = StartP2p("WizFi250-P2P", MAC)


def test_p2p_in_the_demo_world_finds_nobody() -> None:
    link = RadioLink(DEMO)
    assert link.execute(START_P2P, 0) == []
    assert link.execute(InviteP2p("SHV-E250S"), 0) == []


def test_p2p_session_of_the_guide() -> None:
    link = RadioLink(World(p2p_peers=(P2pPeer(name="SHV-E250S", invites=True, join_delay_ms=2000),)))
    due = link.execute(START_P2P, 0)
    events = taken(link, due)
    assert events[0] == P2pFound("SHV-E250S", 1)
    assert texts(events) == PROGRESS[1:]
    assert due[-1] == (3_000_000, P2pEnded(True, "192.168.49.219", "255.255.255.0", "192.168.49.1"))
    assert link.execute(Ping(2, "192.168.49.1", 900_000), 3_000_000) == [(1000, PingEnded(2, PingResult.REPLY, 1))]


def test_p2p_invitation() -> None:
    link = RadioLink(World(p2p_peers=(P2pPeer(name="Phone"), P2pPeer(name="Shy", accepts=False))), Timing(join_ms=10))
    assert taken(link, link.execute(START_P2P, 0)) == [P2pFound("Phone", 1), P2pFound("Shy", 1)]
    assert link.execute(InviteP2p("Shy"), 0) == [(10_000, P2pEnded(joined=False))]
    due = link.execute(InviteP2p("Phone"), 0)
    assert due[-1] == (10_000, P2pEnded(True, "192.168.49.219", "255.255.255.0", "192.168.49.1"))
    assert link.execute(InviteP2p("Shy"), 0) == []


def test_p2p_stop_voids_what_is_on_its_way() -> None:
    link = RadioLink(World(p2p_peers=(P2pPeer(name="Phone", invites=True),)))
    first = link.execute(START_P2P, 0)
    assert link.execute(StopP2p(), 0) == []
    second = link.execute(START_P2P, 0)
    assert taken(link, first) == []
    assert taken(link, second)[0] == P2pFound("Phone", 1)


def test_p2p_group_ends() -> None:
    link = RadioLink(World(p2p_peers=(P2pPeer(name="Phone", join_delay_ms=100),)))
    link.execute(START_P2P, 0)
    assert link.end_p2p_group() == []
    coming = link.execute(InviteP2p("Phone"), 0)
    failure = link.end_p2p_group()
    assert failure == [(0, P2pEnded(joined=False))]
    assert taken(link, coming + failure) == [P2pEnded(joined=False)]
    taken(link, link.execute(InviteP2p("Phone"), 0))
    assert link.end_p2p_group() == [(0, LinkLost())]


def test_leave_ends_the_p2p_group() -> None:
    link = RadioLink(World(p2p_peers=(P2pPeer(name="Phone"),)))
    link.execute(START_P2P, 0)
    taken(link, link.execute(InviteP2p("Phone"), 0))
    link.execute(Leave(), 0)
    assert link.end_p2p_group() == []


# --- anything -------------------------------------------------------------------------------------------------------

REQUESTS = st.integers(0, 99)
LIMITS = st.integers(0, 10**9)
TEXTS = st.text(max_size=40)
BYTES = st.one_of(st.sampled_from([b"Net", b"12345678"]), st.binary(max_size=140))
ADDRESSES = st.one_of(TEXTS, st.ip_addresses(v=4).map(str))
WORDS = st.sampled_from(["", "OPEN", "WEP", "WPA", "WPAAES", "WPA2AES", "WPA2TKIP", "WPA2"])
EFFECTS = st.one_of(
    st.builds(Join, REQUESTS, BYTES, WORDS, BYTES, TEXTS, TEXTS, st.integers(), st.booleans(), LIMITS),
    st.builds(RequestAddress, REQUESTS, LIMITS),
    st.builds(UseAddress, ADDRESSES, ADDRESSES, ADDRESSES),
    st.builds(Leave),
    st.builds(StartAccessPoint, REQUESTS, BYTES, st.integers(), WORDS, BYTES, TEXTS, ADDRESSES, ADDRESSES, ADDRESSES),
    st.builds(StopAccessPoint),
    st.builds(Scan, REQUESTS, BYTES, TEXTS, st.integers(), LIMITS),
    st.builds(ReadSignal, REQUESTS),
    st.builds(Ping, REQUESTS, ADDRESSES, LIMITS),
    st.builds(Resolve, REQUESTS, BYTES, st.tuples(ADDRESSES), LIMITS),
    st.builds(RunWps, REQUESTS, st.none() | BYTES),
    st.builds(StartP2p, TEXTS, TEXTS),
    st.builds(StopP2p),
    st.builds(InviteP2p, st.just("Phone") | TEXTS),
)
ANSWERED = (Join, RequestAddress, StartAccessPoint, Scan, ReadSignal, Ping, Resolve, RunWps)
RICH = World(
    access_points=(point(security="WPA2", key="12345678"), point("Open", last=2, wps=Wps(pin="1234"), hidden=True)),
    stations=(Station(mac=MAC),),
    p2p_peers=(P2pPeer(name="Phone", invites=True),),
)


Outside = Callable[[RadioLink, int], Due]
STATION_NEWS: list[Outside] = [
    lambda link, now_us: link.set_access_point("Net", False, now_us),
    lambda link, now_us: link.set_access_point("Net", True, now_us),
    lambda link, now_us: link.change_key("Net", "87654321", now_us),
    lambda link, now_us: link.change_key("Net", "12345678", now_us),
]
OTHER_NEWS: list[Outside] = [
    lambda link, now_us: link.press_wps_button("Open", now_us),
    lambda link, _: link.end_p2p_group(),
]
PAUSES_US = st.integers(0, 3_000_000)
TIMINGS = st.sampled_from(["fast", "realtime"]).map(load_timing)


class Runner:
    """A body in virtual time."""

    def __init__(self, timing: Timing) -> None:
        self.link = RadioLink(RICH, timing)
        self.now_us = 0
        self.heard: list[Event] = []
        self._waiting: list[tuple[int, int, Event]] = []
        self._given = 0

    def step(self, step: RadioEffect | Outside) -> None:
        due = step(self.link, self.now_us) if callable(step) else self.link.execute(step, self.now_us)
        for delay_us, event in due:
            assert delay_us >= 0
            self._given += 1
            heapq.heappush(self._waiting, (self.now_us + delay_us, self._given, event))

    def run_until(self, end_us: int) -> None:
        while self._waiting and self._waiting[0][0] <= end_us:
            self.now_us, _, event = heapq.heappop(self._waiting)
            if self.link.claim(event):
                self.heard.append(event)
        self.now_us = end_us


@given(TIMINGS, st.lists(st.tuples(PAUSES_US, EFFECTS | st.sampled_from(STATION_NEWS + OTHER_NEWS)), max_size=12))
def test_each_request_is_answered_once_whatever_happens(
    timing: Timing, steps: list[tuple[int, RadioEffect | Outside]]
) -> None:
    runner = Runner(timing)
    asked: list[int] = []
    for pause_us, step in steps:
        runner.run_until(runner.now_us + pause_us)
        runner.step(step)
        asked += [step.request] if isinstance(step, ANSWERED) else []
    runner.run_until(10**12)
    assert sorted(event.request for event in runner.heard if isinstance(event, Answer)) == sorted(asked)


SECURED = Join(1, b"Net", "WPA2", b"12345678", MAC)
ORDERS: list[RadioEffect] = [SECURED, Leave(), RequestAddress(2, 15_000_000)]


@given(TIMINGS, st.lists(st.tuples(PAUSES_US, st.sampled_from([*ORDERS, *STATION_NEWS])), max_size=15))
def test_link_is_lost_when_it_is_there_and_regained_when_it_was_lost(
    timing: Timing, steps: list[tuple[int, RadioEffect | Outside]]
) -> None:
    runner = Runner(timing)
    link = "none"
    for pause_us, step in [*steps, (10**9, Leave())]:
        runner.run_until(runner.now_us + pause_us)
        if isinstance(step, Join | Leave):  # the machine has no second order before the answer to the first
            runner.run_until(runner.now_us + 2_000_000)
        for event in runner.heard:
            match event:
                case JoinEnded(failure=failure):
                    link = "there" if failure is None else "none"
                case LinkLost():
                    assert link == "there"
                    link = "lost"
                case LinkRegained():
                    assert link == "lost"
                    link = "there"
        runner.heard.clear()
        if isinstance(step, Join | Leave):
            link = "none"
        runner.step(step)
