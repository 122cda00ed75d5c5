import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.air.orders import join, soft_ap_start
from wizfi_emu.air.air import Air
from wizfi_emu.air.listener import Lease, Listener
from wizfi_emu.air.load import load_world
from wizfi_emu.air.radio import Radio
from wizfi_emu.air.segment import Neighbours
from wizfi_emu.air.world import AccessPoint, Change, Dhcp, P2pPeer, Station, World, Wps
from wizfi_emu.errors import UserError
from wizfi_emu.module.effects import Join, StartAccessPoint
from wizfi_emu.module.events import JoinFailure, Network, PingResult

MAC = "00:08:DC:11:22:33"
SERVERS = ("192.168.12.1", "8.8.8.8")
DEMO = load_world()
LOST, REGAINED = (0, "lost"), (0, "regained")
OPEN_NET = join(b"OpenNet", "OPEN", mac=MAC)
SECURED = join(b"WizFiDemoAP", "WPA2", b"12345678", mac=MAC)


def point(ssid: str = "Net", last: int = 1, **other: object) -> AccessPoint:
    return AccessPoint(**{"ssid": ssid, "bssid": f"00:08:DC:00:00:{last:02}", **other})  # type: ignore[arg-type]  # the test gives what fits


class Heard(Listener):
    """What a radio tells by itself."""

    def __init__(self) -> None:
        self.news: list[tuple[object, ...]] = []

    def link_lost(self) -> None:
        self.news.append(LOST)

    def link_regained(self, delay_us: int) -> None:
        self.news.append((delay_us, "regained"))

    def lease_changed(self, lease: Lease, delay_us: int) -> None:
        self.news.append((delay_us, lease.address))

    def station_came(self, mac: str, after_us: int) -> None:
        self.news.append((after_us, "came", mac))

    def station_left(self, mac: str) -> None:
        self.news.append((0, "left", mac))

    def button_pressed(self) -> None:
        self.news.append((0, "pressed"))

    def neighbours_changed(self, neighbours: Neighbours | None) -> None:
        pass

    def take(self) -> list[tuple[object, ...]]:
        news, self.news = self.news, []
        return news


def radio_in(air: Air | World) -> tuple[Radio, Heard]:
    heard = Heard()
    return Radio(air, heard), heard


def switch(radio: Radio, name: str, *, on: bool) -> None:
    radio.air.change_access_points(name, Change(on=on))


def soft_ap(ssid: bytes = b"Mine", address: str = "192.168.1.1", **other: object) -> StartAccessPoint:
    setting = soft_ap_start(ssid, "OPEN", b"", 6, "00:08:DC:00:00:A1", address, "255.255.255.0")
    return msgspec.structs.replace(setting, **other)


def joined(world: World | Air = DEMO, station: Join = OPEN_NET) -> Radio:
    radio = Radio(world)
    assert radio.join(station)[1] is None
    return radio


# --- join -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("station", "failure"),
    [
        (SECURED, None),
        (join(b"WizFiDemoAP", "WPA2AES", b"12345678"), None),
        (join(b"WizFiDemoAP", "WPA2TKIP", b"12345678"), None),
        (join(b"WizFiDemoAP", "WPA", b"12345678"), JoinFailure.SECURITY_MISMATCH),
        (join(b"WizFiDemoAP", "OPEN"), JoinFailure.SECURITY_MISMATCH),
        (join(b"WizFiDemoAP", "WEP", b"12345"), JoinFailure.SECURITY_MISMATCH),
        (join(b"WizFiDemoAP", "WPA2", b"12345679"), JoinFailure.WRONG_KEY),
        (join(b"wizfidemoap", "WPA2", b"12345678"), JoinFailure.NOT_FOUND),
        (OPEN_NET, None),
        (join(b"OpenNet", "OPEN", b"12345678"), None),
        (join(b"OpenNet", "WPA2", b"12345678"), JoinFailure.SECURITY_MISMATCH),
        (join(b"OpenNet", "OPEN", bssid="00:08:DC:AA:BB:02", channel=1), None),
        (join(b"OpenNet", "OPEN", bssid="00:08:DC:AA:BB:01"), JoinFailure.NOT_FOUND),
        (join(b"OpenNet", "OPEN", channel=6), JoinFailure.NOT_FOUND),
    ],
)
def test_join_in_the_demo_world_takes_no_time(station: Join, failure: JoinFailure | None) -> None:
    radio = Radio(DEMO)
    assert radio.join(station) == (0, failure)
    assert radio.associated == (failure is None)


def test_join_takes_the_delay_of_the_access_point() -> None:
    radio = Radio(World(access_points=(point(join_delay_ms=30, security="WPA2", key="12345678"),)))
    assert radio.join(join(b"Net", "WPA2", b"12345678")) == (30_000, None)
    assert radio.join(join(b"Net", "WPA2", b"wrong-key")) == (30_000, JoinFailure.WRONG_KEY)


def test_failed_join_ends_the_association_before_it() -> None:
    radio = joined()
    radio.join(join(b"Nope", "OPEN"))
    assert not radio.associated
    switch(radio, "OpenNet", on=False)
    assert not radio.associated


def test_access_point_that_is_off_is_not_found() -> None:
    radio = Radio(World(access_points=(point(on=False),)))
    assert radio.join(join(b"Net", "OPEN"))[1] is JoinFailure.NOT_FOUND
    switch(radio, "Net", on=True)
    assert radio.join(join(b"Net", "OPEN"))[1] is None


def test_hidden_access_point_can_be_joined() -> None:
    radio = Radio(World(access_points=(point(hidden=True),)))
    assert radio.join(join(b"Net", "OPEN"))[1] is None


# --- scan, signal, DHCP ---------------------------------------------------------------------------------------------

OPEN_BEACON = Network(b"OpenNet", "00:08:DC:AA:BB:02", 1, -60, 54.0, "OPEN")
SECURED_BEACON = Network(b"WizFiDemoAP", "00:08:DC:AA:BB:01", 6, -45, 54.0, "WPA2")


@pytest.mark.parametrize(
    ("ssid", "bssid", "channel", "found"),
    [
        (b"", "", 0, (OPEN_BEACON, SECURED_BEACON)),
        (b"WizFiDemoAP", "", 0, (SECURED_BEACON,)),
        (b"wizfidemoap", "", 0, ()),
        (b"WizFiDemo", "", 0, ()),
        (b"", "00:08:DC:AA:BB:02", 0, (OPEN_BEACON,)),
        (b"", "00:08:dc:aa:bb:02", 0, (OPEN_BEACON,)),
        (b"", "00:08:DC:AA:BB:99", 0, ()),
        (b"", "", 1, (OPEN_BEACON,)),
        (b"", "", 11, ()),
        (b"OpenNet", "", 1, (OPEN_BEACON,)),
        (b"OpenNet", "", 6, ()),
        (b"WizFiDemoAP", "00:08:DC:AA:BB:02", 6, ()),
    ],
)
def test_scan_filters(ssid: bytes, bssid: str, channel: int, found: tuple[Network, ...]) -> None:
    assert Radio(DEMO).scan(ssid, bssid, channel) == found


def test_scan_lists_by_channel_and_then_by_bssid() -> None:
    places = [(6, 3), (1, 4), (6, 2), (1, 5)]
    radio = Radio(World(access_points=tuple(point(last=last, channel=channel) for channel, last in places)))
    assert [(one.channel, one.bssid[-1]) for one in radio.scan()] == [(1, "4"), (1, "5"), (6, "2"), (6, "3")]


def test_hidden_name_is_shown_to_who_knows_it() -> None:
    radio = Radio(World(access_points=(point(hidden=True),)))
    assert [one.ssid for one in radio.scan()] == [b""]
    assert [one.ssid for one in radio.scan(bssid="00:08:DC:00:00:01")] == [b""]
    assert [one.ssid for one in radio.scan(ssid=b"Net")] == [b"Net"]


def test_scan_leaves_out_what_is_off() -> None:
    radio = Radio(DEMO)
    switch(radio, "OpenNet", on=False)
    assert radio.scan() == (SECURED_BEACON,)


def test_signal_is_that_of_the_associated_network() -> None:
    radio = Radio(DEMO)
    assert radio.signal_dbm() == 0
    radio.join(SECURED)
    assert radio.signal_dbm() == -45
    radio.leave()
    assert radio.signal_dbm() == 0


def test_demo_lease() -> None:
    assert joined().dhcp() == (
        0,
        Lease("192.168.12.10", "255.255.255.0", "192.168.12.1", ("192.168.12.1",), 86_400),
    )


def test_lease_stays_the_same_and_is_free_for_another_mac_after_leaving() -> None:
    radio = joined()
    for station in (OPEN_NET, OPEN_NET, join(b"OpenNet", "OPEN", mac="00:11:22:33:44:55")):
        radio.join(station)
        lease = radio.dhcp()[1]
        assert lease is not None
        assert lease.address == "192.168.12.10"
        radio.reset()


def test_no_lease_without_link_server_or_room() -> None:
    assert Radio(DEMO).dhcp() == (0, None)
    station = join(b"Net", "OPEN")
    assert joined(World(access_points=(point(dhcp=Dhcp(enabled=False)),)), station).dhcp() == (0, None)
    only_the_router = Dhcp(start="192.168.12.1", end="192.168.12.1")
    assert joined(World(access_points=(point(dhcp=only_the_router),)), station).dhcp() == (0, None)


def test_lease_takes_the_delay_of_the_server() -> None:
    radio = joined(World(access_points=(point(dhcp=Dhcp(delay_ms=40)),)), join(b"Net", "OPEN"))
    assert radio.dhcp()[0] == 40_000


# --- ping -----------------------------------------------------------------------------------------------------------


def test_ping_without_a_link_is_an_error() -> None:
    radio = Radio(DEMO)
    assert radio.ping("192.168.12.1", 0) == (0, PingResult.ERROR)
    radio.join(OPEN_NET)
    switch(radio, "OpenNet", on=False)
    assert radio.ping("192.168.12.1", 0) == (0, PingResult.ERROR)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("192.168.12.1", (1000, PingResult.REPLY)),
        ("192.168.12.99", (0, PingResult.TIMEOUT)),
        ("8.8.8.8", (0, PingResult.TIMEOUT)),
        ("", (0, PingResult.TIMEOUT)),
    ],
)
def test_in_the_demo_world_only_the_gateway_replies(address: str, answer: tuple[int, PingResult]) -> None:
    assert joined().ping(address, 0) == answer


def test_the_narrowest_entry_counts() -> None:
    pings = {"10.0.0.0/8": 20, "10.1.0.0/16": "timeout", "10.1.2.3": 5, "10.9.9.9": "error", "192.168.12.1": "timeout"}
    radio = joined(World(access_points=(point(),), pings=pings), join(b"Net", "OPEN"))  # type: ignore[arg-type]  # the test gives what fits
    assert radio.ping("10.2.0.1", 0) == (20_000, PingResult.REPLY)
    assert radio.ping("10.1.0.1", 0) == (0, PingResult.TIMEOUT)
    assert radio.ping("10.1.2.3", 0) == (5_000, PingResult.REPLY)
    assert radio.ping("10.9.9.9", 0) == (0, PingResult.ERROR)
    assert radio.ping("192.168.12.1", 0) == (0, PingResult.TIMEOUT)
    assert radio.ping("11.0.0.1", 0) == (0, PingResult.TIMEOUT)


def test_a_listed_ping_of_0_ms_is_a_reply() -> None:
    radio = joined(World(access_points=(point(),), pings={"10.0.0.1": 0}), join(b"Net", "OPEN"))
    assert radio.ping("10.0.0.1", 0) == (0, PingResult.REPLY)


def test_gateway_does_not_answer_into_another_network() -> None:
    radio = joined()
    radio.use_address("192.168.12.77", "255.255.255.0")
    assert radio.ping("192.168.12.1", 0)[1] is PingResult.REPLY
    radio.use_address("192.168.13.77", "255.255.255.0")
    assert radio.ping("192.168.12.1", 0)[1] is PingResult.TIMEOUT
    radio.use_address("192.168.13.77", "255.255.0.0")
    assert radio.ping("192.168.12.1", 0)[1] is PingResult.REPLY


def test_soft_ap_pings_itself_and_its_stations() -> None:
    radio = Radio(World(stations=(Station(mac=MAC, after_ms=100, ping_ms=3),), pings={"8.8.8.8": 9}))
    arrivals = radio.start_access_point(soft_ap(), 0)
    assert [one.address for one in arrivals] == ["192.168.1.2"]
    assert radio.ping("192.168.1.1", 0) == (1000, PingResult.REPLY)
    assert radio.ping("192.168.1.2", 99_999) == (0, PingResult.TIMEOUT)
    assert radio.ping("192.168.1.2", 100_000) == (3000, PingResult.REPLY)
    assert radio.ping("8.8.8.8", 100_000) == (0, PingResult.TIMEOUT)
    radio.stop_access_point()
    assert radio.ping("192.168.1.2", 100_000) == (0, PingResult.ERROR)


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (b"www.google.com", "173.194.33.38"),
        (b"WWW.Google.COM", "173.194.33.38"),
        (b"www.google.com.", "173.194.33.38"),
        (b"google.com", ""),
        (b"", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_names_of_the_demo_world(name: bytes, address: str) -> None:
    assert joined().resolve(name, SERVERS, 0) == (0, address)


def test_name_without_link_or_server_has_no_address() -> None:
    assert Radio(DEMO).resolve(b"www.google.com", SERVERS, 0) == (0, "")
    assert joined().resolve(b"www.google.com", (), 0) == (0, "")
    radio = Radio(DEMO)
    radio.start_access_point(soft_ap(), 0)
    assert radio.resolve(b"www.google.com", SERVERS, 0) == (0, "")


def test_name_whose_server_is_silent() -> None:
    radio = joined(World(access_points=(point(),), names={"Slow.example": "timeout"}), join(b"Net", "OPEN"))
    assert radio.resolve(b"slow.example", SERVERS, 0) == (0, None)


# --- loss and return ------------------------------------------------------------------------------------------------


def heard_after_joining(world: World, station: Join) -> tuple[Radio, Heard]:
    radio, heard = radio_in(world)
    assert radio.join(station)[1] is None
    return radio, heard


def test_link_is_lost_with_its_access_point_and_comes_back_with_it() -> None:
    radio, heard = heard_after_joining(DEMO, OPEN_NET)
    switch(radio, "OpenNet", on=False)
    assert heard.take() == [LOST]
    assert not radio.associated
    switch(radio, "OpenNet", on=False)
    assert heard.take() == []
    switch(radio, "00:08:DC:AA:BB:02", on=True)
    assert heard.take() == [REGAINED]
    assert radio.associated


def test_what_happens_to_others_is_not_noticed() -> None:
    radio, heard = heard_after_joining(DEMO, OPEN_NET)
    switch(radio, "WizFiDemoAP", on=False)
    radio.air.change_access_points("WizFiDemoAP", Change(key="87654321"))
    assert heard.take() == []
    alone, heard = radio_in(DEMO)
    switch(alone, "OpenNet", on=False)
    assert heard.take() == []


@pytest.mark.parametrize("leave", ["leave", "reset"])
def test_who_left_does_not_come_back(leave: str) -> None:
    radio, heard = heard_after_joining(DEMO, OPEN_NET)
    switch(radio, "OpenNet", on=False)
    getattr(radio, leave)()
    heard.take()
    switch(radio, "OpenNet", on=True)
    assert heard.take() == []


def test_return_takes_the_delay_of_the_access_point() -> None:
    world = World(access_points=(point(join_delay_ms=20),))
    radio, heard = heard_after_joining(world, join(b"Net", "OPEN"))
    switch(radio, "Net", on=False)
    switch(radio, "Net", on=True)
    assert heard.take() == [LOST, (20_000, "regained")]


def test_station_roams_to_another_access_point_of_its_network_without_a_word() -> None:
    world = World(access_points=(point(last=1), point(last=2, rssi_dbm=-90)))
    radio, heard = heard_after_joining(world, join(b"Net", "OPEN", mac=MAC))
    radio.dhcp()
    switch(radio, "00:08:DC:00:00:01", on=False)
    assert radio.signal_dbm() == -90
    switch(radio, "00:08:DC:00:00:01", on=True)
    assert radio.signal_dbm() == -50
    assert heard.take() == []
    switch(radio, "Net", on=False)
    assert heard.take() == [LOST]


def test_roaming_into_another_subnet_renews_the_lease() -> None:
    there = Dhcp(start="10.0.0.5", end="10.0.0.9", gateway="10.0.0.1", delay_ms=30)
    world = World(access_points=(point(last=1), point(last=2, dhcp=there)))
    radio, heard = heard_after_joining(world, join(b"Net", "OPEN", bssid="", mac=MAC))
    radio.dhcp()
    switch(radio, "00:08:DC:00:00:01", on=False)
    assert heard.take() == [(30_000, "10.0.0.5")]


def test_static_address_is_not_renewed() -> None:
    there = Dhcp(start="10.0.0.5", end="10.0.0.9", gateway="10.0.0.1")
    world = World(access_points=(point(last=1), point(last=2, dhcp=there)))
    radio, heard = heard_after_joining(world, join(b"Net", "OPEN", mac=MAC))
    radio.use_address("192.168.12.77", "255.255.255.0")
    switch(radio, "00:08:DC:00:00:01", on=False)
    assert heard.take() == []
    assert radio.associated


def test_lease_of_a_changed_server_changes_after_half_of_its_time() -> None:
    world = World(access_points=(point(dhcp=Dhcp(lease_s=100)),))
    radio, heard = heard_after_joining(world, join(b"Net", "OPEN", mac=MAC))
    radio.dhcp()
    air = radio.air
    assert air.wakeup_us is None
    air.settle(60_000_000)
    air.change_access_points("Net", Change(dhcp=Dhcp(start="192.168.12.50", lease_s=100)))
    assert air.wakeup_us == 100_000_000
    air.settle(99_999_999)
    assert heard.take() == []
    air.settle(100_000_000)
    assert heard.take() == [(0, "192.168.12.50")]
    assert air.wakeup_us is None


def test_server_that_does_not_answer_is_asked_again_and_the_lease_stays() -> None:
    world = World(access_points=(point(dhcp=Dhcp(lease_s=10)),))
    radio, heard = heard_after_joining(world, join(b"Net", "OPEN", mac=MAC))
    radio.dhcp()
    radio.air.change_access_points("Net", Change(dhcp=Dhcp(enabled=False, lease_s=10)))
    radio.air.settle(5_000_000)
    assert radio.air.wakeup_us == 10_000_000
    radio.leave()
    assert radio.air.wakeup_us is None
    assert heard.take() == []


def test_new_key_throws_the_module_out_until_the_old_one_is_back() -> None:
    radio, heard = heard_after_joining(DEMO, SECURED)
    for key, news in (
        ("12345678", []),
        ("87654321", [LOST]),
        ("12345678", [REGAINED]),
    ):
        radio.air.change_access_points("WizFiDemoAP", Change(key=key))
        assert heard.take() == news


def test_mistakes_of_who_changes_the_world() -> None:
    air = Air(DEMO)
    with pytest.raises(UserError, match=r"^the world has no access point 'Nope'$"):
        air.change_access_points("Nope", Change(on=True))
    with pytest.raises(UserError, match=r"^key: expected 8 to 63 characters, or 128 hex digits$"):
        air.change_access_points("WizFiDemoAP", Change(key="secret"))
    with pytest.raises(UserError, match=r"^the access point 'OpenNet' has no WPS$"):
        air.press_wps_button("OpenNet", 0)


# --- WPS and Wi-Fi Direct -------------------------------------------------------------------------------------------


def test_demo_world_has_no_wps() -> None:
    radio = Radio(DEMO)
    assert not radio.wps_in_reach
    assert radio.wps(None, 0) is None
    assert radio.wps(b"12345670", 0) is None


def test_wps_by_button_and_by_pin() -> None:
    secured = point(security="WPA2", key="12345678", wps=Wps(pin="12345670"))
    radio = Radio(World(access_points=(secured, point("Other", last=2, wps=Wps()))))
    found = radio.air.points[0]
    assert radio.wps_in_reach
    assert radio.wps(None, 0) is None
    assert radio.wps(b"12345670", 0) is found
    assert radio.wps(b"12345671", 0) is None
    assert radio.wps(b"\xff", 0) is None
    radio.air.press_wps_button("Net", 0)
    assert radio.wps(None, 119_999_999) is found
    assert radio.wps(None, 120_000_000) is None
    assert "12345678" not in repr(found)


def test_wps_refuses_two_pressed_buttons() -> None:
    radio = Radio(World(access_points=(point(wps=Wps(button_pressed=True)), point("Other", last=2, wps=Wps()))))
    assert radio.wps(None, 0) is not None
    radio.air.press_wps_button("Other", 0)
    assert radio.wps(None, 0) is None


def test_wifi_direct_devices_in_the_order_of_time() -> None:
    late, early = P2pPeer(name="Late", found_after_ms=200), P2pPeer(name="Early", found_after_ms=100)
    radio = Radio(World(p2p_peers=(late, early)))
    assert radio.invite_p2p("Late") is None
    assert radio.start_p2p() == (early, late)
    assert radio.invite_p2p("Late") == late
    assert radio.invite_p2p("Nobody") is None


def test_wifi_direct_group_is_a_link_from_its_time_on() -> None:
    peer = P2pPeer(name="Phone")
    radio = Radio(World(p2p_peers=(peer,), names={"a.example": "10.0.0.1"}))
    radio.start_p2p()
    radio.join_group(peer, 1000)
    assert radio.invite_p2p("Phone") is None
    assert radio.ping("192.168.49.1", 999) == (0, PingResult.ERROR)
    assert radio.ping("192.168.49.1", 1000) == (1000, PingResult.REPLY)
    assert radio.ping("192.168.49.2", 1000) == (0, PingResult.TIMEOUT)
    assert radio.resolve(b"a.example", SERVERS, 1000) == (0, "10.0.0.1")
    assert radio.leave_group()
    assert not radio.leave_group()
    assert radio.ping("192.168.49.1", 1000) == (0, PingResult.ERROR)
    radio.stop_p2p()
    assert radio.invite_p2p("Phone") is None


# --- anything -------------------------------------------------------------------------------------------------------

RICH = World(
    access_points=(
        *DEMO.access_points,
        point("Wep", last=3, security="WEP", key="abcde", wps=Wps(button_pressed=True)),
        point("Wpa", last=4, security="WPA", key="ab" * 64, hidden=True, wps=Wps(pin="1234")),
    ),
    stations=(Station(mac=MAC),),
    p2p_peers=(P2pPeer(name="Phone"),),
    names={"slow.example": "timeout"},
    pings={"10.0.0.0/8": 3},
)


@given(
    ssid=st.one_of(st.sampled_from([b"Wep", b"Wpa", b"OpenNet"]), st.binary(max_size=40)),
    security=st.sampled_from(["", "OPEN", "WEP", "WPA", "WPA2"]),
    key=st.binary(max_size=140),
    text=st.text(),
    address=st.one_of(st.text(), st.ip_addresses(v=4).map(str)),
    netmask=st.one_of(st.text(), st.ip_addresses(v=4).map(str)),
    channel=st.integers(),
)
def test_no_bytes_make_the_radio_raise(
    ssid: bytes, security: str, key: bytes, text: str, address: str, netmask: str, channel: int
) -> None:
    radio = Radio(RICH)
    radio.join(join(ssid, security, key, text, channel, mac=text))
    radio.dhcp()
    radio.use_address(address, netmask)
    radio.ping(address, 0)
    radio.resolve(key, (text,), 0)
    radio.scan(ssid, text, channel)
    radio.wps(key, 0)
    radio.invite_p2p(text)
    radio.start_access_point(soft_ap_start(ssid, security, key, channel, text, address, netmask), 0)
    radio.ping(address, 10**9)
    assert radio.associated or radio.signal_dbm() == 0
    radio.reset()
    assert not radio.associated
