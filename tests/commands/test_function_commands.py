"""Function commands and vendor extensions without a broker: the checks of each in their order, what is printed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.desk import BOTH, ERROR, GUIDE, INVALID_INPUT, MEASURED, MS, OK, Desk, S, world_named
from wizfi_emu.module import effects as fx


def refused(desk: Desk, word: str, *wrong: str) -> None:
    for parameters in wrong:
        assert desk.at(f"AT+{word}={parameters}", S) == INVALID_INPUT, parameters


# --- AT+FPING, AT+FDNS ------------------------------------------------------------------------------------------------

REPLY = {GUIDE: "Ping Reply :  {} ms\r\n", MEASURED: "Ping Reply : {:3} ms\r\n"}


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("millis", [0, 5, 99, 100, 899])
def test_ping_reply(firmware: str, millis: int) -> None:
    desk = Desk(firmware, world=replace(world_named("demo"), pings={"1.2.3.4": millis}), joined=True)
    assert desk.at("AT+FPING=2,1.2.3.4", 2 * S) == REPLY[firmware].format(millis).encode() * 2 + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_ping_without_reply(firmware: str) -> None:
    desk = Desk(firmware, world=replace(world_named("demo"), pings={"1.2.3.4": 901, "1.2.3.5": "error"}))
    assert desk.at("AT+FPING=50,1.2.3.4") == b"Ping error\r\n" * 50 + OK  # no link
    desk.join()
    desk.send(b"AT+FPING=2,1.2.3.4\r")
    assert desk.quiet(1800 * MS - 1) == b"Ping timeout\r\n"
    assert desk.quiet(1) == b"Ping timeout\r\n" + OK
    assert desk.at("AT+FPING=1,1.2.3.5") == b"Ping error\r\n" + OK


@pytest.mark.parametrize(("firmware", "zero"), [(GUIDE, INVALID_INPUT), (MEASURED, OK)])
def test_ping_checks(firmware: str, zero: bytes) -> None:
    desk = Desk(firmware)
    refused(desk, "FPING", "", ",1.2.3.4", "1", "1,", "1,x", "51,1.2.3.4", "1,1.2.3.256", "x,y")
    assert desk.at("AT+FPING=0,1.2.3.4") == zero
    assert desk.at("AT+FPING=x,1.2.3.4") == zero  # what cannot be read is 0


@pytest.mark.parametrize("firmware", BOTH)
def test_name(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "FDNS", "", "www.google.com", "www.google.com,x", ",1000")
    assert desk.at("AT+FDNS=www.google.com,1000") == ERROR
    desk.join()
    assert desk.at("AT+FDNS=www.google.com,1000") == b"173.194.33.38\r\n" + OK
    assert desk.at("AT+FDNS=nobody.example,1000") == ERROR
    assert desk.at("AT+FDNS=1.2.3.4 ,1000") == b"1.2.3.4\r\n" + OK
    desk.at("AT+FDNS=other.example,1000000")
    asked = [(effect.name, effect.limit_us) for effect in desk.effects if isinstance(effect, fx.Resolve)]
    assert asked == [(b"www.google.com", S), (b"nobody.example", S), (b"other.example", 1000 * S)]


@pytest.mark.parametrize("limit_ms", ["0", "999", "1000001"])
def test_limit_of_a_name(limit_ms: str) -> None:
    assert Desk(GUIDE, joined=True).at(f"AT+FDNS=www.google.com,{limit_ms}") == INVALID_INPUT
    assert OK in Desk(MEASURED, joined=True).at(f"AT+FDNS=www.google.com,{limit_ms}")


@pytest.mark.parametrize("firmware", BOTH)
def test_an_access_point_looks_nothing_up(firmware: str) -> None:
    desk = Desk(firmware)
    desk.ok("AT+WSET2=1,Mine")
    desk.at("AT+WJOIN")
    for name in ("1.2.3.4", "www.google.com"):
        assert desk.at(f"AT+FDNS={name},1000") == ERROR
    assert not any(isinstance(effect, fx.Resolve) for effect in desk.effects)


@pytest.mark.parametrize("firmware", BOTH)
def test_pings_leave_by_the_interface_of_the_wifi_mode(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+WSET2=1,Mine")
    assert desk.at("AT+FPING=2,192.168.12.1") == b"Ping error\r\n" * 2 + OK


def test_name_server_that_does_not_answer() -> None:
    desk = Desk(world=replace(world_named("demo"), names={"slow.example": "timeout"}), joined=True)
    desk.send(b"AT+FDNS=slow.example,3000\r")
    assert desk.quiet(3 * S - 1) == b""
    assert desk.quiet(1) == ERROR


# --- web --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_web_server(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "FWEBS", "", ",A", "2", "x", "1,X", "1,AM", '1,""')
    desk.ok("AT+FWEBS=1,m")
    assert desk.at("AT+FWEBS=?") == b"0,M\r\n" + OK  # without a link nothing is started
    desk.join()
    desk.ok("AT+FWEBS=1", "AT+FWEBS=1,A")
    assert desk.at("AT+FWEBS=?") == b"1,A\r\n" + OK
    assert len(desk.ordered(fx.StartWebServer)) == 1
    desk.ok("AT+FWEBS=0", "AT+FWEBS=0,M")
    assert desk.at("AT+FWEBS=?") == b"0,M\r\n" + OK
    assert len(desk.ordered(fx.StopWebServer)) == 1
    desk.ok("AT+WSET2=1,mine", "AT+FWEBS=1")
    assert desk.at("AT+FWEBS=?") == b"0,M\r\n" + OK  # linked, but not in the selected mode


@pytest.mark.parametrize("firmware", BOTH)
def test_web_settings(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+FWEBM=?") == b"1111111\r\n" + OK
    refused(desk, "FWEBM", "", "111111", "11111111", "111111x")
    desk.ok("AT+FWEBM=0123456")
    assert desk.at("AT+FWEBM=?") == b"0123456\r\n" + OK
    assert desk.at("AT+FWEBSOPT=?,1") == b"1,0,0\r\n" + OK
    refused(desk, "FWEBSOPT", "", "?", "?,2", "x", "1", "1,0,0", "1,2,0,0", "1,0,2,0", "1,0,0,x")
    desk.ok("AT+FWEBSOPT=2", "AT+FWEBSOPT=0,x", "AT+FWEBSOPT=1,0,1,300")
    assert desk.at("AT+FWEBSOPT=?,1") == b"0,1,44\r\n" + OK
    refused(desk, "FS2WEB", "", ",x")
    desk.ok('AT+FS2WEB="a,b"', "AT+FS2WEB=?")
    assert desk.module.settings.volatile.web_text == b"?"
    refused(desk, "SMODE", "", ",1")
    desk.ok("AT+SMODE=x", "AT+SMODE=65537")
    assert desk.module.ram.s_mode == 1


# --- AT+FGPIO, AT+FSOCK -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_gpio_checks(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "FGPIO", "", "3,1", "x,1", "0", "0,2", "0,x", "1,1", "1,1,2", "1,1,x", "2,1", "2,1,", "2,9,0")


@pytest.mark.parametrize(("firmware", "answer"), [(GUIDE, INVALID_INPUT), (MEASURED, OK)])
def test_gpio_configuration_beyond_the_known_ones(firmware: str, answer: bytes) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+FGPIO=2,1,6") == answer
    shown = {GUIDE: b"{1,1,3,0}", MEASURED: b"{1,1,6,0}"}[firmware]
    assert desk.at("AT+FGPIO=?").startswith(shown)
    desk.ok("AT+FGPIO=2,1,x")  # what cannot be read is 0
    assert desk.at("AT+FGPIO=?").startswith(b"{0,1,0,1}")


RANGES = {
    1: (["0", "2000", "20000"], ["1", "1999", "20001"]),
    2: (["0", "2000", "20000"], ["1", "1999", "20001"]),
    3: (["0", "1", "4294967295"], []),
    4: (["10", "4294967295"], ["0", "9"]),
    5: (["0", "5", "3600"], ["4", "3601"]),
    6: (["0", "10", "1000"], ["9", "1001"]),
    7: (["0", "5", "1000"], ["4", "1001"]),
    8: (["0", "5", "1000"], ["4", "1001"]),
    9: (["0", "1", "4294967295"], []),
}


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("option", RANGES)
def test_socket_options(option: int, firmware: str) -> None:
    desk = Desk(firmware)
    accepted, out_of_range = RANGES[option]
    assert desk.at("AT+FSOCK=?") == b"5000,5000,5,100,0,0,0,0\r\n" + OK
    refused(desk, "FSOCK", *(f"{option},{value}" for value in [*out_of_range, "", "x"]))
    for value in accepted:
        desk.ok(f"AT+FSOCK={option},{value}")
        shown = desk.at("AT+FSOCK=?").removesuffix(b"\r\n" + OK).split(b",")
        assert len(shown) == 8
        if option < 9:
            assert shown[option - 1] == value.encode()
    refused(desk, "FSOCK", "", "0,0", "10,0", "x,0", "1")


# --- AT+COWAYA, AT+GMMPSET, AT+GMMPDATA, AT+GMMPOPT -------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_cowaya(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+COWAYA=?") == b"0,\r\n" + OK
    refused(desk, "COWAYA", "", "x", "1,0123456789", ",a")
    desk.ok("AT+COWAYA=5,012345678")
    assert desk.at("AT+COWAYA=?") == b"5,012345678\r\n" + OK
    desk.ok("AT+COWAYA=7")
    assert desk.at("AT+COWAYA=?") == b"7,\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_gmmp(firmware: str) -> None:
    desk = Desk(firmware)
    refused(
        desk,
        "GMMPSET",
        "",
        "?",
        "x",
        "1",
        "1,1.2.3.4",
        "1,1.2.3.4,80,a,b,c",
        "1,1.2.3.4,x,a,b,c,d",
        "2",
        "1,,80,a,b,c,d",
    )
    desk.ok("AT+GMMPSET=0", "AT+GMMPSET=2,1.2.3.4,80,a,b,c,d")
    assert desk.at("AT+GMMPSET=1,1.2.3.4,80,a,b,c,d") == ERROR  # it never connects
    assert desk.at("AT+GMMPDATA=?") == b"Temperature=28C\r\n" + OK
    refused(desk, "GMMPDATA", "", "1", "1,", "2,x", "2", "x,x")
    desk.ok('AT+GMMPDATA=1,a,"b')
    assert desk.at("AT+GMMPDATA=?") == b'a,"b\r\n' + OK
    desk.ok("AT+GMMPDATA=0")
    assert desk.at("AT+GMMPDATA=?") == b"\r\n" + OK
    refused(desk, "GMMPOPT", "", "?", "10", "9,0", "13,0", "10,x")
    assert desk.at("AT+GMMPOPT=10,0") == b"0,1\r\n" + OK
    desk.ok("AT+GMMPOPT=10,1,5,ff", "AT+GMMPOPT=11,1", "AT+GMMPOPT=12,1,9")
    assert desk.at("AT+GMMPOPT=10,2") == b"5,255\r\n" + OK
    desk.ok("AT+GMMPOPT=10,1,x,1F2")
    assert desk.at("AT+GMMPOPT=10,2") == b"0,242\r\n" + OK
    desk.ok("AT+GMMPOPT=10,1")
    assert desk.at("AT+GMMPOPT=10,2") == b"0,0\r\n" + OK
    assert desk.at("AT+GMMPOPT=11,0") == desk.at("AT+GMMPOPT=12,0") == b"1\r\n" + OK
