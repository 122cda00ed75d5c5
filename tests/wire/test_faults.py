"""Faults of the running program, set by its control interface: on a real serial device and real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.emulator import Terminal, running
from tests.wire.peers import Peers
from wizfi_emu.control.client import Client, Target
from wizfi_emu.testing.running import own_host_address

pytestmark = pytest.mark.slow

BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"


class Table:
    """A module in its network, its host and its peers, and a hand that lets things go wrong."""

    def __init__(self, terminal: Terminal, peers: Peers, client: Client) -> None:
        self.terminal = terminal
        self.peers = peers
        self._client = client

    def start(self, **fault: object) -> None:
        """Set a fault."""
        self._client.post("/api/faults", {key.rstrip("_"): value for key, value in fault.items()})

    def heal(self, name: str) -> None:
        """End it."""
        self._client.delete(f"/api/faults/{name}")

    def join(self) -> None:
        for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN"):
            self.terminal.send(line + b"\r")
            self.terminal.read_until(b"[OK]\r\n")

    def connect(self) -> None:
        self.peers.listen("server", 5000)
        self.terminal.send(b"AT+SCON=O,TCN,192.168.12.23,5000,,0\r")
        self.terminal.read_until_all(b"[OK]\r\n", b"[CONNECT 0]\r\n")
        self.peers.accept("peer", "server")

    def transmit(self, data: bytes) -> None:
        self.terminal.send(b"AT+SSEND=0,,,%d\r" % len(data))
        self.terminal.read_until(b"[0,,,%d]\r\n" % len(data))
        self.terminal.send(data)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    host = own_host_address()
    control = tmp_path / "control"
    options = ("--firmware", "1.0.5.2", "--timing", "fast", "--host-address", host, "--control", f"unix:{control}")
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal, Peers(host, host) as peers:
        terminal.synchronize()
        yield Table(terminal, peers, Client(Target(f"unix:{control}", "")))


def test_refused(table: Table) -> None:
    table.join()
    table.peers.listen("server", 5000)
    table.start(fault="tcp-refuse", port=5000)
    table.terminal.send(b"AT+SCON=O,TCN,192.168.12.23,5000,,0\r")
    table.terminal.read_until(b"[DISCONNECT 0]\r\n")


def test_a_reset_in_the_middle_of_a_transmission(table: Table) -> None:
    table.join()
    table.connect()
    table.start(fault="tcp-reset", when={"pattern": "hel", "from": "host"})
    table.transmit(b"hello")
    table.terminal.read_until(b"[DISCONNECT 0]\r\n")
    with pytest.raises(ConnectionResetError):
        table.peers.receive("peer", 1)


def test_black_hole(table: Table) -> None:
    table.join()
    table.connect()
    table.start(fault="tcp-black-hole")
    table.transmit(b"hello")
    table.terminal.read_until(b"[OK]\r\n")
    table.peers.send("peer", b"answer")
    table.terminal.expect_silence()
    table.heal("tcp-black-hole")
    assert table.peers.receive("peer", 5) == b"hello"
    table.terminal.read_until(b"}answer\r\n")


def test_datagrams_twice(table: Table) -> None:
    table.join()
    table.peers.udp("peer", 5000)
    table.terminal.send(b"AT+SCON=O,UCN,192.168.12.23,5000,,0\r")
    table.terminal.read_until(b"[CONNECT 0]\r\n")
    table.start(fault="udp-duplicate")
    table.transmit(b"hello")
    assert [table.peers.receive_from("peer")[0] for _ in range(2)] == [b"hello", b"hello"]


def test_a_brown_out_in_the_middle_of_a_command(table: Table) -> None:
    table.start(fault="brown-out", off_ms=50, when={"pattern": "AT+WJ", "from": "host"})
    table.terminal.send(b"AT+WJOIN\r")
    assert table.terminal.read_until(BANNER) == b"AT+WJ" + BANNER


def test_the_watchdog(table: Table) -> None:
    table.start(fault="watchdog")
    assert table.terminal.read_until(BANNER) == b"\r\n[Reset Event]\r\n" + BANNER


def test_a_host_at_the_wrong_rate_hears_and_says_garbage(table: Table) -> None:
    table.start(fault="strict-baud")
    table.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")
    table.terminal.port.baudrate = 57600
    table.terminal.send(b"AT\r")
    heard = table.terminal.read_until_silent(0.2)
    assert b"AT" not in heard
    assert b"[OK]" not in heard
    table.terminal.port.baudrate = 115200
    table.terminal.send(b"\r")
    table.terminal.read_until_silent(0.2)
    table.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")


def test_a_host_that_follows_the_module_to_another_rate(table: Table) -> None:
    table.start(fault="strict-baud")
    table.terminal.send(b"AT+USET=9600,N,8,1,N\r")
    table.terminal.read_until(b"[OK]\r\n")
    table.terminal.port.baudrate = 9600
    table.terminal.read_until(BANNER)
    table.terminal.synchronize()


def test_pieces_with_gaps(table: Table) -> None:
    table.start(fault="serial-pieces", bytes=3, gap_ms=50, direction="to-host")
    started_s = time.monotonic()
    table.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")
    # Four pieces, so three gaps. The pieces themselves are not seen by a reader that comes late.
    assert time.monotonic() - started_s >= 0.15


def test_the_access_point_goes_for_a_while(table: Table) -> None:
    table.join()
    table.start(fault="ap-off", access_point="WizFiDemoAP", for_=0.2)
    table.terminal.read_until(b"[Link-Down Event]\r\n")
    table.terminal.read_until(b"[Link-Up Event]\r\n")


def test_what_a_peer_sends_late_comes_in_order(table: Table) -> None:
    table.join()
    table.connect()
    table.start(fault="latency", jitter_ms=50)
    text = b"".join(b"%02d" % number for number in range(20))
    table.peers._sockets["peer"].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for start in range(0, len(text), 2):
        table.peers.send("peer", text[start : start + 2])
    got = b""
    while len(got) < len(text):
        block = table.terminal.read_until(b"\r\n")
        got += block.partition(b"}")[2].removesuffix(b"\r\n")
    assert got == text
