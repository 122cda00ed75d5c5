"""Wi-Fi commands: the checks of each in their order, and what is printed. Joins are in tests/module/test_link."""

from __future__ import annotations

import pytest

from tests.desk import BOTH, ERROR, GUIDE, INVALID_INPUT, LINK_UP, MEASURED, OK, Desk, S, world_named
from wizfi_emu.air.world import AccessPoint, P2pPeer, World
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

SSID_32 = "s" * 32

# --- AT+WSCAN ---------------------------------------------------------------------------------------------------------

ROWS = (
    b"001/OpenNet/00:08:DC:AA:BB:02/-60/54.0/Infra/Open/2.4/1\r\n",
    b"002/WizFiDemoAP/00:08:DC:AA:BB:01/-45/54.0/Infra/WPA2-Mixed/2.4/6\r\n",
)
HEADER = {
    GUIDE: b"Index/SSID/BSSID/RSSI(-dBm)/MaxDataRate(Mbps)/Security/RadioBand (GHz)/Channel\r\n",
    MEASURED: b"Index/SSID/BSSID/RSSI(-dBm)/MaxDataRate(Mbps)/Security/RadioBand(GHz)/Channel\r\n",
}


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("command", ["AT+WSCAN", "AT+WSCAN=", "AT+WSCAN=?", "AT+WSCANX", "AT+WSCAN=,,,50"])
def test_scan_for_all(firmware: str, command: str) -> None:
    assert Desk(firmware).at(command) == HEADER[firmware] + b"".join(ROWS) + OK


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(
    "parameters",
    [
        "XY",
        "X=",
        " =x",
        '="a,b"',
        f"={SSID_32}s",
        "=,x",
        "=,00:00:00:00:00:00",
        "=,,0",
        "=,,15",
        "=,,x",
        "=,,,49",
        "=,,,1001",
        "=,,,x",
    ],
)
def test_scan_refuses(firmware: str, parameters: str) -> None:
    assert Desk(firmware).at("AT+WSCAN" + parameters) == INVALID_INPUT


@pytest.mark.parametrize(
    ("parameters", "order"),
    [
        ("=OpenNet", fx.Scan(0, b"OpenNet")),
        ('="a b"', fx.Scan(0, b'"a b"')),
        (f"={SSID_32}", fx.Scan(0, SSID_32.encode())),
        ("=?x,1:2:3:4:5:6", fx.Scan(0, b"", "01:02:03:04:05:06")),
        ("=,,14,1000", fx.Scan(0, b"", "", 14, 1_000_000)),
        ('="",,1', fx.Scan(0, b'""', "", 1)),
        (",1:2:3:4:5:6", fx.Scan(0, b"", "01:02:03:04:05:06")),
        (",,6", fx.Scan(0, b"", "", 6)),
        ("X,,6", fx.Scan(0, b"", "", 6)),
    ],
)
def test_filters(parameters: str, order: fx.Scan) -> None:
    desk = Desk()
    desk.at(f"AT+WSCAN{parameters}")
    (scan,) = [effect for effect in desk.effects if isinstance(effect, fx.Scan)]
    assert (scan.ssid, scan.bssid, scan.channel, scan.dwell_us) == (
        order.ssid,
        order.bssid,
        order.channel,
        order.dwell_us,
    )


def test_rows() -> None:
    desk = Desk()
    effects = desk.module.handle(ev.UartReceived(b"AT+WSCAN\r"), desk.now_us)
    (scan,) = [effect for effect in effects if isinstance(effect, fx.Scan)]
    words = ["OPEN", "WEP", "WPA", "WPA2AES", "WPA2", "WPAAES", "WPA2TKIP", "UNKNOWN"]
    networks = [ev.Network(b"a/b", "02:00:00:00:00:01", 36, -71, 72.2, word, "Adhoc", "5") for word in words]
    desk.feed(ev.ScanEnded(scan.request, (*networks, *(ev.Network(b"", "", 1, -1) for _ in range(60)))))
    rows = desk.read().split(b"\r\n")[:-2]
    assert len(rows) == 50
    shown = ["Open", "WEP", "WPA", "WPA2", "WPA2-Mixed", "Unknown", "Unknown", "Unknown"]
    for number, name in enumerate(shown, start=1):
        assert rows[number - 1] == f"{number:03}/a/b/02:00:00:00:00:01/-71/72.2/Adhoc/{name}/5/36".encode()
    assert rows[8].startswith(b"009///-1/54.0/Infra/Open/2.4/1")


def test_rows_are_printed_as_networks_are_found() -> None:
    desk = Desk()
    desk.feed(ev.NetworkFound(ev.Network(b"none asked", "", 1, -1)))
    effects = desk.module.handle(ev.UartReceived(b"AT+WSCAN\r"), desk.now_us)
    (scan,) = [effect for effect in effects if isinstance(effect, fx.Scan)]
    networks = [ev.Network(b"net %d" % number, "", 1, -1) for number in range(60)]
    desk.feed(ev.NetworkFound(networks[0]))
    assert desk.read() == b"001/net 0//-1/54.0/Infra/Open/2.4/1\r\n"
    desk.feed(*map(ev.NetworkFound, networks[1:49]))
    desk.read()
    desk.feed(ev.ScanEnded(scan.request, tuple(networks[49:])))
    assert desk.read() == b"050/net 49//-1/54.0/Infra/Open/2.4/1\r\n" + OK


def test_automatic_security_takes_networks_that_are_found_under_way() -> None:
    desk = Desk()
    desk.ok("AT+WSET=0,Net", "AT+WSEC=0,,12345678")
    effects = desk.module.handle(ev.UartReceived(b"AT+WJOIN\r"), desk.now_us)
    (scan,) = [effect for effect in effects if isinstance(effect, fx.Scan)]
    desk.feed(ev.NetworkFound(ev.Network(b"Net", "", 1, -1, security="WPA2AES")), ev.ScanEnded(scan.request))
    assert desk.module.ram.station_security.type.name == "WPA2AES"


def test_scan_while_linked() -> None:
    assert Desk(joined=True).at("AT+WSCAN").endswith(b"".join(ROWS) + OK)


# --- AT+WSET, AT+WSET2 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("firmware", "parameters", "shown"),
    [
        (MEASURED, "0,a,b", b"0,a,b,00:00:00:00:00:00,0"),
        (MEASURED, '0,"a b" ', b'0,"a b" ,00:00:00:00:00:00,0'),
        (MEASURED, "0,net,08:00:DC:11:22:33,1", b"0,net,08:00:DC:11:22:33,1,00:00:00:00:00:00,0"),
        (MEASURED, "00,x", b"0,x,00:00:00:00:00:00,0"),
        (MEASURED, "0 ,x", b"0,x,00:00:00:00:00:00,0"),
        (MEASURED, " 0,x,,7", b"0,x,00:00:00:00:00:00,7"),
        (MEASURED, ",x", b"0,x,00:00:00:00:00:00,0"),
        (GUIDE, "0,net,08:00:DC:11:22:33,1", b"0,net,08:00:dc:11:22:33,1"),
        (GUIDE, '0,"a,b"', b"0,a,b,00:00:00:00:00:00,0"),
        (GUIDE, "1,mine", b"1,mine,00:00:00:00:00:00,6"),
        (MEASURED, "1,mine,1:2:3:4:5:6,14", b"1,mine,00:00:00:00:00:00,14"),
    ],
)
def test_network_settings(firmware: str, parameters: str, shown: bytes) -> None:
    desk = Desk(firmware)
    desk.ok(f"AT+WSET={parameters}")
    assert desk.at("AT+WSET=?") == desk.at("AT+WSET2=?") == shown + b"\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("word", ["WSET", "WSET2"])
@pytest.mark.parametrize(
    "parameters",
    ["", "0", "0,", f"0,{SSID_32}s", "2,x", "x,x", "1", "1,", '1,""', f"1,{SSID_32}s", "1,a,,0", "1,a,,15"],
)
def test_network_refused(firmware: str, word: str, parameters: str) -> None:
    desk = Desk(firmware)
    shown = desk.at("AT+WSET=?")
    assert desk.at(f"AT+{word}={parameters}") == INVALID_INPUT
    assert desk.at("AT+WSET=?") == shown


@pytest.mark.parametrize("word", ["WSET", "WSET2"])
def test_bssid_of_an_access_point(word: str) -> None:
    assert Desk(MEASURED).at(f"AT+{word}=1,a,x") == INVALID_INPUT
    assert Desk(GUIDE).at(f"AT+{word}=1,a,x") == OK


@pytest.mark.parametrize("parameters", ["0,a,x", "0,a,,0", "0,a,,15", "0,a,,x"])
def test_parsed_form_checks_the_station_too(parameters: str) -> None:
    assert Desk(MEASURED).at(f"AT+WSET2={parameters}") == INVALID_INPUT
    assert Desk(GUIDE).at(f"AT+WSET={parameters}") == INVALID_INPUT
    assert Desk(MEASURED).at(f"AT+WSET={parameters}") == OK


@pytest.mark.parametrize("parameters", ["02,x", "0x,x", "0"])
def test_raw_form_checks_the_mode(parameters: str) -> None:
    assert Desk(MEASURED).at(f"AT+WSET={parameters}") == INVALID_INPUT


def test_raw_form_with_mode_one_by_number_changes_the_mode_alone() -> None:
    desk = Desk(MEASURED)
    desk.ok("AT+WSET=01,whatever")
    assert desk.at("AT+WSET=?") == b"1,WizFiSoftAP,00:00:00:00:00:00,1\r\n" + OK


# --- AT+WSEC ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("firmware", "parameters", "shown"),
    [
        (GUIDE, '0,WPA2,"a,b c""d"', None),
        (GUIDE, "0,WPA2,12345678,9", b"0,WPA2,12345678"),
        (MEASURED, "0,WPA2,12345678,9", b"0,WPA2,12345678,9"),
        (GUIDE, '0,wpa2,"12345,78"', b"0,WPA2,12345,78"),
        (MEASURED, '0,wpa2,"12345678', b'0,WPA2,"12345678'),
        (MEASURED, "0,,12345678", b"0,,12345678"),
        (GUIDE, "0,Open", b"0,OPEN,"),
        (MEASURED, "1,OPEN,ignored", b"1,OPEN,0"),
        (MEASURED, "0,WEP,0102030405", b"0,WEP,01 02 03 04 05 "),
        (GUIDE, "0,WEP,010203040A", b"0,WEP,010203040a"),
    ],
)
def test_security_settings(firmware: str, parameters: str, shown: bytes | None) -> None:
    desk = Desk(firmware)
    if shown is None:
        assert desk.at(f"AT+WSEC={parameters}") == INVALID_INPUT
    else:
        desk.ok(f"AT+WSEC={parameters}")
        assert desk.at("AT+WSEC=?") == shown + b"\r\n" + OK


SECURITY_REFUSED = ["", ",WPA2,12345678", "2,WPA2,12345678", "0,WPA3,12345678", "0, WPA2,12345678", '0,"",12345678']
SECURITY_REFUSED += ["1,WEP,abcde", "0,WPA2,1234567", "0,WPA2," + "a" * 64, "0,WEP,abcdef", "0,,", "0,WPA2", "0"]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("parameters", SECURITY_REFUSED)
def test_security_refused(firmware: str, parameters: str) -> None:
    desk = Desk(firmware)
    assert desk.at(f"AT+WSEC={parameters}") == INVALID_INPUT
    assert desk.at("AT+WSEC=?") == b"0,WPA2,12345678\r\n" + OK


# --- AT+WNET, AT+WADNS, AT+WSTAT, AT+WREG -----------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_addresses(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+WNET=?") == b"1,192.168.12.101,255.255.255.0,192.168.12.1\r\n" + OK
    assert desk.at("AT+WNET=2,1.1.1.1") == INVALID_INPUT
    assert desk.at("AT+WNET=?").startswith(b"1,192.168.12.101,")
    # Each address is stored as soon as it is read, the DHCP flag last.
    assert desk.at("AT+WNET=0,1.1.1.1,x,1.1.1.2") == INVALID_INPUT
    assert desk.at("AT+WNET=?") == b"1,1.1.1.1,255.255.255.0,192.168.12.1\r\n" + OK
    desk.ok("AT+WNET=", "AT+WNET=,,255.0.0.0", "AT+WNET=0,,,9.9.9.9")
    assert desk.at("AT+WNET=?") == b"0,1.1.1.1,255.0.0.0,9.9.9.9\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_name_servers(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+WADNS=?") == b",\r\n" + OK
    desk.ok("AT+WADNS=", "AT+WADNS=,2.2.2.2")
    assert desk.at("AT+WADNS=1.1.1.1,x") == INVALID_INPUT
    assert desk.at("AT+WADNS=?") == b"1.1.1.1,2.2.2.2\r\n" + OK
    assert desk.at("AT+WADNS=x,3.3.3.3") == INVALID_INPUT
    assert desk.at("AT+WADNS=?") == b"1.1.1.1,2.2.2.2\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_status(firmware: str) -> None:
    header = b"IF/SSID/IP-Addr/Gateway/MAC/TxPower(dBm)/RSSI(-dBm)\r\n"
    desk = Desk(firmware)
    assert desk.at("AT+WSTAT") == header + b"Down////00:08:DC:00:00:00/17/0\r\n" + OK
    desk.join()
    row = b"STA/WizFiDemoAP/192.168.12.10/192.168.12.1/00:08:DC:00:00:00/17/45\r\n"
    assert desk.at("AT+WSTAT") == header + row + OK
    desk.ok("AT+MCUSTOM=URIEL")
    assert desk.at("AT+WSTAT") == row + OK
    desk.ok("AT+MTXP=3")
    assert desk.at("AT+WSTAT") == row.replace(b"/17/", b"/3/") + OK
    desk.at("AT+WLEAVE")
    desk.ok("AT+MCUSTOM=WIZNET", "AT+WSET=1,mine")
    desk.at("AT+WJOIN")
    row = b"AP/mine/192.168.12.101/192.168.12.1/00:08:DC:00:00:00/3/0\r\n"
    assert desk.at("AT+WSTAT") == header + row + OK


@pytest.mark.parametrize("wrong", ["", "K", "KRX", "kr", "XX", " KR"])
def test_country_refused(wrong: str) -> None:
    desk = Desk()
    assert desk.at(f"AT+WREG={wrong}") == INVALID_INPUT
    assert desk.at("AT+WREG=?") == b"AU\r\n" + OK


# --- AT+WANT, AT+WBGN, AT+WRFMODE, AT+WCHECK --------------------------------------------------------------------------


def test_radio_settings() -> None:
    desk = Desk()
    assert desk.at("AT+WANT=?") == b"3(3)\r\n" + OK
    for wrong in ("", "2", "4", "x"):
        assert desk.at(f"AT+WANT={wrong}") == INVALID_INPUT
    desk.ok("AT+WANT=0")
    assert desk.at("AT+WANT=?") == b"0(0)\r\n" + OK
    for wrong in ("", "3", "x", "?"):
        assert desk.at(f"AT+WBGN={wrong}") == INVALID_INPUT
    desk.ok("AT+WBGN=0", "AT+WBGN=2")
    assert desk.at("AT+WRFMODE=?") == b"0(0)\r\n" + OK
    for wrong in ("", "5", "x"):
        assert desk.at(f"AT+WRFMODE={wrong}") == INVALID_INPUT
    desk.ok("AT+WRFMODE=4", "AT+MPROF=S")
    desk.restart()
    assert desk.at("AT+WRFMODE=?") == b"4(4)\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_supervision(firmware: str) -> None:
    desk = Desk(firmware)
    last = ",0" if firmware == MEASURED else ""
    assert desk.at("AT+WCHECK=?") == f"0,0,0{last}\r\n".encode() + OK
    for wrong in (
        "",
        "x",
        "10",
        "10,5",
        "10,5,x",
        "10,x,1",
        "9,5,1",
        "86401,5,1",
        "10,4,1",
        "10,21,1",
        "10,5,0",
        "10,5,21",
    ):
        assert desk.at(f"AT+WCHECK={wrong}") == INVALID_INPUT, wrong
    assert desk.at("AT+WCHECK=10,5,1,x") == {GUIDE: OK, MEASURED: INVALID_INPUT}[firmware]
    desk.ok("AT+WCHECK=86400,20,20,1", "AT+WCHECK=0,x,y")
    last = ",1" if firmware == MEASURED else ""
    assert desk.at("AT+WCHECK=?") == f"0,20,20{last}\r\n".encode() + OK


# --- Wi-Fi Direct -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("firmware", "rows"),
    [
        (GUIDE, b"0: 'one' on channel 1\r\n1: 'two' on channel 6\r\n"),
        (MEASURED, b" 1: 'two' on channel 6\r\n 0: 'one' on channel 1\r\n"),
    ],
)
def test_p2p_list_and_invitation(firmware: str, rows: bytes) -> None:
    peers = (P2pPeer("one", 1, found_after_ms=100), P2pPeer("two", 6, found_after_ms=200))
    desk = Desk(firmware, world=World(p2p_peers=peers))
    desk.ok("AT+WP2P_STOP")
    assert desk.at("AT+WP2P_PEERLIST") == b"P2P Peers:\r\n" + OK
    desk.at("AT+WP2P_START", S)
    assert desk.at("AT+WP2P_PEERLIST") == b"P2P Peers:\r\n" + rows + OK
    assert desk.at("AT+WP2P_INVITE=") == INVALID_INPUT
    assert desk.at("AT+WP2P_INVITE=x") == INVALID_INPUT
    desk.ok("AT+WP2P_INVITE=2", "AT+WP2P_INVITE=99")
    assert desk.ordered(fx.InviteP2p) == []
    desk.at("AT+WP2P_INVITE=1")
    assert desk.ordered(fx.InviteP2p) == [fx.InviteP2p("two")]


def test_p2p_needs_level_2_and_station_mode() -> None:
    desk = Desk()
    desk.exchange(b"AT+MMSG=3\r")
    assert desk.at("AT+WP2P_START").endswith(ERROR)
    desk.exchange(b"AT+MMSG=2\rAT+WSET=1,mine\r")
    assert desk.at("AT+WP2P_START") == ERROR


# --- AT+WWPS ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["", "2", "x", "1", "1,", "1,1234567890"])
def test_wps_refused(wrong: str) -> None:
    assert Desk().at(f"AT+WWPS={wrong}") == INVALID_INPUT
    assert Desk(joined=True).at(f"AT+WWPS={wrong}") == ERROR  # the link is looked at first


def test_hidden_network_is_found_by_its_name() -> None:
    world = World(access_points=(AccessPoint("00:08:DC:AA:BB:07", "hidden", hidden=True),))
    desk = Desk(world=world)
    assert b"001//00:08" in desk.at("AT+WSCAN")
    assert b"001/hidden/00:08" in desk.at("AT+WSCAN=hidden")


def test_demo_world_is_what_these_tests_think() -> None:
    assert [point.ssid for point in world_named("demo").access_points] == ["OpenNet", "WizFiDemoAP"]
    assert Desk(joined=True).at("AT+WLEAVE").endswith(OK)
    assert LINK_UP in Desk().join()
