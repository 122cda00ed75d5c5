"""Network commands: the checks of each in their order. Sockets themselves are in tests/module, AT+SSEND too."""

from __future__ import annotations

import pytest

from tests.desk import (
    BOTH,
    GUIDE,
    INVALID_INPUT,
    INVALID_SCID,
    MEASURED,
    MODE_STATUS,
    OK,
    PEER_ADDRESS,
    WIFI_STATUS,
    Desk,
    S,
    event,
)

# --- AT+SCON: each check hides the later ones -------------------------------------------------------------------------

FACTORY = b"O,TSN,,0,5000,1\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("parameters", ["", ",TSN,,,5000,0", "OO,TSN,,,5000,0", "SOS,TSN", "X,TSN,,,5000,0", " O,TSN"])
def test_1_open_type(firmware: str, parameters: str) -> None:
    assert Desk(firmware).at(f"AT+SCON={parameters}") == INVALID_INPUT


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("socket_type", ["", "TS", "TSNN", "XSN", "TXN", "TSX", " TSN", "T"])
def test_2_socket_type(firmware: str, socket_type: str) -> None:
    assert Desk(firmware).at(f"AT+SCON=O,{socket_type},,,5000,0") == INVALID_INPUT


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("data_mode", ["2", "x", "01", "1 ", " "])
def test_3_data_mode(firmware: str, data_mode: str) -> None:
    desk = Desk(firmware, joined=True)
    assert desk.at(f"AT+SCON=O,TSN,,,5000,{data_mode}") == INVALID_INPUT
    desk.udp_client(data_mode=True)
    desk.exchange(b"+++", S)
    assert desk.at(f"AT+SCON=O,TSN,,,5000,{data_mode}") == INVALID_INPUT
    assert desk.at("AT+SCON=O,TSN,,,5001, 0") == MODE_STATUS  # a blank before the digit is read over


@pytest.mark.parametrize("firmware", BOTH)
def test_4_session_and_5_link(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+SCON=O,TSN,,,x,0") == WIFI_STATUS
    assert desk.at("AT+SCON=SO,TSN,,,x,0") == WIFI_STATUS
    assert desk.at("AT+SCON=S,TSN,,,x,0") == INVALID_INPUT
    desk.join()
    desk.udp_client(data_mode=True)
    desk.exchange(b"+++", S)
    desk.switch_network(on=False)
    assert desk.read() == event("DISCONNECT", 0) + b"\r\n[Link-Down Event]\r\n"
    assert desk.at("AT+SCON=O,TSN,,,x,0") == WIFI_STATUS  # the session went with the link


WRONG_ADDRESSES = {
    "TSN": [",,", ",,0", ",,65536", ",,x", "1.2.3.4,5,"],
    "TSS": [",,", ",,0"],
    "TCN": [
        ",,",
        ",5,",
        "1.2.3.4,,",
        "1.2.3.4,0,",
        "1.2.3.4,65536,",
        "1.2.3.4,x,",
        "1.2.3,5,",
        "x,5,",
        "1.2.3.4,5,65536",
    ],
    "TCS": [",,", "1.2.3.4,0,"],
    "UCN": [",,", ",5,", "1.2.3.4,,", "1.2.3.4,0,", "1.2.3.4,5,65536"],
    "USN": [",,", ",,0", ",,65536", ",5,5000", "x,5,5000", "1.2.3.4,,5000", "1.2.3.4,0,5000", "1.2.3.4,65536,5000"],
}


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("open_type", ["O", "S", "SO"])
@pytest.mark.parametrize(("socket_type", "addresses"), [(t, a) for t, rows in WRONG_ADDRESSES.items() for a in rows])
def test_6_addresses(socket_type: str, addresses: str, open_type: str, firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    assert desk.at(f"AT+SCON={open_type},{socket_type},{addresses},0") == INVALID_INPUT
    assert desk.at("AT+SCON=?") == FACTORY


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ("s,tsn,,,5000", b"S,TSN,0.0.0.0,0,5000,0"),
        ("S,TSN,9.9.9.9,99,5000,1", b"S,TSN,0.0.0.0,0,5000,1"),
        ("S,TSS,bad,bad,5000", b"S,TSS,0.0.0.0,0,5000,0"),
        ("S,TCN,1.2.3.4,5", b"S,TCN,1.2.3.4,5,0,0"),
        ("S,TCN, 1.2.3.4 , 5 ,x,1", b"S,TCN,1.2.3.4,5,0,1"),
        ("S,TCN,0.0.0.0,5", b"S,TCN,0.0.0.0,5,0,0"),
        ("S,TCS,1.2.3.4,65535,65535", b"S,TCS,1.2.3.4,65535,65535,0"),
        ("S,USN,,,5000", b"S,USN,0.0.0.0,0,5000,0"),
        ("S,USN,x,x,5000", b"S,USN,0.0.0.0,0,5000,0"),
        ("S,USN,1.2.3.4,5,5000", b"S,USN,1.2.3.4,5,5000,0"),
        ("S,UCN,1.2.3.4,5,", b"S,UCN,1.2.3.4,5,0,0"),
        ('S,"TSN",,,"5000"', b"S,TSN,0.0.0.0,0,5000,0"),
    ],
)
@pytest.mark.parametrize("firmware", BOTH)
def test_7_registration(firmware: str, parameters: str, shown: bytes) -> None:
    desk = Desk(firmware)
    desk.ok(f"AT+SCON={parameters}")
    assert desk.at("AT+SCON=?") == shown + b"\r\n" + OK


def test_registration_is_replaced_although_9_to_11_refuse() -> None:
    desk = Desk(joined=True)
    desk.at("AT+SCON=O,USN,,,6000,0")
    assert desk.at("AT+SCON=O,TSN,,,5000,1") == INVALID_INPUT
    assert desk.at("AT+SCON=?") == b"O,TSN,0.0.0.0,0,5000,1\r\n" + OK
    assert desk.at("AT+SCON=SO,TSS,,,5001,0") == INVALID_INPUT
    assert desk.at("AT+SCON=?") == b"SO,TSS,0.0.0.0,0,5001,0\r\n" + OK
    for port in range(6001, 6008):
        desk.at(f"AT+SCON=O,USN,,,{port},0")
    assert desk.at("AT+SCON=S,USN,,,7000,0") == OK
    assert desk.at("AT+SCON=O,TSN,,,7001,0") == INVALID_SCID
    assert desk.at("AT+SCON=?") == b"O,TSN,0.0.0.0,0,7001,0\r\n" + OK


def test_once_leaves_the_registration_of_the_guide_alone() -> None:
    desk = Desk(GUIDE, joined=True)
    desk.ok("AT+SCON=S,TSN,,,7,0")
    desk.at("AT+SCON=O,USN,,,6000,0")
    assert desk.at("AT+SCON=?") == b"O,USN,0.0.0.0,0,6000,0\r\n" + OK  # what was opened last
    assert b"+SCON=S,TSN,0.0.0.0,0,7,0\r\n" in desk.at("AT+MPROF=VG")
    desk.ok("AT+MPROF=L")
    assert desk.at("AT+SCON=?") == FACTORY


@pytest.mark.parametrize(
    ("firmware", "command", "answer"),
    [
        (MEASURED, "AT+SCON=O,TSN, , ,5000,0", OK),
        (MEASURED, "AT+SCON=O,USN, , ,5000,0", INVALID_INPUT),
        (MEASURED, "AT+SCON=O,USN,1.2.3.4, ,5000,0", INVALID_INPUT),
        (GUIDE, "AT+SCON=O,TSN, , ,5000,0", OK),
        (GUIDE, "AT+SCON=O,USN, , ,5000,0", OK + event("CONNECT", 0)),
        (GUIDE, "AT+SCON=O,USN,1.2.3.4, ,5000,0", INVALID_INPUT),
    ],
)
def test_blanks_between_the_commas(firmware: str, command: str, answer: bytes) -> None:
    assert Desk(firmware, joined=True).at(command) == answer


@pytest.mark.parametrize(("firmware", "refused"), [(GUIDE, True), (MEASURED, False)])
def test_local_port_in_use(firmware: str, refused: bool) -> None:
    desk = Desk(firmware, joined=True)
    desk.tcp_server()
    desk.visit()
    assert (desk.at("AT+SCON=O,TSN,,,5000,0") == INVALID_INPUT) is refused
    assert (desk.at("AT+SCON=SO,USN,,,5000,0") == INVALID_INPUT) is refused
    desk.ok("AT+SCON=S,TSN,,,5000,0")
    desk.network.tcp_listen("l", 6000)
    assert OK in desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0")


# --- AT+SSEND: parameters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("firmware", "closed"), [(GUIDE, INVALID_SCID), (MEASURED, INVALID_INPUT)])
def test_send_checks(firmware: str, closed: bytes) -> None:
    desk = Desk(firmware, joined=True)
    for wrong in ("", "x,,,5", ",,,5", "-1,,,5"):
        assert desk.at(f"AT+SSEND={wrong}") == INVALID_INPUT, wrong
    for scid in (0, 7, 8, 300, 4294967295):
        assert desk.at(f"AT+SSEND={scid},,,x") == closed
    desk.tcp_server()
    assert desk.at("AT+SSEND=0,,,5") == INVALID_INPUT  # nobody is connected
    desk.at("AT+SCON=O,USN,,,6000,0")
    assert desk.at("AT+SSEND=1,,,5") == INVALID_INPUT  # no peer yet
    assert desk.at("AT+SSEND=1,1.2.3.4,,5") == INVALID_INPUT
    desk.visit()
    for wrong in ("0", "0,,", "0,,,", "0,,,x", "0,,,-5", "0,,,5 5"):
        assert desk.at(f"AT+SSEND={wrong}") == INVALID_INPUT, wrong
    assert desk.at("AT+SSEND=0,,,5,x") == b"[0,,,5" + INVALID_INPUT


def test_readable_values_become_the_peer_at_once() -> None:
    desk = Desk(joined=True)
    desk.at("AT+SCON=O,USN,,,6000,0")
    assert desk.at("AT+SSEND=0,1.2.3.4,7,x") == INVALID_INPUT
    assert b"0/USN/1.2.3.4:7/6000/0" in desk.at("AT+SMGMT=?")
    assert desk.at("AT+SSEND=0,,8,x") == INVALID_INPUT
    assert b"0/USN/1.2.3.4:8/6000/0" in desk.at("AT+SMGMT=?")
    assert desk.at("AT+SSEND=0,0.0.0.0,0,1").startswith(b"[0,,,1]")


@pytest.mark.parametrize(("firmware", "moved"), [(GUIDE, False), (MEASURED, True)])
def test_peer_of_a_udp_client(firmware: str, moved: bool) -> None:
    desk = Desk(firmware, joined=True)
    port = desk.udp_client()
    other = desk.network.udp_open("other")
    desk.exchange(f"AT+SSEND=0,{PEER_ADDRESS},{other},1\ra".encode())
    desk.exchange(b"AT+SSEND=0,,,1\rb")
    assert (desk.got("other"), desk.got()) == ((b"ab", b"") if moved else (b"a", b"b"))
    assert f":{other if moved else port}/".encode() in desk.at("AT+SMGMT=?")


# --- AT+SFORM ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("firmware", "end"), [(GUIDE, b"\r\n"), (MEASURED, b"")])
def test_form(firmware: str, end: bytes) -> None:
    desk = Desk(firmware)

    def shown() -> bytes:
        answer = desk.at("AT+SFORM=?")
        assert answer == (answer.upper() if firmware == GUIDE else answer.lower().replace(b"ok", b"OK"))
        return answer.lower()

    end += OK.lower()
    assert shown() == b"111111111,7b,2c,7d,0d,0a" + end
    desk.ok("AT+SFORM=101100110,5B,2f,15d,0D,00")
    assert shown() == b"101100110,5b,2f,5d,0d,00" + end
    for wrong in ("", ",5b", "11111111", "1111111111", "111111112", "111111111,zz", "111111111,,,,,x"):
        assert desk.at(f"AT+SFORM={wrong}") == INVALID_INPUT, wrong
    assert shown() == b"101100110,5b,2f,5d,0d,00" + end
    if firmware == MEASURED:
        desk.ok("AT+SFORM=000000000,,3b")  # what is absent becomes the default, not what it was
        assert shown() == b"000000000,7b,3b,7d,0d,0a" + end


@pytest.mark.parametrize(("firmware", "shown"), [(GUIDE, b"{0hi\n"), (MEASURED, b"{0hi{0\n")])
def test_form_without_the_first_end_character(firmware: str, shown: bytes) -> None:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.ok("AT+SFORM=110000001,7B,2C,7D,0D,0A")
    assert desk.hear(b"hi") == shown


def test_received_blocks() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    blocks = desk.hear(b"x" * 3000)
    assert [blocks.count(f",{size}}}".encode()) for size in (1460, 80)] == [2, 1]
    desk.at("AT+SCON=O,USN,,,6000,0")
    desk.network.udp_open("udp")
    assert desk.datagram(6000, b"y" * 3000, "udp").endswith(b",3000}" + b"y" * 3000 + b"\r\n")
    assert desk.datagram(6000, b"", "udp").endswith(b",0}\r\n")


# --- AT+SOPT1, AT+SOPT2, AT+SDNAME, AT+SDATA --------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_options(firmware: str) -> None:
    desk = Desk(firmware)
    for wrong in ("", "?", "10", "10,", "x,1", "10,x", "10,0", "10,10001"):
        assert desk.at(f"AT+SOPT1={wrong}") == INVALID_INPUT, wrong
    desk.ok("AT+SOPT1=10,1", "AT+SOPT1=10,10000", "AT+SOPT1=31,1,zz", "AT+SOPT1=9,0")
    assert desk.module.ram.escape_time_ms == 10000
    desk.ok("AT+SOPT2=", "AT+SOPT2=?", "AT+SOPT2=1,2,3")


@pytest.mark.parametrize("firmware", BOTH)
def test_host_name(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+SDNAME=?") == b"\r\n" + OK
    for wrong in ("", '""', "n" * 50, ",a"):
        assert desk.at(f"AT+SDNAME={wrong}") == INVALID_INPUT, wrong
    desk.ok("AT+SDNAME=" + "n" * 49, "AT+SDNAME=a,b")
    assert desk.at("AT+SDNAME=?") == b"a\r\n" + OK
