"""Faults of TCP connections, on the bench in virtual time."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.desk import MS, OK, PEER_ADDRESS, Desk, S, event
from wizfi_emu.faults.model import (
    Bandwidth,
    Direction,
    Latency,
    TcpBlackHole,
    TcpCut,
    TcpHalfClose,
    TcpRefuse,
    TcpReset,
    TcpSlowRead,
    When,
)
from wizfi_emu.faults.network import STACK_BYTES
from wizfi_emu.worlds.memory.network import PeerError

CONNECT, DISCONNECT, LISTEN = event("CONNECT", 0), event("DISCONNECT", 0), event("LISTEN", 0)
SEND_ERROR = b"\r\n[TCP Send Error]\r\n"
CHUNK = 1400  # what the module sends at once
SEND_LIMIT = "AT+FSOCK=1,2000"  # of a transmission, ms


@pytest.fixture
def desk() -> Desk:
    return Desk(joined=True)


def connect(desk: Desk, port: int, duration_us: int = 150 * MS) -> bytes:
    return desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},{port},,0", duration_us)


def send(desk: Desk, data: bytes, duration_us: int = 100 * MS) -> bytes:
    """Transmit in command mode; what comes after the header."""
    desk.at(f"AT+SSEND=0,,,{len(data)}")
    return desk.exchange(data, duration_us)


def test_refused(desk: Desk) -> None:
    port = desk.network.tcp_listen("peer listens")
    faults = desk.faults()
    faults.add(TcpRefuse())
    assert DISCONNECT in connect(desk, port)
    with pytest.raises(PeerError):
        desk.network.tcp_accept("peer", "peer listens")
    faults.heal("tcp-refuse")
    assert CONNECT in connect(desk, port)


def test_only_the_peer_and_port_that_are_meant(desk: Desk) -> None:
    port = desk.network.tcp_listen("peer listens")
    faults = desk.faults()
    faults.add(TcpRefuse(port=port + 1))
    faults.add(TcpRefuse(address="192.168.12.51"))
    assert CONNECT in connect(desk, port)
    assert [one.hits for one in faults.show()] == [0, 0]


def test_reset_breaks_both_sides(desk: Desk) -> None:
    desk.tcp_client()
    desk.faults().add(TcpReset())
    assert desk.read() == DISCONNECT
    desk.network.expect_reset("peer")
    assert desk.hear(b"late") == b""


def test_reset_in_the_middle_of_a_command(desk: Desk) -> None:
    desk.tcp_client()
    desk.faults().add(TcpReset(when=When(pattern="hel", source="host")))
    assert desk.at("AT+SSEND=0,,,5") == b"[0,,,5]\r\n"
    assert DISCONNECT in desk.exchange(b"hello")
    assert desk.got() == b""


def test_reset_of_a_server_that_listens_again(desk: Desk) -> None:
    desk.tcp_server()
    faults = desk.faults()
    faults.add(TcpReset(when=When(event="SocketAccepted", every=True, after=0.1)))
    for name in ("first", "second"):
        assert CONNECT in desk.visit(peer=name)
        assert DISCONNECT in desk.quiet(200 * MS)
        desk.network.expect_reset(name)
    assert [(one.state, one.hits) for one in faults.show()] == [("waiting", 2)]


def test_half_close_lets_the_peer_get_what_was_sent(desk: Desk) -> None:
    desk.tcp_client()
    assert send(desk, b"last") == OK
    desk.faults().add(TcpHalfClose())
    assert desk.read() == DISCONNECT
    assert desk.got() == b"last"
    desk.network.expect_closed("peer")
    with pytest.raises(PeerError):
        desk.network.expect_reset("peer")
    assert desk.hear(b"late") == b""


class TestBlackHole:
    def test_connects_time_out(self, desk: Desk) -> None:
        port = desk.network.tcp_listen("peer listens")
        desk.faults().add(TcpBlackHole())
        assert DISCONNECT not in connect(desk, port, 4900 * MS)
        assert DISCONNECT in desk.quiet(200 * MS)

    def test_a_connect_that_is_healed_in_time_works(self, desk: Desk) -> None:
        port = desk.network.tcp_listen("peer listens")
        faults = desk.faults()
        faults.add(TcpBlackHole(duration=3))
        assert CONNECT not in connect(desk, port, 2900 * MS)
        assert CONNECT in desk.quiet(200 * MS)
        assert [(time_us // S, text) for time_us, text in faults.journal] == [
            (0, "tcp-black-hole begins"),
            (3, "tcp-black-hole ends"),
        ]

    def test_nothing_comes_through_until_it_is_healed(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        assert send(desk, b"to the peer") == OK, "the stack takes it"
        assert desk.hear(b"to the module") == b""
        desk.run(10 * S)
        assert (desk.got(), desk.read()) == (b"", b"")
        faults.heal("tcp-black-hole")
        assert desk.got() == b"to the peer"
        assert b"to the module" in desk.read()

    def test_transmissions_time_out_when_the_stack_is_full(self, desk: Desk) -> None:
        desk.ok(SEND_LIMIT)
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        for _ in range(4):
            assert send(desk, bytes(CHUNK)) == OK
        assert send(desk, bytes(CHUNK), 5900 * MS) == b"", "the module tries three times"
        assert desk.quiet(200 * MS) == SEND_ERROR
        faults.heal("tcp-black-hole")
        assert desk.got() == bytes(4 * CHUNK)

    def test_the_stack_takes_exactly_what_it_has_room_for(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(TcpBlackHole())
        for _ in range(4):
            send(desk, bytes(CHUNK))
        assert send(desk, bytes(STACK_BYTES - 4 * CHUNK)) == OK
        assert send(desk, b"x") == b""

    def test_what_was_given_up_leaves_its_room(self, desk: Desk) -> None:
        desk.ok(SEND_LIMIT)
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        for _ in range(4):
            send(desk, bytes(CHUNK))
        assert send(desk, bytes(CHUNK), 6200 * MS) == SEND_ERROR
        rest = STACK_BYTES - 4 * CHUNK
        assert send(desk, bytes(rest)) == OK
        faults.heal("tcp-black-hole")
        assert desk.got() == bytes(STACK_BYTES)

    def test_a_transmission_that_waits_goes_on_when_it_is_healed(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        for _ in range(4):
            send(desk, bytes(CHUNK))
        assert send(desk, bytes(CHUNK)) == b""
        faults.heal("tcp-black-hole")
        assert desk.read() == OK
        assert desk.got() == bytes(5 * CHUNK)

    def test_the_end_of_the_connection_comes_when_it_is_healed(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        assert desk.part() == b""
        faults.heal("tcp-black-hole")
        assert desk.read() == DISCONNECT

    def test_a_close_reaches_the_peer_when_it_is_healed(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        send(desk, b"last")
        assert DISCONNECT in desk.at("AT+SMGMT=0")
        with pytest.raises(PeerError):
            desk.network.expect_closed("peer")
        faults.heal("tcp-black-hole")
        assert desk.got() == b"last"
        desk.network.expect_closed("peer")

    def test_a_close_is_given_up_in_the_end(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(TcpBlackHole())
        desk.at("AT+SMGMT=0")
        desk.run(121 * S)
        desk.network.expect_reset("peer")

    def test_a_connect_that_was_given_up_never_happens(self, desk: Desk) -> None:
        port = desk.network.tcp_listen("peer listens")
        faults = desk.faults()
        faults.add(TcpBlackHole())
        connect(desk, port)
        desk.at("AT+SMGMT=0")
        faults.heal("tcp-black-hole")
        desk.run(10 * S)
        with pytest.raises(PeerError):
            desk.network.tcp_accept("peer", "peer listens")

    def test_a_client_waits_for_a_server_behind_it(self, desk: Desk) -> None:
        desk.tcp_server()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        assert desk.visit() == b""
        faults.heal("tcp-black-hole")
        assert desk.read() == CONNECT

    def test_more_than_is_kept_breaks_the_connection(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        for _ in range(3):
            desk.hear(bytes(100_000))
        faults.heal("tcp-black-hole")
        assert desk.read().endswith(DISCONNECT)
        desk.network.expect_reset("peer")

    def test_another_one_holds_on(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(TcpBlackHole())
        faults.add(TcpBlackHole())
        desk.hear(b"x")
        faults.heal("tcp-black-hole")
        assert desk.read() == b""
        faults.heal("tcp-black-hole-2")
        assert b"}x" in desk.read()


class TestLatency:
    def test_both_ways_in_order(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(Latency(delay_ms=300))
        assert send(desk, b"one", 0) == OK, "the stack takes it at once"
        assert send(desk, b"two", 0) == OK
        desk.run(100 * MS)
        assert desk.got() == b""
        desk.run(500 * MS)
        assert desk.got() == b"onetwo"
        assert desk.hear(b"abc") == b""
        desk.hear(b"def")
        desk.run(299 * MS)
        assert desk.read() == b""
        desk.run(1 * MS)
        received = desk.read()
        assert received.index(b"}abc") < received.index(b"}def")

    @pytest.mark.parametrize("direction", ["sent", "received", "both"])
    def test_the_direction(self, desk: Desk, direction: Direction) -> None:
        desk.tcp_client()
        desk.faults().add(Latency(delay_ms=300, direction=direction))
        send(desk, b"abc", 0)
        desk.run(200 * MS)
        assert (desk.got() == b"") == (direction != "received")
        assert (desk.hear(b"def") == b"") == (direction != "sent")

    def test_a_connect_waits_for_the_way_there(self, desk: Desk) -> None:
        port = desk.network.tcp_listen("peer listens")
        faults = desk.faults()
        faults.add(Latency(delay_ms=1000, direction="received"))
        connect(desk, port, 500 * MS)
        desk.network.tcp_accept("peer", "peer listens")
        desk.run(S)
        desk.at("AT+SMGMT=0", S)
        faults.heal("latency")
        faults.add(Latency(delay_ms=1000, direction="sent"))
        connect(desk, port, 900 * MS)
        with pytest.raises(PeerError):
            desk.network.tcp_accept("late", "peer listens")
        desk.run(200 * MS)
        desk.network.tcp_accept("late", "peer listens")

    def test_a_connect_takes_it_twice(self, desk: Desk) -> None:
        port = desk.network.tcp_listen("peer listens")
        desk.faults().add(Latency(delay_ms=1000))
        assert CONNECT not in connect(desk, port, 1900 * MS)
        assert CONNECT in desk.quiet(200 * MS)

    def test_a_connect_that_takes_too_long_times_out(self, desk: Desk) -> None:
        port = desk.network.tcp_listen("peer listens")
        desk.faults().add(Latency(delay_ms=2500))
        assert DISCONNECT not in connect(desk, port, 4900 * MS)
        assert DISCONNECT in desk.quiet(200 * MS)

    def test_jitter_keeps_the_order(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults(5).add(Latency(jitter_ms=500))
        text = b"".join(b"%02d" % number for number in range(20))
        for start in range(0, len(text), 2):
            desk.hear(text[start : start + 2])
        desk.run(1 * S)
        data = b"".join(block.partition(b"}")[2] for block in desk.read().split(b"\r\n") if block)
        assert data == text

    def test_a_close_comes_behind_the_data(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(Latency(delay_ms=1000))
        send(desk, b"last", 0)
        desk.at("AT+SMGMT=0")
        with pytest.raises(PeerError):
            desk.network.expect_closed("peer")
        desk.run(1 * S)
        assert desk.got() == b"last"
        desk.network.expect_closed("peer")

    def test_data_comes_before_the_end_of_the_connection(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(Latency(delay_ms=1000, jitter_ms=500))
        desk.hear(b"last")
        desk.part()
        desk.run(2 * S)
        printed = desk.read()
        assert printed.index(b"}last") < printed.index(DISCONNECT)

    def test_what_is_late_is_gone_after_a_reset(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(Latency(delay_ms=1000))
        desk.hear(b"late")
        desk.restart()
        assert desk.quiet(2 * S) == b""

    def test_healed_it_still_keeps_the_order(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(Latency(delay_ms=500))
        desk.hear(b"first")
        faults.heal("latency")
        desk.hear(b"second")
        received = desk.quiet(1 * S)
        assert received.index(b"first") < received.index(b"second")


class TestBandwidth:
    def test_data_comes_at_its_rate(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(Bandwidth(bytes_per_s=1460, direction="received"))
        desk.hear(bytes(3 * 1460))
        desk.run(990 * MS)
        assert desk.read() == b""
        for _ in range(3):
            desk.run(20 * MS)
            assert len(desk.read()) > 1460
            desk.run(980 * MS)

    def test_the_stack_takes_what_it_has_room_for(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(TcpSlowRead(bytes_per_s=CHUNK))
        for _ in range(4):
            assert send(desk, bytes(CHUNK), 0) == OK
        assert send(desk, bytes(CHUNK), 0) == b"", "it has to wait for room"
        assert desk.quiet(2 * S) == OK
        desk.run(10 * S)
        assert desk.got() == bytes(5 * CHUNK)

    def test_a_transmission_that_takes_too_long_times_out(self, desk: Desk) -> None:
        desk.ok(SEND_LIMIT)
        desk.tcp_client()
        desk.faults().add(TcpSlowRead(bytes_per_s=10))
        for _ in range(4):
            send(desk, bytes(CHUNK), 0)
        assert send(desk, bytes(CHUNK), 6100 * MS) == SEND_ERROR

    def test_the_slowest_one_counts(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(Bandwidth(bytes_per_s=1000))
        faults.add(TcpSlowRead(bytes_per_s=100))
        send(desk, bytes(100), 0)
        desk.run(900 * MS)
        assert desk.got() == b""
        desk.run(200 * MS)
        assert desk.got() == bytes(100)


class TestCut:
    @pytest.mark.parametrize("how", ["reset", "close"])
    def test_exactly_that_many_bytes_arrive(self, desk: Desk, how: Literal["reset", "close"]) -> None:
        desk.tcp_client()
        desk.faults().add(TcpCut(after_bytes=8, count="sent", how=how))
        assert send(desk, b"hello") == OK
        assert send(desk, b"world") == OK + DISCONNECT
        assert desk.got() == b"hellowor"
        desk.network.expect_closed("peer")

    def test_exactly_that_many_bytes_come(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(TcpCut(after_bytes=8, count="received"))
        assert b"}hello" in desk.hear(b"hello")
        printed = desk.hear(b"world")
        assert b"}wor" in printed
        assert b"}worl" not in printed
        assert printed.endswith(DISCONNECT)

    def test_both_directions_count_together(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(TcpCut(after_bytes=8))
        send(desk, b"hello")
        assert desk.hear(b"world").endswith(DISCONNECT)

    def test_into_a_black_hole(self, desk: Desk) -> None:
        desk.tcp_client()
        desk.faults().add(TcpCut(after_bytes=3, how="black-hole"))
        assert send(desk, b"hello") == OK
        assert desk.got() == b"hel"
        assert desk.hear(b"x") == b""

    def test_it_waits_for_what_is_late(self, desk: Desk) -> None:
        desk.tcp_client()
        faults = desk.faults()
        faults.add(Latency(delay_ms=500))
        faults.add(TcpCut(after_bytes=3))
        send(desk, b"hello", 0)
        assert desk.quiet(400 * MS) == b""
        assert desk.quiet(200 * MS) == DISCONNECT
        assert desk.got() == b"hel"


def test_a_probability_is_asked_for_each_connection(desk: Desk) -> None:
    port = desk.network.tcp_listen("peer listens")
    faults = desk.faults(3)
    faults.add(TcpRefuse(probability=0.5))
    refused = 0
    for _ in range(40):
        if CONNECT in connect(desk, port):
            desk.at("AT+SMGMT=0", 300 * MS)
        else:
            refused += 1
    assert 10 <= refused <= 30
    assert faults.show()[0].hits == refused


def test_sockets_that_were_there_before_are_known(desk: Desk) -> None:
    desk.tcp_client()
    port = desk.network.port("peer")
    desk.faults().add(TcpReset(address=PEER_ADDRESS, port=port))
    assert desk.read() == DISCONNECT
