"""Each world that comes with the program keeps its promise. Virtual time: hours take milliseconds."""

from __future__ import annotations

import re

import pytest

from tests.desk import ERROR, GUIDE, LINK_DOWN, MS, OK, Desk, S
from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world, world_names
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.worlds.memory.network import MemoryNetwork

ROW = re.compile(
    rb"(\d{3})/(.*?)/((?:[0-9A-F]{2}:){5}[0-9A-F]{2})/(-\d+)/(\d+\.\d)/Infra/([\w-]+)/2\.4/(\d+)\r\n", re.DOTALL
)


def desk_in(name: str, seed: int = 0) -> Desk:
    return Desk(world=Air(load_world(name), seed))


def join(desk: Desk, ssid: str, security: str = "OPEN", key: str = "", limit_us: int = 60 * S) -> bytes:
    desk.ok(f"AT+WSET=0,{ssid}", f"AT+WSEC=0,{security},{key}" if key else f"AT+WSEC=0,{security}")
    return desk.at("AT+WJOIN", limit_us)


@pytest.mark.parametrize("name", world_names())
def test_every_world_is_described_and_can_be_scanned(name: str) -> None:
    assert load_world(name).description
    desk = desk_in(name)
    assert desk.at("AT+WSCAN", S).endswith(OK)


# --- office ---------------------------------------------------------------------------------------------------------


def test_office_has_a_dozen_networks_and_two_have_one_name() -> None:
    rows = ROW.findall(desk_in("office").at("AT+WSCAN", S))
    assert len(rows) == 12
    names = [ssid for _, ssid, *_ in rows]
    assert names.count(b"Office") == 2
    assert b"Board Room" not in names
    assert "Café am Platz".encode() in names
    assert {security for *_, security, _ in rows} >= {b"Open", b"WEP", b"WPA2-Mixed"}


def test_office_station_roams_when_its_access_point_goes() -> None:
    desk = desk_in("office")
    assert b"IP Addr    : 10.1.0.100\r\n" in join(desk, "Office", "WPA2", "correct horse")
    assert desk.at("AT+WSTAT").rstrip(b"\r\n[OK]").rpartition(b"/")[2] in {b"%d" % level for level in range(45, 52)}
    desk.switch_network(on=False, name="00:08:DC:0F:00:01")
    assert desk.quiet(60 * S) == b""
    assert b"Office/10.1.0.100/" in desk.at("AT+WSTAT")
    desk.switch_network(on=False, name="00:08:DC:0F:00:02")
    assert desk.quiet(S) == LINK_DOWN


def test_office_has_wps_and_an_old_network() -> None:
    desk = desk_in("office")
    assert b"Successfully joined" in join(desk, "Machines", "WEP", "machines-1001")
    desk.at("AT+WLEAVE")
    desk.at("AT+WWPS=1,12345670", S)
    assert b"DIRECT-4F-Printer" in desk.at("AT+WSET=?")


def test_office_hidden_network_can_be_joined() -> None:
    assert b"Successfully joined" in join(desk_in("office"), "Board Room", "WPA2AES", "quarterly figures")


# --- hotel ----------------------------------------------------------------------------------------------------------


def in_hotel() -> Desk:
    desk = desk_in("hotel")
    desk.ok("AT+WSET=0,Grand Hotel Guests", "AT+WSEC=0,OPEN")
    assert b"Link-Up" not in desk.at("AT+WJOIN", 6 * S)
    assert desk.quiet(S).endswith(b"  Gateway    : 172.16.4.1\r\n" + OK)
    return desk


def test_hotel_takes_seconds_to_join() -> None:
    assert b"172.16.4.2" in in_hotel().at("AT+WSTAT")


def test_hotel_names_time_out() -> None:
    desk = in_hotel()
    assert desk.at("AT+FDNS=www.google.com,3000", 2900 * MS) == b""
    assert desk.quiet(200 * MS) == ERROR
    assert desk.at("AT+FDNS=welcome.hotel.example,3000", S) == b"172.16.4.1\r\n" + OK


def test_hotel_pings_are_slow_and_some_are_lost() -> None:
    answers = in_hotel().at("AT+FPING=20,172.16.4.1", 120 * S)
    times = [int(millis) for millis in re.findall(rb"Ping Reply :\s+(\d+) ms", answers)]
    assert 8 < len(times) < 20
    assert min(times) >= 60
    assert max(times) > 150


# --- factory --------------------------------------------------------------------------------------------------------


def in_factory(seed: int = 0) -> Desk:
    desk = desk_in("factory", seed)
    desk.ok("AT+WSET=0,Hall 3", "AT+WSEC=0,WPA2AES,conveyor belt")
    while b"[Link-Up Event]" not in desk.at("AT+WJOIN", 25 * S):
        pass
    return desk


def test_factory_link_outlives_the_way_through_the_hall() -> None:
    desk = in_factory()
    assert desk.now_us < 100 * S
    addresses = set()
    while desk.now_us < 170 * S:
        addresses.update(re.findall(rb"Hall 3/([\d.]+)/", desk.at("AT+WSTAT")))
        assert desk.quiet(5 * S) == b""
    assert addresses == {b"10.30.0.50"}


def test_factory_has_long_outages_after_which_the_link_is_there_again() -> None:
    desk = in_factory()
    desk.run(179 * S - desk.now_us)
    assert desk.read() == b""
    up = b"\r\n[Link-Up Event]\r\n  IP Addr    : 10.30.0.50\r\n  Gateway    : 10.30.0.1\r\n"
    for silence_s, printed in ((10, LINK_DOWN), (30, up), (200, b""), (5, LINK_DOWN), (140, b""), (10, up)):
        assert desk.quiet(silence_s * S) == printed, desk.now_us
    desk.run(3600 * S)
    assert desk.read().count(LINK_DOWN) == 12


def test_factory_loses_pings_and_attempts_to_join() -> None:
    lost = sum(b"Failed to join" in in_factory_join(seed) for seed in range(20))
    assert 2 < lost < 15
    answers = in_factory().at("AT+FPING=50,10.30.0.1", 100 * S)
    assert 25 < answers.count(b"Ping Reply") < 50


def in_factory_join(seed: int) -> bytes:
    return join(desk_in("factory", seed), "Hall 3", "WPA2AES", "conveyor belt")


# --- hostile --------------------------------------------------------------------------------------------------------


def test_hostile_names_are_shown_as_the_bytes_that_they_are() -> None:
    world = load_world("hostile")
    expected = sorted((point.channel, point.bssid, point.ssid_bytes) for point in world.access_points)
    shown = desk_in("hostile").at("AT+WSCAN", S)
    header, _, rows = shown.partition(b"\r\n")
    assert header.startswith(b"Index/SSID/")
    for index, (channel, bssid, ssid) in enumerate(expected, start=1):
        hidden = ssid == b"also not shown"
        row = b"%03d/%s/%s/" % (index, b"" if hidden else ssid, bssid.encode())
        assert rows.startswith(row)
        end = rows.index(b"/%d\r\n" % channel, len(row))
        assert re.fullmatch(rb"-\d+/54\.0/Infra/[\w-]+/2\.4", rows[len(row) : end])
        rows = rows[end + len(b"/%d\r\n" % channel) :]
    assert rows == OK


def test_hostile_names_break_what_they_should() -> None:
    names = {point.ssid_bytes for point in load_world("hostile").access_points}
    for breaks in (b"/", b"\r\n", b"[OK]", b'"', b"'", b"\0", b"+++", b"\x1b", b"%s", b"{0,"):
        assert any(breaks in name for name in names), breaks
    assert any(not _is_text(name) for name in names)
    assert b"\xff" * 32 in names


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_hostile_impostor_takes_those_who_join_by_name() -> None:
    desk = desk_in("hostile")
    assert join(desk, "WizFiDemoAP", "WPA2", "12345678").count(b"Failed to join") == 3
    desk.ok("AT+WSET2=0,WizFiDemoAP,00:08:DC:AA:BB:01,6")
    assert b"Successfully joined" in desk.at("AT+WJOIN", S)
    desk.at("AT+WLEAVE", 2 * S)
    assert b"Successfully joined" in join(desk, "WizFiDemoAP", "OPEN")
    assert b"/30\r\n" in desk.at("AT+WSTAT")


# --- peers ----------------------------------------------------------------------------------------------------------


def test_peers_have_addresses_of_their_own() -> None:
    """The guide's example of several sockets: the UDP peers have the ports of the module's sockets."""
    world = load_world("peers")
    desk = Desk(GUIDE, world=world)
    desk.world.network = MemoryNetwork(AddressMap(host_map=world.host))
    join(desk, "WizFiDemoAP", "WPA2", "12345678")
    desk.network.tcp_listen("tcp", 5000, host="127.0.0.23")
    for port in (7000, 8000):
        desk.network.udp_open(f"udp {port}", port, host="127.0.0.23")
    for command in ("TCN,192.168.12.23,5000,5001", "TSN,,,6000", "UCN,192.168.12.23,7000,7000", "USN,,,8000"):
        assert OK in desk.at(f"AT+SCON=O,{command},0")
    rows = desk.at("AT+SMGMT=?").split(b"\r\n")[1:-2]
    assert rows[2:] == [b"2/UCN/192.168.12.23:7000/7000/0", b"3/USN/0.0.0.0:/8000/0"]
    assert desk.datagram(8000, b"Hello_UDP_Server", "udp 8000") == b"{3,192.168.12.23,8000,16}Hello_UDP_Server\r\n"
    assert desk.exchange(b"AT+SSEND=2,,,16\rHello_UDP_Client").endswith(OK)
    assert desk.got("udp 7000") == b"Hello_UDP_Client"
    assert desk.datagram(7000, b"Hello_UDP_Client", "udp 7000") == b"{2,192.168.12.23,7000,16}Hello_UDP_Client\r\n"
