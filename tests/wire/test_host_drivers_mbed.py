"""What the mbed drivers send and wait for, on a real pseudo-terminal.

``mbed_os`` is the WizFi310 driver of mbed-os 5 (ATCmdParser), ``kaizen`` the WizFi250Interface of mbed 2. Both end
commands with CR LF, except for AT+SSEND, whose next byte is payload.
"""

from __future__ import annotations

import re
import socket
import time

import pytest

from tests.wire.bench import Bench
from tests.wire.drivers import banner, both_firmwares, paced, succeeds, without_echo
from tests.wire.emulator import Terminal

# Starting the program takes most of a quarter of a second.
pytestmark = pytest.mark.slow

SHORT_S = 5
"""mbed-os waits half a second for most answers, and 10 s for opening a socket; a busy machine needs more than half."""
CONNECT = b"AT+SCON=O,TCN,192.168.12.23,5000,,0\r\n"


def find(terminal: Terminal, *wanted: bytes, limit_s: float = SHORT_S) -> bool:
    """Look for lines with these beginnings, one after the other, as ATCmdParser does: what is between is gone."""
    deadline_s = time.monotonic() + limit_s
    left = list(wanted)
    while left:
        try:
            line = terminal.read_line(max(0.0, deadline_s - time.monotonic()))
        except AssertionError:
            return False
        if line.startswith(left[0]):
            del left[0]
    return True


# --- mbed-os 5 --------------------------------------------------------------------------------------------------------


@both_firmwares
def test_mbed_os_start(module: Bench, firmware: str) -> None:
    """The saved echo survives the reset; setting the UART resets too, and then comes the banner it waits for."""
    terminal = module.terminal
    for line in (b"AT", b"AT+MECHO=0", b"AT+MPROF=S"):
        terminal.send(line + b"\r\n")
        assert find(terminal, b"[OK]")
    for line in (b"AT+MRESET\r\n", b"AT+USET=115200,N,8,1,N\r\n"):
        terminal.exchange(line, b"[OK]\r\n" + banner(firmware))
        terminal.exchange(b"AT\r\n", b"[OK]\r\n")
    terminal.expect_silence()


@both_firmwares
@without_echo
def test_mbed_os_join_and_status(module: Bench) -> None:
    """The lines of the link-up block in this order and spelling, then the exact header of the status."""
    terminal = module.terminal
    for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WNET=1"):
        terminal.exchange(line + b"\r\n", b"[OK]\r\n")
    terminal.send(b"AT+WJOIN\r\n")
    lines = (b"[Link-Up Event]", b"  IP Addr    : 192.168.12.10", b"  Gateway    : 192.168.12.1", b"[OK]")
    assert find(terminal, *lines)
    terminal.send(b"AT+WSTATUS\r\n")
    header = b"IF/SSID/IP-Addr/Gateway/MAC/TxPower(dBm)/RSSI(-dBm)"
    assert find(terminal, header, b"STA/WizFiDemoAP/192.168.12.10/", b"[OK]")


@pytest.mark.parametrize(("firmware", "opens"), [("guide", True), ("1.0.5.2", False)])
@pytest.mark.parametrize("kind", [b"TCN", b"UCN"])
@without_echo
def test_mbed_os_opens_when_ok_comes_before_connect(joined: Bench, kind: bytes, opens: bool) -> None:
    """It looks for OK first. Firmware 1.0.5.2 prints the CONNECT of UDP and of a near peer before it, which is lost."""
    joined.peers.listen("server", 5000)
    joined.terminal.send(CONNECT.replace(b"TCN", kind))
    assert find(joined.terminal, b"[OK]")
    assert find(joined.terminal, b"[CONNECT 0]") is opens


@both_firmwares
@without_echo
def test_mbed_os_opens_when_connecting_takes_longer(joined: Bench) -> None:
    """A peer whose queue is full answers only the second request, which comes a second later."""
    peers, terminal = joined.peers, joined.terminal
    peers.listen("server", 5000, backlog=0)
    with socket.create_connection((peers.host, 5000)):
        terminal.send(CONNECT)
        assert find(terminal, b"[OK]")
        peers.accept("other", "server")
        assert find(terminal, b"[CONNECT 0]", limit_s=5)


@without_echo
@paced
def test_mbed_os_echoes_of_1024_bytes(joined: Bench) -> None:
    """Prompt, payload and OK within half a second each; each frame comes whole, in lines of its own."""
    joined.open_client()
    terminal, peers = joined.terminal, joined.peers
    payload = bytes(range(256)) * 4
    for _ in range(2):
        terminal.send(b"AT+SSEND=0,,,1024\r")
        assert find(terminal, b"[0,,,1024]")
        terminal.send(payload)
        assert find(terminal, b"[OK]")
        peers.send("client", peers.receive("client", len(payload)))
        terminal.expect(b"{0,192.168.12.23,5000,1024}" + payload + b"\r\n")


@both_firmwares
@without_echo
def test_mbed_os_every_frame_begins_a_line(joined: Bench) -> None:
    """A frame counts only when its brace is the first byte after CR LF, whatever was printed before."""
    joined.open_client()
    terminal, peers = joined.terminal, joined.peers
    peers.udp("udp")
    got = b"\r\n"
    for line, end in (
        (b"AT", b"[OK]\r\n"),
        (b"AT+SMGMT=?", b"[OK]\r\n"),
        (b"AT+NOTHING", b"INPUT]\r\n"),
        (b"AT+SSEND=0,,,2", b"[0,,,2]\r\n"),
    ):
        peers.send("client", b"tcp")
        terminal.send(line + b"\r")
        got += terminal.read_until_all(b"tcp\r\n", end)
    peers.send("client", b"tcp")
    terminal.send(b"ab")
    got += terminal.read_until_all(b"tcp\r\n", b"[OK]\r\n")
    got += joined.open_socket(b"AT+SCON=O,USN,,,6000,0\r", 1)
    peers.send("udp", b"udp", 6000)
    peers.send("client", b"tcp")
    peers.close("client")
    got += terminal.read_until_all(b"tcp\r\n", b"udp\r\n", b"[DISCONNECT 0]\r\n")
    assert len(re.findall(rb"\r\n\{\d,192\.168\.12\.23,\d+,\d\}", got)) == got.count(b"{") == 7
    assert got.endswith(b"\r\n")


@both_firmwares
@without_echo
def test_mbed_os_close_mac_and_name(joined: Bench) -> None:
    """One line each, and the OK of closing whether its event comes before or after it."""
    joined.open_client()
    terminal = joined.terminal
    terminal.exchange(b"AT+SMGMT=0\r\n", b"[OK]\r\n\r\n[DISCONNECT 0]\r\n")
    joined.peers.expect_closed("client")
    terminal.exchange(b"AT+MMAC=?\r\n", b"00:08:DC:25:00:01\r\n[OK]\r\n")
    terminal.exchange(b"AT+FDNS=www.google.com,5000\r\n", b"173.194.33.38\r\n[OK]\r\n")


@pytest.mark.parametrize(("firmware", "band"), [("guide", b"RadioBand (GHz)"), ("1.0.5.2", b"RadioBand(GHz)")])
@without_echo
def test_mbed_os_scan(module: Bench, band: bytes) -> None:
    """It compares the header with the one of firmware 1.0.5.2; with the guide's it finds no network."""
    module.terminal.exchange(
        b"AT+WSCAN=,,,50\r\n",
        b"Index/SSID/BSSID/RSSI(-dBm)/MaxDataRate(Mbps)/Security/%s/Channel\r\n"
        b"001/OpenNet/00:08:DC:AA:BB:02/-60/54.0/Infra/Open/2.4/1\r\n"
        b"002/WizFiDemoAP/00:08:DC:AA:BB:01/-45/54.0/Infra/WPA2-Mixed/2.4/6\r\n[OK]\r\n" % band,
    )


# --- WizFi250Interface, mbed 2 ----------------------------------------------------------------------------------------


def test_kaizen_line_feeds(joined: Bench) -> None:
    """LF after CR is ignored; the one after the CR of AT+SSEND is payload."""
    terminal, peers = joined.terminal, joined.peers
    terminal.exchange(b"AT\r\n\n\r\n", b"AT\r\n[OK]\r\n\r\n")
    terminal.exchange(b"AT+MECHO=0\r\n", b"AT+MECHO=0\r\n[OK]\r\n")
    joined.open_client()
    terminal.exchange(b"AT+SSEND=0,,,3\r\nab", b"[0,,,3]\r\n[OK]\r\n")
    assert peers.receive("client", 3) == b"\nab"


@both_firmwares
@without_echo
def test_kaizen_join_begins_with_setting_the_mac(module: Bench, firmware: str) -> None:
    """OK and then a reset, which it sleeps through. Echo-off is saved with it; no AT+WNET is sent."""
    terminal = module.terminal
    terminal.exchange(b"AT+MMAC=00:08:DC:1E:DE:D0\r\n", b"[OK]\r\n" + banner(firmware))
    terminal.exchange(b"AT+MMAC=?\r\n", b"00:08:DC:1E:DE:D0\r\n[OK]\r\n")
    terminal.exchange(b"AT+WSET=0,WizFiDemoAP\r\n", b"[OK]\r\n")
    terminal.exchange(b"AT+WSEC=0,WPA2,12345678\r\n", b"[OK]\r\n")
    terminal.send(b"AT+WJOIN\r\n")
    lines = terminal.read_until(b"[OK]\r\n").split(b"\r\n")
    found = [line.partition(b": ")[2] for line in lines if b"IP Addr" in line or b"Gateway" in line]
    assert found == [b"192.168.12.10", b"192.168.12.1"]


@both_firmwares
@without_echo
@paced
def test_kaizen_listen(joined: Bench) -> None:
    """LISTEN before the OK of AT+SCON; the accepted client has the listener's number; then it listens again."""
    terminal, peers = joined.terminal, joined.peers
    terminal.exchange(b"AT+MEVTMSG=1\r\n", b"[OK]\r\n")
    terminal.exchange(b"AT+SCON=O,TSN,,,5000,0\r\n", b"\r\n[LISTEN 0]\r\n[OK]\r\n")
    peers.connect("client", 5000)
    terminal.expect(b"\r\n[CONNECT 0]\r\n")
    peers.close("client")
    terminal.expect(b"\r\n[DISCONNECT 0]\r\n\r\n[LISTEN 0]\r\n")


@both_firmwares
@without_echo
@paced
@pytest.mark.parametrize("line", [b"AT+SCON=O,USN,,,5000,0\r\n", b"AT+SCON=O,UCN,192.168.12.23,5000,,0\r\n"])
def test_kaizen_connect_of_udp_comes_with_the_ok(joined: Bench, line: bytes) -> None:
    """Before it, or within about 3 ms after it, which is the time of a few bytes at 115200 bit/s."""
    terminal = joined.terminal

    def comes_at_once() -> bool:
        terminal.send(line)
        got = terminal.read_until(b"[OK]\r\n")
        start_s = time.monotonic()
        if b"[CONNECT 0]\r\n" not in got:
            terminal.expect(b"\r\n[CONNECT 0]\r\n")
        took_s = time.monotonic() - start_s
        terminal.exchange(b"AT+SMGMT=0\r\n", b"[OK]\r\n\r\n[DISCONNECT 0]\r\n")
        return took_s < 0.003

    assert succeeds(comes_at_once)


@both_firmwares
@without_echo
def test_kaizen_udp_server_answers_the_sender_by_address(joined: Bench) -> None:
    """The header has digits and dots only; the answer names address and port, and so does its prompt."""
    terminal, peers = joined.terminal, joined.peers
    peers.udp("peer", 6000)
    joined.open_socket(b"AT+SCON=O,USN,,,5000,0\r\n")
    peers.send("peer", b"Hi", 5000)
    terminal.expect(b"{0,192.168.12.23,6000,2}Hi\r\n")
    terminal.exchange(b"AT+SSEND=0,192.168.12.23,6000,5\r", b"[0,192.168.12.23,6000,5]\r\n")
    terminal.exchange(b"Hello", b"[OK]\r\n")
    assert peers.receive_from("peer") == (b"Hello", 5000)


@both_firmwares
@without_echo
def test_kaizen_next_command_does_not_wait_for_the_ok_of_ssend(joined: Bench) -> None:
    """It goes on when the payload is written; the OK may come when the next command is on its way."""
    joined.open_client()
    terminal = joined.terminal
    terminal.exchange(b"AT+SSEND=0,,,5\r", b"[0,,,5]\r\n")
    terminal.exchange(b"HelloAT+SMGMT=0\r\n", b"[OK]\r\n[OK]\r\n\r\n[DISCONNECT 0]\r\n")
    assert joined.peers.receive("client", 5) == b"Hello"
    joined.peers.expect_closed("client")


@without_echo
def test_kaizen_name(joined: Bench) -> None:
    """A line of digits and dots only, then the OK."""
    joined.terminal.send(b"AT+FDNS=www.google.com,1000\r\n")
    assert re.fullmatch(rb"[0-9.]+", joined.terminal.read_line())
    joined.terminal.expect(b"[OK]\r\n")
