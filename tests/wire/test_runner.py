"""The runner itself: a session that does not go as written fails. The module's end of the line is played by hand."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.wire.bench import Bench
from tests.wire.emulator import Terminal
from tests.wire.peers import Peers
from tests.wire.runner import StepError, play
from tests.wire.transcript import Accept, Connect, Listen, PeerGets, PeerSends, Step, Udp
from wizfi_emu.testing.running import own_host_address


class HandPlayed:
    """A bench whose module says what it is told to."""

    def __init__(self, bench: Bench, master: int) -> None:
        self.bench = bench
        self._master = master

    def says(self, data: bytes) -> None:
        os.write(self._master, data)

    def play(self, *steps: Step) -> None:
        play(self.bench, steps)


@pytest.fixture
def played() -> Iterator[HandPlayed]:
    master, slave = os.openpty()
    device = os.ttyname(slave)
    try:
        with closing(Terminal(device)) as terminal, Peers(own_host_address(), own_host_address()) as peers:
            yield HandPlayed(Bench(device, terminal, peers), master)
    finally:
        os.close(slave)
        os.close(master)


@pytest.fixture
def client(played: HandPlayed) -> Iterator[socket.socket]:
    """The module's end of a connection to the peer ``peer``."""
    played.play(Step(listen=Listen("server", 5000)))
    with socket.create_connection((played.bench.peers.host, 5000)) as connection:
        played.play(Step(accept=Accept("peer", "server")))
        yield connection


def test_lines_in_order(played: HandPlayed) -> None:
    played.says(b"AT\r\nFW version/HW version\r\n\r\n[OK]\r\n")
    played.play(Step(at="AT", lines="FW version/HW version\n\n[OK]\n"))


def test_a_line_that_differs_fails_and_names_the_step(played: HandPlayed) -> None:
    played.says(b"AT\r\n[ERROR]\r\n")
    with pytest.raises(StepError, match=r"step 1 \(at: 'AT'.*\[ERROR\]"):
        played.play(Step(at="AT", lines="[OK]"))


def test_an_echo_that_differs_fails(played: HandPlayed) -> None:
    played.says(b"at\r\n[OK]\r\n")
    with pytest.raises(StepError, match="step 1"):
        played.play(Step(at="AT", lines="[OK]"))


def test_a_line_in_between_fails_unless_any_lines_are_allowed(played: HandPlayed) -> None:
    played.says(b"one\r\ntwo\r\n[OK]\r\none\r\ntwo\r\n[OK]\r\n")
    played.play(Step(lines="...\n[OK]"), Step(lines="one\n...\n[OK]"))
    played.says(b"one\r\ntwo\r\n[OK]\r\n")
    with pytest.raises(StepError, match="two"):
        played.play(Step(lines="one\n[OK]"))


def test_exact_bytes_and_then_silence(played: HandPlayed) -> None:
    played.says(b"\x00\xff+")
    played.play(Step(expect="\x00\xff+"))
    played.says(b"Hello and more")
    with pytest.raises(StepError, match="and more"):
        played.play(Step(expect="Hello"))


def test_bytes_that_are_left_at_the_end_fail(played: HandPlayed) -> None:
    played.says(b"[OK]\r\n\r\n[DISCONNECT 0]\r\n")
    with pytest.raises(StepError, match=r"after the last step: .*DISCONNECT"):
        played.play(Step(lines="[OK]"))


def test_an_escape_that_is_answered_at_once_fails(played: HandPlayed) -> None:
    played.says(b"[OK]\r\n")
    with pytest.raises(StepError, match=r"\[OK\] after 0"):
        played.play(Step(escape=True))


def test_peers_and_what_they_get(played: HandPlayed, client: socket.socket) -> None:
    client.sendall(b"Hello")
    played.play(Step(peer_gets=PeerGets("peer", "Hello")), Step(peer_sends=PeerSends("peer", "Hi")))
    assert client.recv(10) == b"Hi"
    client.sendall(b"Hullo")
    with pytest.raises(StepError, match="Hullo"):
        played.play(Step(peer_gets=PeerGets("peer", "Hello")))


def test_data_that_no_peer_has_asked_for_fails(played: HandPlayed, client: socket.socket) -> None:
    client.sendall(b"Hello")
    with pytest.raises(StepError, match="after the last step: peer: unread b'o'"):
        played.play(Step(peer_gets=PeerGets("peer", "Hell")))


def test_the_end_of_a_connection(played: HandPlayed, client: socket.socket) -> None:
    client.sendall(b"x")
    with pytest.raises(StepError, match="instead of the end"):
        played.play(Step(peer_closed="peer"))
    client.shutdown(socket.SHUT_WR)
    played.play(Step(peer_closed="peer"), Step(close="peer"))
    assert client.recv(1) == b""


def test_ports_of_both_ends(played: HandPlayed) -> None:
    peers = played.bench.peers
    with socket.create_server((peers.module, 5000)) as server:
        played.play(Step(connect=Connect("peer", 5000, 58769)))
        connection, address = server.accept()
        connection.close()
    assert address == (peers.host, 58769)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as module:
        module.bind((peers.module, 5001))
        played.play(Step(udp=Udp("udp", 7000)), Step(peer_sends=PeerSends("udp", "Hi", 5001)))
        assert module.recvfrom(10) == (b"Hi", (peers.host, 7000))
        module.sendto(b"Hello", (peers.host, 7000))
        with pytest.raises(StepError, match="from port 5001"):
            played.play(Step(peer_gets=PeerGets("udp", "Hello", 5002)))


def test_a_step_does_and_checks_one_thing() -> None:
    with pytest.raises(ValueError, match="neither"):
        Step()
    with pytest.raises(ValueError, match="at, send"):
        Step(at="AT", send="AT")
    with pytest.raises(ValueError, match="lines, expect"):
        Step(lines="[OK]", expect="[OK]")
    with pytest.raises(ValueError, match="at least one"):
        Step(at="AT", lines="")
