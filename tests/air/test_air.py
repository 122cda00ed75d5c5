"""Several radios in one air: their own networks, and what time changes."""

from __future__ import annotations

import msgspec
import pytest

from tests.air.orders import join
from tests.air.test_air_radio import Heard, point, radio_in, soft_ap
from wizfi_emu.air.accesspoint import MODULE_RSSI_DBM
from wizfi_emu.air.air import Air
from wizfi_emu.air.radio import Radio
from wizfi_emu.air.world import Change, Dhcp, Name, PingReply, Step, World, Wps
from wizfi_emu.module.effects import Join
from wizfi_emu.module.events import JoinFailure, PingResult

SECOND_US = 1_000_000
A_MAC, B_MAC, C_MAC = (f"00:08:DC:00:00:A{number}" for number in (1, 2, 3))
A_ADDRESS, B_ADDRESS, C_ADDRESS = "192.168.1.1", "192.168.1.2", "192.168.1.3"
MASK = "255.255.255.0"
SECURED = soft_ap(security="WPA2", key=b"12345678")
LOST, REGAINED = (0, "lost"), (0, "regained")


def station(mac: str = B_MAC, key: bytes = b"12345678") -> Join:
    return join(b"Mine", "WPA2", key, mac=mac)


class Pair:
    """A runs an access point, B has joined it."""

    def __init__(self) -> None:
        self.air = Air(World(access_points=(point(),), names={"a.example": "10.0.0.1"}, pings={"10.0.0.1": 5}))
        self.a, self.heard_a = radio_in(self.air)
        self.b, self.heard_b = radio_in(self.air)
        self.a.start_access_point(SECURED, 0)
        self.a.use_address(A_ADDRESS, MASK)
        self.join(self.b, B_MAC)
        assert self.heard_a.take() == [(7, "came", B_MAC)]

    def join(self, radio: Radio, mac: str) -> str:
        assert radio.join(station(mac), extra_us=7) == (7, None)
        lease = radio.dhcp()[1]
        assert lease is not None
        assert (lease.gateway, lease.dns) == (A_ADDRESS, (A_ADDRESS,))
        radio.use_address(lease.address, lease.netmask)
        return lease.address


def test_network_of_a_module_is_found_by_the_others_alone() -> None:
    pair = Pair()
    assert [one.ssid for one in pair.a.scan()] == [b"Net"]
    [found] = [one for one in pair.b.scan() if one.ssid == b"Mine"]
    assert (found.bssid, found.channel, found.rssi_dbm, found.security) == (A_MAC, 6, MODULE_RSSI_DBM, "WPA2")
    assert pair.a.join(join(b"Mine", "WPA2", b"12345678"))[1] is JoinFailure.NOT_FOUND


def test_network_of_a_module_wants_its_key() -> None:
    pair = Pair()
    other, _ = radio_in(pair.air)
    assert other.join(station(key=b"12345679"))[1] is JoinFailure.WRONG_KEY
    assert other.join(join(b"Mine", "OPEN"))[1] is JoinFailure.SECURITY_MISMATCH


def test_stations_get_addresses_in_order_and_reach_each_other() -> None:
    pair = Pair()
    c, _ = radio_in(pair.air)
    assert pair.join(c, C_MAC) == C_ADDRESS
    for radio, others in ((pair.a, (B_ADDRESS, C_ADDRESS)), (pair.b, (A_ADDRESS, C_ADDRESS)), (c, (A_ADDRESS,))):
        for address in others:
            assert radio.ping(address, 0) == (1000, PingResult.REPLY)
    assert pair.b.ping("192.168.1.77", 0) == (0, PingResult.TIMEOUT)


def test_behind_a_module_there_is_no_world() -> None:
    pair = Pair()
    assert pair.b.ping("10.0.0.1", 0) == (0, PingResult.TIMEOUT)
    assert pair.b.resolve(b"a.example", (A_ADDRESS,), 0) == (0, None)


@pytest.mark.parametrize("leave", ["leave", "reset"])
def test_access_point_hears_who_leaves(leave: str) -> None:
    pair = Pair()
    getattr(pair.b, leave)()
    assert pair.heard_a.take() == [(0, "left", B_MAC)]
    assert pair.a.ping(B_ADDRESS, 0) == (0, PingResult.TIMEOUT)


@pytest.mark.parametrize("stop", ["stop_access_point", "reset"])
def test_stations_lose_an_access_point_that_stops_and_find_it_again(stop: str) -> None:
    pair = Pair()
    getattr(pair.a, stop)()
    assert pair.heard_b.take() == [LOST]
    assert pair.b.ping(A_ADDRESS, 0) == (0, PingResult.ERROR)
    pair.a.start_access_point(SECURED, 0)
    assert pair.heard_b.take() == [REGAINED]
    assert pair.heard_a.take() == [(0, "came", B_MAC)]


def test_second_start_is_another_network() -> None:
    pair = Pair()
    pair.a.start_access_point(msgspec.structs.replace(SECURED, key=b"87654321"), 0)
    assert pair.heard_b.take() == [LOST]
    assert [one.ssid for one in pair.b.scan()].count(b"Mine") == 1
    assert pair.b.join(station(key=b"87654321"))[1] is None


def test_module_roams_from_a_module_to_an_access_point_of_the_same_name() -> None:
    air = Air(World(access_points=(point("Mine", security="WPA2", key="12345678", on=False),)))
    a, heard_a = radio_in(air)
    b, heard_b = radio_in(air)
    a.start_access_point(SECURED, 0)
    b.join(station())
    b.dhcp()
    air.change_access_points("Mine", Change(on=True))
    assert heard_b.take() == []
    a.stop_access_point()
    assert heard_b.take() == [(0, "192.168.12.10")]
    assert heard_a.take() == [(0, "came", B_MAC)]


def test_address_of_another_module_cannot_be_taken_away() -> None:
    pair = Pair()
    c, _ = radio_in(pair.air)
    pair.join(c, C_MAC)
    c.use_address(B_ADDRESS, MASK)
    assert c.ping(A_ADDRESS, 0) == (0, PingResult.TIMEOUT)
    assert pair.a.ping(B_ADDRESS, 0) == (1000, PingResult.REPLY)


def test_isolated_clients_reach_the_router_and_not_each_other() -> None:
    air = Air(World(access_points=(point(client_isolation=True),), pings={"192.168.12.0/24": 3, "10.0.0.1": 4}))
    (a, _), (b, _) = radio_in(air), radio_in(air)
    for radio, mac in ((a, A_MAC), (b, B_MAC)):
        radio.join(join(b"Net", "OPEN", mac=mac))
        lease = radio.dhcp()[1]
        assert lease is not None
        radio.use_address(lease.address, lease.netmask)
    assert a.ping("192.168.12.11", 0) == (0, PingResult.TIMEOUT)
    assert a.ping("192.168.12.99", 0) == (0, PingResult.TIMEOUT)
    assert a.ping("192.168.12.1", 0) == (3000, PingResult.REPLY)
    assert a.ping("10.0.0.1", 0) == (4000, PingResult.REPLY)


def test_wps_button_is_heard_by_all() -> None:
    air = Air(World(access_points=(point(wps=Wps()),)))
    heard = [radio_in(air)[1] for _ in range(2)]
    air.press_wps_button("Net", 5)
    assert [one.take() for one in heard] == [[(0, "pressed")]] * 2


# --- time -----------------------------------------------------------------------------------------------------------


def scheduled(*steps: Step, repeat_s: float = 0, rssi_dbm: int = -50, dhcp: Dhcp | None = None) -> World:
    access_point = point(schedule=steps, repeat_s=repeat_s, rssi_dbm=rssi_dbm, dhcp=dhcp or Dhcp())
    return World(access_points=(access_point,))


def joined(world: World, mac: str = B_MAC) -> tuple[Radio, Heard]:
    radio, heard = radio_in(world)
    assert radio.join(join(b"Net", "OPEN", mac=mac))[1] is None
    return radio, heard


def test_world_without_a_schedule_never_wants_to_be_woken() -> None:
    assert Air(World(access_points=(point(),))).wakeup_us is None


def test_access_point_comes_and_goes_by_its_schedule() -> None:
    radio, heard = joined(scheduled(Step(at_s=60, on=False), Step(at_s=90, on=True), repeat_s=120))
    air = radio.air
    for at_s, news in ((59.9, []), (60, [LOST]), (89, []), (90, [REGAINED]), (180, [LOST]), (210, [REGAINED])):
        air.settle(round(at_s * SECOND_US))
        assert heard.take() == news, at_s
    assert air.wakeup_us == 300 * SECOND_US


def test_each_step_of_a_late_call_is_noticed() -> None:
    radio, heard = joined(scheduled(Step(at_s=60, on=False), Step(at_s=90, on=True)))
    radio.air.settle(1000 * SECOND_US)
    assert heard.take() == [LOST, REGAINED]


def test_signal_follows_the_schedule() -> None:
    radio, _ = joined(scheduled(Step(at_s=10, rssi_dbm=-85), rssi_dbm=-50))
    assert radio.signal_dbm() == -50
    radio.air.settle(10 * SECOND_US)
    assert radio.signal_dbm() == -85
    assert radio.scan()[0].rssi_dbm == -85


def test_time_does_not_go_back() -> None:
    radio, _ = joined(scheduled(Step(at_s=10, rssi_dbm=-85)))
    radio.air.settle(10 * SECOND_US)
    radio.air.settle(0)
    assert radio.air.now_us == 10 * SECOND_US
    assert radio.signal_dbm() == -85


def test_two_access_points_that_go_at_the_same_moment_are_no_way_out_for_each_other() -> None:
    steps = (Step(at_s=60, on=False),)
    world = World(access_points=(point(last=1, schedule=steps), point(last=2, schedule=steps)))
    radio, heard = joined(world)
    radio.air.settle(60 * SECOND_US)
    assert heard.take() == [LOST]
    assert not radio.associated


def test_what_a_person_changes_holds_until_the_schedule_says_something_else() -> None:
    radio, heard = joined(scheduled(Step(at_s=60, rssi_dbm=-60), Step(at_s=90, on=True)))
    radio.air.change_access_points("Net", Change(on=False))
    radio.air.settle(60 * SECOND_US)
    assert heard.take() == [LOST]
    radio.air.settle(90 * SECOND_US)
    assert heard.take() == [REGAINED]


def test_jitter_changes_from_second_to_second_and_is_the_same_with_the_same_seed() -> None:
    world = World(access_points=(point(rssi_dbm=-125, rssi_jitter_db=6),))

    def levels(seed: int) -> list[int]:
        radio = Radio(Air(world, seed))
        found = []
        for second in range(60):
            radio.air.settle(second * SECOND_US)
            found.append(radio.scan()[0].rssi_dbm)
            assert radio.scan()[0].rssi_dbm == found[-1]
        return found

    assert levels(1) == levels(1) != levels(2)
    assert set(levels(1)) <= set(range(-128, -118))
    assert len(set(levels(1))) > 5


def test_some_joins_get_no_answer() -> None:
    radio, _ = radio_in(Air(World(access_points=(point(join_loss_percent=50, join_delay_ms=20),)), seed=1))
    outcomes = [radio.join(join(b"Net", "OPEN", limit_us=7_000_000)) for _ in range(40)]
    assert set(outcomes) == {(20_000, None), (7_000_000, JoinFailure.TIMEOUT)}


@pytest.mark.parametrize(
    ("world", "chances"),
    [
        (World(), False),
        (World(access_points=(point(schedule=(Step(at_s=1),)),), pings={"10.0.0.1": PingReply()}), False),
        (World(access_points=(point(rssi_jitter_db=1),)), True),
        (World(access_points=(point(join_loss_percent=1),)), True),
        (World(names={"a": Name("10.0.0.1", loss_percent=1)}), True),
        (World(pings={"10.0.0.1": PingReply(jitter_ms=1)}), True),
    ],
)
def test_world_knows_whether_it_leaves_something_to_chance(world: World, chances: bool) -> None:
    assert world.is_random is chances


def test_lease_goes_on_when_the_server_changes_for_nobody() -> None:
    radio, heard = joined(scheduled(Step(at_s=10, dhcp=Dhcp(delay_ms=50, lease_s=20)), dhcp=Dhcp(lease_s=20)))
    radio.dhcp()
    radio.air.settle(10 * SECOND_US)
    radio.air.settle(20 * SECOND_US)
    assert heard.take() == []
    assert radio.air.wakeup_us is None
