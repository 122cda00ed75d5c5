"""The air-command service: requests, answers, when they run, who else sees the output."""

from __future__ import annotations

import pytest

from tests.desk import BOTH, GUIDE, INVALID_INPUT, LINK_DOWN, LINK_UP, MEASURED, MS, OK, WIFI_STATUS, Desk, S, event
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

HEADER = b"WizFi250AirCmd:"
PORT = 50001


def serving(firmware: str = MEASURED, protocol: str = "T") -> Desk:
    """A joined module with its air-command service; the serial line has been silent for long."""
    desk = Desk(firmware, joined=True)
    desk.ok(f"AT+MAIRCMD=O,{protocol},{PORT},1")
    if protocol == "T":
        assert desk.visit(PORT) == b""
    else:
        desk.network.udp_open("peer")
    desk.run(S)
    return desk


def ask(desk: Desk, request: bytes, duration_us: int = 100 * MS) -> bytes:
    """What the client gets; the serial line sees nothing."""
    assert desk.hear(request) == b""
    assert desk.quiet(duration_us) == b""
    return desk.got()


@pytest.mark.parametrize("firmware", BOTH)
def test_tcp(firmware: str) -> None:
    desk = serving(firmware)
    assert ask(desk, HEADER + b"AT\r") == OK
    assert ask(desk, HEADER + b"AT+MECHO=?\r").endswith(b"0\r\n" + OK)
    assert ask(desk, HEADER + b"nonsense\r") == INVALID_INPUT
    assert ask(desk, HEADER + b"\r") == b""


def test_udp_answers_go_to_the_sender() -> None:
    desk = serving(protocol="U")
    desk.datagram(PORT, HEADER + b"AT\r")
    assert desk.network.datagrams("peer") == [OK]
    desk.at("AT+MMSG=1")
    desk.run(S)
    desk.datagram(PORT, HEADER + b"AT\r")
    assert desk.network.datagrams("peer") == [b""]


@pytest.mark.parametrize(
    "request_",
    [b"", b"AT\r", b"wizfi250aircmd:AT\r", HEADER, HEADER + b"AT", HEADER + b"AT\r\n", b"x" + HEADER + b"AT\r"],
)
def test_what_is_no_request_is_ignored(request_: bytes) -> None:
    desk = serving()
    assert ask(desk, request_, S) == b""
    assert ask(desk, HEADER + b"AT\r") == OK


def test_several_commands_and_repetition() -> None:
    desk = serving()
    desk.at("AT+MMSG=?")
    desk.run(S)
    assert ask(desk, HEADER + b"A/AT\r\rAT+FOO\ra/\r") == b"2\r\n" + OK + OK + INVALID_INPUT * 2


def test_unfinished_serial_line_is_continued() -> None:
    desk = serving()
    desk.exchange(b"AT+MM", S)
    assert ask(desk, HEADER + b"SG=?\r") == b"2\r\n" + OK


def test_runs_when_the_line_is_silent() -> None:
    desk = serving()
    desk.send(b"\n")
    desk.hear(HEADER + b"AT\r")
    desk.run(100 * MS - 1)
    assert desk.got() == b""
    desk.run(1)
    assert desk.got() == OK


def test_runs_in_data_mode_too() -> None:
    desk = serving()
    desk.tcp_client(data_mode=True, peer="data")
    desk.run(S)
    assert ask(desk, HEADER + b"AT+WSTAT\r").endswith(OK)
    assert desk.in_data_mode


def test_requests_are_answered_in_order() -> None:
    desk = serving()
    desk.send(b"\n")
    desk.hear(HEADER + b"AT+FPING=1,1.2.3.4\r")
    desk.hear(HEADER + b"AT\r")
    desk.run(2 * S)
    assert desk.got() == b"Ping timeout\r\n" + OK + OK


def test_events_of_the_moment_go_into_the_answer_and_raw_output_does_not() -> None:
    desk = serving()
    desk.tcp_client(peer="data")
    desk.run(S)
    desk.hear(HEADER + b"AT+FPING=1,1.2.3.4\r")
    assert desk.hear(b"x", "data") == b"{0,192.168.12.50,40001,1}x\r\n"
    assert desk.part("data") == b""
    assert desk.quiet(S) == b""
    assert desk.got() == event("DISCONNECT", 0) + b"Ping timeout\r\n" + OK


def test_certificates_go_to_the_serial_line() -> None:
    desk = serving()
    desk.exchange(b"AT+MCERT=W,C,3\rabc")
    desk.run(S)
    desk.hear(HEADER + b"AT+MCERT=R,C\r")
    assert desk.quiet(0) == b""
    assert desk.got() == OK


def test_long_answers_are_cut() -> None:
    desk = serving()
    answer = ask(desk, HEADER + b"AT+MHELP\r")
    assert len(answer) == 1459
    assert answer.endswith(b"." * 9)


def test_short_scan() -> None:
    rows = b"001/OpenNet/-60/Open/1\r\n002/WizFiDemoAP/-45/WPA2-Mixed/6\r\n"
    assert ask(serving(), HEADER + b"AT+WSCAN\r") == b"Index/SSID/RSSI(-dBm)/Security/Channel\r\n" + rows + OK


def test_answer_is_not_later_than_ten_seconds() -> None:
    desk = serving()
    desk.hear(HEADER + b"AT+FPING=20,1.2.3.4\r")
    desk.run(10 * S - 1)
    assert desk.got() == b""
    desk.run(1)
    assert desk.got() == b"Ping timeout\r\n" * 11
    assert desk.quiet(10 * S) == b""
    assert desk.got() == b""
    assert desk.at("AT") == OK


def test_data_of_ssend_comes_from_the_serial_line() -> None:
    desk = serving()
    desk.tcp_client(peer="data")
    desk.run(S)
    desk.hear(HEADER + b"AT+SSEND=0,,,5\r")
    assert desk.exchange(b"hello") == b""
    assert desk.got("data") == b"hello"
    assert desk.got() == b"[0,,,5]\r\n" + OK


def test_delayed_responses_go_into_the_answer() -> None:
    desk = serving()
    desk.module.ram.event_delay_ms = 50
    assert ask(desk, HEADER + b"AT\rAT+MMSG=?\r", S) == OK + b"2\r\n" + OK


def test_command_that_resets_gets_no_answer() -> None:
    desk = serving()
    desk.hear(HEADER + b"AT+MRESET\r")
    assert desk.quiet(S) == desk.banner
    assert desk.got() == b""


def test_service_has_no_id_and_outlives_all() -> None:
    desk = serving()
    assert desk.at("AT+SMGMT=?").startswith(b"Number of Sockets : 0 ")
    desk.at("AT+SMGMT=ALL")
    desk.run(S)
    assert ask(desk, HEADER + b"AT\r") == OK
    desk.part()
    desk.visit(PORT)
    assert ask(desk, HEADER + b"AT\r") == OK


@pytest.mark.parametrize("firmware", BOTH)
def test_service_ends_with_the_link(firmware: str) -> None:
    desk = serving(firmware)
    desk.switch_network(on=False)
    assert desk.read() == LINK_DOWN
    assert desk.ordered(fx.CloseAirPort) == [fx.CloseAirPort()]
    desk.network.tcp_refused(PORT)
    desk.switch_network(on=True)
    assert desk.quiet(S) == LINK_UP
    desk.network.tcp_refused(PORT)


def test_request_of_a_service_that_is_over_is_ignored() -> None:
    desk = serving()
    desk.at("AT+WLEAVE")
    desk.feed(ev.AirCommandReceived(1, HEADER + b"AT\r"))
    desk.effects.clear()
    desk.run(S)
    assert desk.ordered(fx.AnswerAirCommand) == []


# --- AT+MAIRCMD -------------------------------------------------------------------------------------------------------


def test_setting() -> None:
    desk = Desk()
    assert desk.at("AT+MAIRCMD=?") == b",\x00,0,0\r\n" + OK
    assert desk.at("AT+MAIRCMD=O,X,x,x") == WIFI_STATUS
    desk.join()
    for wrong in ("O,X", "O,T,x", "O,T,1,xyz", "SO,T", "", ",T"):
        assert desk.at(f"AT+MAIRCMD={wrong}") == INVALID_INPUT, wrong
    desk.ok("AT+MAIRCMD=o,t,50001,1")
    assert desk.at("AT+MAIRCMD=?") == b"O,T,50001,1\r\n" + OK
    assert desk.at("AT+MAIRCMD=O,T,50002") == INVALID_INPUT  # it runs already
    desk.ok("AT+MAIRCMD=S,U,65537,1f", "AT+MAIRCMD=S,T")
    assert desk.at("AT+MAIRCMD=?") == b"S,T,0,0\r\n" + OK


def test_port_in_use() -> None:
    desk = Desk(joined=True)
    desk.tcp_server(PORT)
    desk.ok(f"AT+MAIRCMD=O,T,{PORT}")
    desk.ok(f"AT+MAIRCMD=O,U,{PORT}")  # the first one did not start


@pytest.mark.parametrize(("firmware", "runs"), [(GUIDE, True), (MEASURED, False)])
def test_service_at_link_up(firmware: str, runs: bool) -> None:
    desk = Desk(firmware)
    desk.ok(f"AT+MAIRCMD=S,T,{PORT},0", "AT+MPROF=S")
    desk.restart()
    desk.join()
    assert desk.module.air.running is runs


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(("open_type", "runs"), [("S", True), ("O", False)])
def test_service_at_a_boot_with_a_socket_service(firmware: str, open_type: str, runs: bool) -> None:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,0", f"AT+MAIRCMD={open_type},T,{PORT},0", "AT+MPROF=S")
    desk.restart()
    assert desk.module.air.running is runs


def test_service_of_an_access_point_that_boots() -> None:
    """With the guide, as long as AT+MAIRCMD=S says nothing else; the port is not where the settings go afterwards."""
    seen = []
    for setting in (None, "S,U,6000,0"):
        desk = Desk(GUIDE)
        desk.ok("AT+WSET=1,mine", "AT+SCON=S,TSN,,,5000,0", *([f"AT+MAIRCMD={setting}"] if setting else []))
        desk.ok("AT+MPROF=S")
        desk.restart()
        desk.ok("AT+MAIRCMD=S,T,7000,0")
        seen.append(desk.module.air.port)
    assert seen == [50001, 6000]


def test_service_does_not_start_when_the_join_at_boot_fails() -> None:
    desk = Desk()
    desk.ok("AT+SCON=S,TSN,,,5000,0", f"AT+MAIRCMD=S,T,{PORT}", "AT+MPROF=S")
    desk.restart()
    assert not desk.module.air.running
