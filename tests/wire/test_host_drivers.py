"""What Arduino libraries and bare-metal examples send and wait for, on a real pseudo-terminal.

Each test names its driver family: ``seeeduino`` (Seeeduino and its relatives, Stream API), ``wizfi310_arduino``
(WizFi310 library in the style of WiFiEsp), ``w7500`` (examples for the WIZwiki-W7500). They end commands with CR.
"""

from __future__ import annotations

import time

import pytest

from tests.wire.bench import Bench
from tests.wire.drivers import VERSION, banner, both_firmwares, paced, succeeds, without_echo
from tests.wire.emulator import Terminal

# Starting the program takes most of a quarter of a second.
pytestmark = pytest.mark.slow

PAUSE_S = 0.01
"""A Stream reader takes what comes until this long nothing has come."""


# --- Seeeduino --------------------------------------------------------------------------------------------------------


@both_firmwares
@paced
def test_seeeduino_static_address_from_a_saved_profile(module: Bench, firmware: str) -> None:
    """The bare text OK is what it looks for; the addresses come later than the rest of their command, with blanks."""
    terminal = module.terminal

    def ask(*pieces: bytes) -> bytes:
        terminal.read_until_silent(PAUSE_S)
        for piece in pieces:
            terminal.send(piece)
            time.sleep(PAUSE_S if piece is not pieces[-1] else 0)  # the driver's own pause within a command
        return terminal.read_until(b"OK")

    ask(b"AT+MFDEF=FR\r")
    terminal.read_until(banner(firmware))
    for line in (b"AT+WLEAVE\r", b"AT+WSET=0,WizFiDemoAP\r", b"AT+WSEC=0,WPA2,12345678\r", b"AT+MPROF=S\r"):
        ask(line)
    ask(b"AT+MRESET\r")
    terminal.read_until(banner(firmware))
    ask(b"AT+WNET=0,", b"192.168.12.150, 255.255.255.0, 192.168.12.1\r")
    assert b"IP Addr    : 192.168.12.150\r\n" in ask(b"AT+WJOIN\r")
    assert b"STA/WizFiDemoAP/192.168.12.150/192.168.12.1/" in ask(b"AT+WSTAT\r")


@paced
def test_seeeduino_finds_a_pause_after_every_answer(joined: Bench) -> None:
    """Before each command it reads until 10 ms of silence; a line that never pauses would block it."""
    terminal = joined.terminal
    for line in (b"AT+MHELP\r", b"AT+WSCAN\r", b"AT+MPROF=VG\r"):
        terminal.send(line)
        terminal.read_until(b"OK")
        terminal.expect(b"]\r\n")
        terminal.expect_silence(PAUSE_S)


@both_firmwares
@paced
def test_seeeduino_server_with_blanks_as_empty_parameters(joined: Bench) -> None:
    """What is left of the CONNECT line has to follow at once: after 10 ms of silence everything is data."""
    terminal, peers = joined.terminal, joined.peers
    terminal.send(b"AT+SCON=O,TSN, , ,5000,1\r")
    terminal.read_until(b"OK]\r\n")

    def line_ends_without_a_gap() -> bool:
        peers.connect("client", 5000)
        terminal.read_until(b"CONNECT")
        rest = terminal.read_until_silent(PAUSE_S)
        peers.send("client", b"GET /")
        terminal.expect((b" 0]\r\n" + b"GET /").removeprefix(rest))
        peers.close("client")
        terminal.expect(b"\r\n[DISCONNECT 0]\r\n")
        return rest == b" 0]\r\n"

    assert succeeds(line_ends_without_a_gap)


def test_seeeduino_client_as_a_service(joined: Bench) -> None:
    """It opens with SO, waits for CONNECT, talks in data mode, and users close with +++ and AT+SMGMT=ALL."""
    terminal, peers = joined.terminal, joined.peers
    peers.listen("server", 5000)
    terminal.send(b"AT+SCON=SO,TCN,192.168.12.23,5000,5001,1\r")
    terminal.read_until(b"CONNECT")
    terminal.expect(b" 0]\r\n")
    assert peers.accept("client", "server") == 5001
    terminal.send(b"Hello")
    assert peers.receive("client", 5) == b"Hello"
    terminal.send(b"+++")
    terminal.read_until(b"OK")
    terminal.send(b"AT+SMGMT=ALL\r")
    terminal.read_until(b"OK")
    peers.expect_closed("client")


@pytest.mark.parametrize(
    ("firmware", "stream"),
    [("guide", b"[OK]\r\n\r\n[CONNECT 0]\r\nabc"), ("1.0.5.2", b"\r\n[CONNECT 0]\r\nabc[OK]\r\n")],
)
def test_seeeduino_ok_of_scon_within_the_data(joined: Bench, stream: bytes) -> None:
    """Firmware 1.0.5.2 enters data mode with CONNECT; its OK comes 100 ms after the command, behind early data."""
    terminal, peers = joined.terminal, joined.peers
    peers.listen("server", 5000)
    terminal.exchange(b"AT+SCON=O,TCN,192.168.12.23,5000,,1\r", b"AT+SCON=O,TCN,192.168.12.23,5000,,1\r\n")
    peers.accept("client", "server")
    peers.send("client", b"abc")
    terminal.expect(stream)


# --- WizFi310 Arduino library -----------------------------------------------------------------------------------------


def test_wizfi310_arduino_start(module: Bench) -> None:
    """It asks AT until it gets exactly the OK, switches the echo off and leaves a network that may be joined."""
    terminal = module.terminal
    terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")
    terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
    terminal.exchange(b"AT+WLEAVE\r", b"[OK]\r\n")


@both_firmwares
@without_echo
def test_wizfi310_arduino_answers_begin_with_their_first_line(joined: Bench, firmware: str) -> None:
    """It counts lines, so without echo nothing may come before the first one, and no blank line."""
    terminal = joined.terminal
    status = b"IF/SSID/IP-Addr/Gateway/MAC/TxPower(dBm)/RSSI(-dBm)\r\n"
    for line, answer in (
        (b"AT", b""),
        (b"AT+MMAC=?", b"00:08:DC:25:00:01\r\n"),
        (b"AT+WSET=?", b"0,WizFiDemoAP,00:00:00:00:00:00,0\r\n"),
        (b"AT+WNET=?", b"1,192.168.12.101,255.255.255.0,192.168.12.1\r\n"),
        (b"AT+MINFO", b"FW version/HW version\r\n%s/WizFi250 Rev 1.0\r\n" % VERSION[firmware]),
        (b"AT+WSTATUS", status + b"STA/WizFiDemoAP/192.168.12.10/192.168.12.1/00:08:DC:25:00:01/17/45\r\n"),
    ):
        terminal.exchange(line + b"\r", answer + b"[OK]\r\n")
    terminal.exchange(b"AT+WLEAVE\r", b"\r\n[Link-Down Event]\r\n[OK]\r\n")
    terminal.exchange(b"AT+WSTATUS\r", status + b"Down////00:08:DC:25:00:01/17/0\r\n[OK]\r\n")
    terminal.exchange(b"AT+NOTHING\r", b"[ERROR: INVALID INPUT]\r\n")


@both_firmwares
@without_echo
def test_wizfi310_arduino_sockets_have_the_lowest_free_number(joined: Bench) -> None:
    """It takes OK and CONNECT in either order, and closes with AT+SMGMT=n: OK and DISCONNECT in either order."""
    terminal, peers = joined.terminal, joined.peers

    def close(number: int) -> None:
        terminal.send(b"AT+SMGMT=%d\r" % number)
        terminal.read_until_all(b"[OK]\r\n", b"[DISCONNECT %d]\r\n" % number)

    peers.listen("server", 5000)
    for number in (0, 1):
        joined.open_socket(b"AT+SCON=O,TCN,192.168.12.23,5000,,0\r", number)
    close(0)
    joined.open_socket(b"AT+SCON=O,UCN,192.168.12.23,5000,,0\r", 0)
    close(1)
    close(0)
    terminal.send(b"AT+SMGMT=?\r")
    assert b"Number of Sockets : 0" in terminal.read_until(b"[OK]\r\n")


@both_firmwares
@without_echo
@paced
def test_wizfi310_arduino_echo_comes_behind_the_ok(joined: Bench) -> None:
    """Exactly the prompt, then the payload, then the OK; a frame that came before the OK would be lost."""
    terminal, peers = joined.terminal, joined.peers
    joined.open_client()
    for count in (1, 9, 10, 100, 1000, 1400):
        terminal.exchange(b"AT+SSEND=0,,,%d\r" % count, b"[0,,,%d]\r\n" % count)
        terminal.send(b"x" * count)
        peers.send("client", peers.receive("client", count))
        terminal.expect(b"[OK]\r\n{0,192.168.12.23,5000,%d}" % count + b"x" * count + b"\r\n")


@without_echo
def test_wizfi310_arduino_name_before_the_connect(joined: Bench) -> None:
    """One line with the address, or exactly the error."""
    joined.terminal.exchange(b"AT+FDNS=www.google.com,10000\r", b"173.194.33.38\r\n[OK]\r\n")
    joined.terminal.exchange(b"AT+FDNS=www.google.invalid,10000\r", b"[ERROR]\r\n")


# --- WIZwiki-W7500 examples -------------------------------------------------------------------------------------------

MOST_LINES = 10


def lines_up_to(terminal: Terminal, text: bytes) -> int:
    """How many lines the driver has to look at until one has the text, blank ones and the echo included."""
    count = 1
    while text not in terminal.read_line():
        count += 1
    return count


@both_firmwares
@paced
def test_w7500_answers_are_within_the_first_ten_lines(module: Bench) -> None:
    """Echo stays on; automatic security. AT+SCON is searched for OK and CONNECT, in either order."""
    terminal, peers = module.terminal, module.peers
    peers.listen("server", 5000)
    for line in (b"AT+WLEAVE", b"AT+WNET=1", b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WJOIN"):
        terminal.send(line + b"\r")
        assert lines_up_to(terminal, b"[OK]") <= MOST_LINES
    answer = module.open_socket(b"AT+SCON=O,TCN,192.168.12.23,5000,5001,0\r")
    assert answer.count(b"\r\n") <= MOST_LINES
    peers.accept("client", "server")
    terminal.send(b"AT+SMGMT=ALL\r")
    assert lines_up_to(terminal, b"[OK]") <= MOST_LINES


@both_firmwares
@paced
def test_w7500_ex4_payload_in_the_same_write_as_ssend(joined: Bench) -> None:
    """The payload does not wait for the prompt; it is neither echoed nor lost."""
    terminal, peers = joined.terminal, joined.peers
    joined.open_client()
    for payload in (b"Hello", b"AT+SMGMT=ALL\r", b"\n\x08\x00A/+++"):
        command = b"AT+SSEND=0,,,%d\r" % len(payload)
        answer = command + b"\n[0,,,%d]\r\n[OK]\r\n" % len(payload)
        terminal.exchange(command + payload, answer)
        assert peers.receive("client", len(payload)) == payload
    terminal.expect_silence()


def test_w7500_ex5_escape_right_behind_the_last_byte(joined: Bench) -> None:
    """+++ needs no silence before it. A second later the example drains the line and closes everything."""
    terminal, peers = joined.terminal, joined.peers
    joined.open_client(mode=1)

    def answers_within_the_second() -> bool:
        terminal.send(b"the last byte+++")
        assert peers.receive("client", 13) == b"the last byte"
        time.sleep(1.01)  # the example's own wait, and what it needs to go on
        drained = terminal.read_some(0)
        if drained != b"[OK]\r\n":
            terminal.expect(b"[OK]\r\n".removeprefix(drained))
            terminal.exchange(b"AT+SDATA\r", b"AT+SDATA\r\n[OK]\r\n")
        return drained == b"[OK]\r\n"

    assert succeeds(answers_within_the_second)
    terminal.exchange(b"AT+SMGMT=ALL\r", b"AT+SMGMT=ALL\r\n\r\n[DISCONNECT 0]\r\n[OK]\r\n")
    peers.expect_closed("client")


def test_w7500_ex3_escape_one_by_one_and_a_lone_cr(joined: Bench) -> None:
    """The three come from a keyboard; a second later a CR alone asks for nothing."""
    terminal = joined.terminal
    joined.open_client(mode=1)
    for _ in range(3):
        time.sleep(0.1)  # typed by hand
        terminal.send(b"+")
    terminal.expect(b"[OK]\r\n")
    terminal.exchange(b"\r", b"\r\n")
    terminal.expect_silence()
    terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")


def test_w7500_escape_after_the_peer_has_left_is_command_text(joined: Bench) -> None:
    """The module is in command mode with DISCONNECT; +++ spoils the next command then."""
    terminal, peers = joined.terminal, joined.peers
    joined.open_client(mode=1)
    peers.close("client")
    terminal.expect(b"\r\n[DISCONNECT 0]\r\n")
    terminal.exchange(b"+++AT+SMGMT=ALL\r", b"+++AT+SMGMT=ALL\r\n[ERROR: INVALID INPUT]\r\n")
    terminal.exchange(b"AT+SMGMT=?\r", b"AT+SMGMT=?\r\nNumber of Sockets : 0 (")
