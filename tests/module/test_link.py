"""Joining as a station: attempts, addresses, automatic security."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.desk import (
    BOTH,
    ERROR,
    GUIDE,
    JOINING,
    LINK_UP,
    MEASURED,
    MS,
    OK,
    Desk,
    S,
    world_named,
)
from wizfi_emu.air.world import AccessPoint, Dhcp, World
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import Security

FAILED = b"Joining : WizFiDemoAP\r\nFailed to join: WizFiDemoAP\r\n"
DEMO = world_named("demo").access_points[1]


def world(**changes: object) -> World:
    """The demo network alone, changed."""
    return World(access_points=(replace(DEMO, **changes),))


def joins(desk: Desk) -> list[tuple[str, int, bool]]:
    orders = [effect for effect in desk.effects if isinstance(effect, fx.Join)]
    return [(effect.bssid, effect.channel, effect.shared_key) for effect in orders]


# --- station ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_join(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.join() == JOINING + LINK_UP + OK
    assert desk.pins["led1"] is False
    assert fx.UseAddress("192.168.12.10", "255.255.255.0", "192.168.12.1") in desk.effects
    assert desk.module.link.name_servers == ("192.168.12.1", "8.8.8.8")


@pytest.mark.parametrize(
    ("firmware", "answer"),
    [(GUIDE, b"Already Associated :\r\nStation Mode\r\n"), (MEASURED, b"Already Associated : Station Mode\r\n")],
)
def test_join_when_associated(firmware: str, answer: bytes) -> None:
    assert Desk(firmware, joined=True).at("AT+WJOIN") == answer + OK


def test_three_attempts() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,WPA2,wrongkey")
    assert desk.at("AT+WJOIN") == FAILED * 3 + ERROR
    assert joins(desk) == [("", 0, False)] * 3
    assert desk.pins["led1"] is True


def test_wep_tries_open_twice_and_then_shared_twice() -> None:
    desk = Desk(world=World(access_points=(AccessPoint("00:08:DC:AA:BB:03", "wep", security="WEP", key="abcde"),)))
    desk.ok("AT+WSET2=0,wep", "AT+WSEC=0,WEP,vwxyz")
    assert desk.at("AT+WJOIN") == b"Joining : wep\r\nFailed to join: wep\r\n" * 4 + ERROR
    assert [shared for _, _, shared in joins(desk)] == [False, False, True, True]
    desk.ok("AT+WSEC=0,WEP,6162636465")
    assert desk.at("AT+WJOIN").endswith(LINK_UP + OK)


def test_directed_join_comes_first() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,WizFiDemoAP,00:11:22:33:44:55,6", "AT+WSEC=0,WPA2,12345678")
    assert desk.at("AT+WJOIN") == JOINING + LINK_UP + OK
    assert joins(desk) == [("00:11:22:33:44:55", 6, False), ("", 0, False)]
    desk.at("AT+WLEAVE")
    desk.ok("AT+WSET2=0,WizFiDemoAP,00:08:DC:AA:BB:01,6")
    desk.effects.clear()
    desk.at("AT+WJOIN")
    assert joins(desk) == [("00:08:DC:AA:BB:01", 6, False)]


@pytest.mark.parametrize("setting", ["00:08:DC:AA:BB:01", ",6"])
def test_bssid_or_channel_alone_directs_nothing(setting: str) -> None:
    desk = Desk()
    desk.ok(f"AT+WSET2=0,WizFiDemoAP,{setting}", "AT+WSEC=0,WPA2,12345678")
    desk.at("AT+WJOIN")
    assert joins(desk) == [("", 0, False)]


@pytest.mark.parametrize(("bssid", "limit_s"), [("", 21), (",00:08:DC:AA:BB:01,6", 42)])
def test_attempt_takes_at_most_seven_seconds(bssid: str, limit_s: int) -> None:
    desk = Desk(world=world(join_delay_ms=8000))
    desk.ok(f"AT+WSET2=0,WizFiDemoAP{bssid}", "AT+WSEC=0,WPA2,12345678")
    desk.send(b"AT+WJOIN\r")
    # Each attempt looks at the receive buffer for 1 ms first.
    before = (FAILED * 3).removesuffix(b"Failed to join: WizFiDemoAP\r\n")
    assert desk.quiet(limit_s * S + 3 * MS - 1) == before
    assert desk.quiet(1) == (FAILED * 3).removeprefix(before) + ERROR


def test_escape_key_aborts() -> None:
    desk = Desk(world=world(join_delay_ms=8000))
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,WPA2,12345678")
    desk.send(b"AT+WJOIN\r")
    desk.run(MS)
    desk.send(b"\x1b")
    assert desk.quiet(7 * S) == FAILED + ERROR
    assert desk.exchange(b"AT+WJOIN\r\x1b") == ERROR


def test_each_attempt_loses_one_byte() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,WPA2,wrongkey")
    assert desk.exchange(b"AT+WJOIN\rxyzAT\r", S) == FAILED * 3 + ERROR + OK


def test_older_firmware_knows_no_escape_key() -> None:
    desk = Desk(MEASURED, "esc_aborts_join=false", joined=True)
    desk.at("AT+WLEAVE")
    assert desk.exchange(b"AT+WJOIN\r\x1b") == JOINING + LINK_UP + OK


def test_progress_follows_form_and_level() -> None:
    desk = Desk(joined=True)
    desk.at("AT+WLEAVE")
    for digit in "02":
        desk.ok(f"AT+MEVTFORM=111111111{digit}")
        assert desk.at("AT+WJOIN") == b"\r\n[Link-Up Event]\r\n" + OK
        desk.at("AT+WLEAVE")
    desk.at("AT+MEVTFORM=1111111111")
    desk.at("AT+MMSG=1")
    assert desk.at("AT+WJOIN") == b"\r\n[Link-Up Event]\r\n"


# --- addresses --------------------------------------------------------------------------------------------------------


def test_no_lease() -> None:
    desk = Desk(world=world(dhcp=Dhcp(enabled=False)))
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,WPA2,12345678")
    desk.send(b"AT+WJOIN\r")
    assert desk.quiet(15 * S + MS - 1) == JOINING
    assert desk.quiet(1) == ERROR
    assert isinstance(desk.effects[-2], fx.Leave)
    assert desk.at("AT+WSTAT").count(b"Down") == 1


def test_static_address() -> None:
    desk = Desk()
    desk.ok("AT+WNET=0,192.168.12.77,255.255.255.0,192.168.12.1", "AT+WADNS=1.1.1.1")
    assert desk.join() == JOINING + LINK_UP.replace(b"12.10\r", b"12.77\r") + OK
    assert desk.module.link.name_servers == ("1.1.1.1",)
    assert desk.ordered(fx.RequestAddress) == []
    desk.ok("AT+WADNS=2.2.2.2,3.3.3.3")
    desk.at("AT+FDNS=www.google.com,1000")
    (lookup,) = [effect for effect in desk.effects if isinstance(effect, fx.Resolve)]
    assert lookup.servers == ("2.2.2.2", "3.3.3.3")
    assert desk.at("AT+WNET=?").startswith(b"0,192.168.12.77,")


def test_network_that_vanishes_while_an_address_is_asked_for() -> None:
    desk = Desk(world=world(dhcp=Dhcp(delay_ms=5000)))
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,WPA2,12345678")
    desk.send(b"AT+WJOIN\r")
    desk.run(S)
    desk.switch_network(on=False)
    assert desk.quiet(20 * S) == JOINING + ERROR


# --- automatic security -----------------------------------------------------------------------------------------------


def stored_security(desk: Desk) -> tuple[Security, bytes]:
    security = desk.module.storage.wifi.station_security
    return security.type, security.key


def test_found_security_is_stored() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,,12345678")
    assert desk.at("AT+WSEC=?") == b"0,,12345678\r\n" + OK
    image = desk.image
    assert desk.at("AT+WJOIN") == JOINING + LINK_UP + OK
    assert desk.at("AT+WSEC=?") == b"0,WPA2,12345678\r\n" + OK
    assert desk.image != image
    desk.restart()
    assert desk.at("AT+WSEC=?") == b"0,WPA2,12345678\r\n" + OK


def test_network_that_is_not_there() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,nobody", "AT+WSEC=0,,12345678")
    assert desk.at("AT+WJOIN") == ERROR
    assert stored_security(desk) == (Security.AUTO, b"12345678")


def test_open_network_needs_no_key() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,OpenNet", "AT+WSEC=0,,12345678")
    assert desk.at("AT+WJOIN").endswith(LINK_UP + OK)
    assert stored_security(desk) == (Security.OPEN, b"")


def test_wep_needs_a_wep_key() -> None:
    wep = AccessPoint("00:08:DC:AA:BB:03", "wep", security="WEP", key="0102030405")
    desk = Desk(world=World(access_points=(wep,)))
    desk.ok("AT+WSET2=0,wep", "AT+WSEC=0,,12345678")
    assert desk.at("AT+WJOIN") == ERROR
    assert stored_security(desk) == (Security.AUTO, b"12345678")
    desk.ok("AT+WSEC=0,,0102030405")
    assert desk.at("AT+WJOIN").endswith(LINK_UP + OK)
    assert stored_security(desk) == (Security.WEP, bytes(range(1, 6)))


def test_last_network_of_the_name_counts() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,,12345678")
    effects = desk.module.handle(ev.UartReceived(b"AT+WJOIN\r"), desk.now_us)
    (scan,) = [effect for effect in effects if isinstance(effect, fx.Scan)]
    rows = [ev.Network(b"WizFiDemoAP", "", 1, -1, security=word) for word in ("OPEN", "WPA")]
    other = ev.Network(b"other", "", 1, -1, security="OPEN")
    desk.feed(ev.ScanEnded(scan.request, (*rows, other)))
    assert stored_security(desk) == (Security.WPA, b"12345678")


def test_security_that_the_module_does_not_know() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,,12345678")
    effects = desk.module.handle(ev.UartReceived(b"AT+WJOIN\r"), desk.now_us)
    (scan,) = [effect for effect in effects if isinstance(effect, fx.Scan)]
    desk.feed(ev.ScanEnded(scan.request, (ev.Network(b"WizFiDemoAP", "", 1, -1, security="UNKNOWN"),)))
    assert desk.read() == ERROR
