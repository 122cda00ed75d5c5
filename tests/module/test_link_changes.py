"""The link: access point, leaving, loss and return, Wi-Fi Direct."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.desk import (
    ERROR,
    GUIDE,
    JOINING,
    LINK_DOWN,
    LINK_UP,
    MEASURED,
    MS,
    OK,
    Desk,
    S,
    event,
    world_named,
)
from wizfi_emu.air.world import Dhcp, P2pPeer, Station, World
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

FAILED = b"Joining : WizFiDemoAP\r\nFailed to join: WizFiDemoAP\r\n"
SLOW_DHCP = World(access_points=(replace(world_named("demo").access_points[1], dhcp=Dhcp(delay_ms=2000)),))


# --- access point -----------------------------------------------------------------------------------------------------

AP_UP = b"\r\n[Link-Up Event]\r\n  IP Addr    : 192.168.12.101\r\n  Gateway    : 192.168.12.1\r\n"


@pytest.mark.parametrize(("firmware", "line"), [(GUIDE, b"Joining : mine\r\n"), (MEASURED, b"")])
def test_access_point(firmware: str, line: bytes) -> None:
    desk = Desk(firmware)
    desk.ok("AT+WSET2=1,mine,,11", "AT+WSEC=1,WPA2,abcdefgh")
    assert desk.at("AT+WJOIN") == line + AP_UP + OK
    (start,) = [effect for effect in desk.effects if isinstance(effect, fx.StartAccessPoint)]
    assert (start.ssid, start.channel, start.security, start.key) == (b"mine", 11, "WPA2", b"abcdefgh")
    assert (start.address, start.netmask, start.gateway) == ("192.168.12.101", "255.255.255.0", "192.168.12.1")
    assert desk.at("AT+WSTAT").startswith(b"IF/SSID/")
    already = b"Already Started : AP Mode\r\n" if firmware == MEASURED else b"Already Associated :\r\nAP Mode\r\n"
    assert desk.at("AT+WJOIN") == already + OK
    assert desk.at("AT+WLEAVE") == LINK_DOWN + OK
    assert desk.pins["led1"] is True
    assert isinstance(next(e for e in desk.effects if isinstance(e, fx.StopAccessPoint)), fx.StopAccessPoint)


def test_access_point_with_automatic_security_is_open() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=1,mine", "AT+WSEC=1,,abcdefgh")
    assert desk.at("AT+WJOIN") == AP_UP + OK
    (start,) = [effect for effect in desk.effects if isinstance(effect, fx.StartAccessPoint)]
    assert (start.channel, start.security, start.key) == (6, "OPEN", b"")


def test_ok_although_the_access_point_cannot_be_started() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=1,mine")
    effects = desk.module.handle(ev.UartReceived(b"AT+WJOIN\r"), desk.now_us)
    (start,) = [effect for effect in effects if isinstance(effect, fx.StartAccessPoint)]
    desk.feed(ev.AccessPointStarted(start.request, False))
    assert desk.read() == OK
    assert not desk.module.link.is_up


@pytest.mark.parametrize(("firmware", "lit"), [(GUIDE, [False, True, False]), (MEASURED, [True, True, True])])
def test_led_of_an_access_point(firmware: str, lit: list[bool]) -> None:
    desk = Desk(firmware, world=World(stations=(Station("00:11:22:33:44:55", after_ms=1000),)))
    desk.ok("AT+WSET2=1,mine")
    desk.at("AT+WJOIN")
    shown = [desk.pins["led1"] is False]
    assert desk.quiet(S) == b""
    shown.append(desk.pins["led1"] is False)
    desk.feed(ev.StationLeft("00:11:22:33:44:55"))
    shown.append(desk.pins["led1"] is False)
    assert shown == lit
    assert desk.read() == b""


@pytest.mark.parametrize(("firmware", "level"), [(GUIDE, True), (MEASURED, False)])
def test_led_after_a_boot_as_access_point(firmware: str, level: bool) -> None:
    """The flashing at boot ends as the link is."""
    desk = Desk(firmware)
    desk.ok("AT+WSET2=1,mine", "AT+SCON=S,TSN,,,5000,0", "AT+MPROF=S")
    desk.restart()
    desk.run(S)
    assert desk.module.link.is_up
    assert desk.pins["led1"] is level


# --- leaving, losing, coming back -------------------------------------------------------------------------------------


def test_leave_is_ok_also_without_a_link() -> None:
    desk = Desk(joined=True)
    assert desk.at("AT+WLEAVE") == LINK_DOWN + OK
    assert desk.at("AT+WLEAVE") == OK
    assert desk.pins["led1"] is True


def test_leave_stops_the_web_server_first_and_waits_a_second() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FWEBS=1,M")
    desk.send(b"AT+WLEAVE\r")
    assert isinstance(desk.effects[-1], fx.StopWebServer)
    assert desk.quiet(S - 1) == b""
    assert desk.quiet(1) == LINK_DOWN + OK
    desk.join()
    desk.ok("AT+FWEBS=1,M")
    assert desk.at("AT+MRESET", S + 499 * MS) == OK + LINK_DOWN
    assert desk.quiet(MS) == desk.banner


def test_lost_and_found() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FWEBS=1,M")
    desk.switch_network(on=False)
    assert desk.quiet(0) == LINK_DOWN
    assert (desk.pins["led1"], desk.pins["led2"]) == (True, True)
    assert any(isinstance(effect, fx.StopWebServer) for effect in desk.effects)
    assert desk.at("AT+SCON=O,USN,,,1,0").startswith(b"[ERROR: WiFi")
    assert b"\r\nDown////00:08:DC:00:00:00/" in desk.at("AT+WSTAT")
    assert desk.quiet(3600 * S) == b""
    desk.switch_network(on=True)
    assert desk.quiet(S) == LINK_UP
    assert desk.pins["led1"] is False


def test_join_while_lost_is_a_fresh_one() -> None:
    desk = Desk(joined=True)
    desk.switch_network(on=False)
    assert desk.quiet(0) == LINK_DOWN
    assert desk.at("AT+WJOIN") == FAILED * 3 + ERROR
    desk.switch_network(on=True)
    assert desk.quiet(S) == b""
    assert desk.at("AT+WJOIN") == JOINING + LINK_UP + OK


def test_leave_while_lost_ends_the_search() -> None:
    desk = Desk(joined=True)
    desk.switch_network(on=False)
    desk.quiet(S)
    assert desk.at("AT+WLEAVE") == OK
    desk.switch_network(on=True)
    assert desk.quiet(S) == b""


def test_lost_again_before_there_is_an_address() -> None:
    desk = Desk(world=SLOW_DHCP)
    desk.join()
    desk.quiet(3 * S)
    for on in (False, True, False, True):
        desk.switch_network(on=on)
        desk.run(500 * MS)
    assert desk.read() == LINK_DOWN
    assert desk.quiet(2 * S) == LINK_UP


def test_lease_of_a_search_that_is_over_does_not_count() -> None:
    desk = Desk(world=SLOW_DHCP)
    desk.join()
    desk.quiet(3 * S)
    for on in (False, True):
        desk.switch_network(on=on)
        desk.run(100 * MS)
    desk.read()
    desk.ok("AT+WNET=0,192.168.12.77")
    assert b"192.168.12.77" in desk.at("AT+WJOIN")
    desk.run(5 * S)
    assert b"/192.168.12.77/" in desk.at("AT+WSTAT")


def test_renewed_lease_is_taken_without_a_word() -> None:
    desk = Desk(joined=True)
    renewed = ev.AddressRenewed("192.168.12.99", "255.255.255.0", "192.168.12.2", "9.9.9.9")
    desk.tcp_client()
    desk.feed(renewed)
    assert desk.read() == b""
    assert b"/192.168.12.99/192.168.12.2/" in desk.at("AT+WSTAT")
    assert desk.hear(b"x").startswith(b"{0,")  # sockets stay
    desk.at("AT+WLEAVE")
    desk.feed(renewed)
    assert b"Down////" in desk.at("AT+WSTAT")


@pytest.mark.parametrize("stray", [ev.LinkLost(), ev.LinkRegained(), ev.StationJoined("x"), ev.StationLeft("x")])
def test_stray_events(stray: ev.Event) -> None:
    desk = Desk()
    desk.feed(stray)
    assert desk.read() == b""
    assert not desk.module.link.is_up


# --- Wi-Fi Direct -----------------------------------------------------------------------------------------------------


def test_p2p_group() -> None:
    desk = Desk(world=World(p2p_peers=(P2pPeer("phone", channel=6, found_after_ms=100),)))
    assert desk.at("AT+WP2P_START", 0) == b"STA MAC: 02:08:DC:00:00:00\r\n" + OK
    assert desk.quiet(S) == b"Found P2P device: phone\r\n"
    desk.send(b"AT+WP2P_INVITE=0\r")
    answer = desk.quiet(S)
    assert answer.startswith(OK + b"Sending Identity\r\n")
    assert answer.endswith(b"  IP Addr    : 192.168.49.219\r\n  Gateway    : 192.168.49.1\r\n")
    assert b"STA//192.168.49.219/" in desk.at("AT+WSTAT")
    desk.world.schedule(desk.radio.end_p2p_group())
    assert desk.quiet(S) == LINK_DOWN
    assert desk.module.kernel.timers.has("p2p")
    desk.ok("AT+WP2P_STOP")
    assert not desk.module.kernel.timers.has("p2p")
    assert desk.at("AT+MMAC=?") == b"00:08:DC:00:00:00\r\n" + OK


@pytest.mark.parametrize(("firmware", "printed"), [(GUIDE, b"\r\n[P2P Fail Event]\r\n"), (MEASURED, b"")])
def test_p2p_group_that_fails(firmware: str, printed: bytes) -> None:
    desk = Desk(firmware, world=World(p2p_peers=(P2pPeer("phone", found_after_ms=100, invites=True, accepts=False),)))
    desk.at("AT+WP2P_START", 0)
    assert desk.quiet(S).endswith(b"Found P2P device: phone\r\n" + printed)


def test_p2p_group_beside_a_link_is_ignored() -> None:
    desk = Desk(joined=True)
    desk.feed(ev.P2pEnded(True, "1.2.3.4", "255.0.0.0", "1.2.3.1"))
    assert desk.read() == b""
    assert desk.module.link.address == "192.168.12.10"


def test_lost_link_with_a_socket_of_each_kind() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.udp_client(peer="udp")
    desk.switch_network(on=False)
    assert desk.quiet(S) == event("DISCONNECT", 0) + event("DISCONNECT", 1) + LINK_DOWN
