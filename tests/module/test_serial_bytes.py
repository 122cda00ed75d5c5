"""No serial byte is lost or doubled on its way: to a peer in data mode, to the line editor in command mode."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import MS, OK, Desk, S
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import RECEIVE_BUFFER_BYTES

CHUNKS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"+", b"++", b"+++", b"++++", b"a+++b"]),
    st.integers(90, 4000).map(lambda size: b"x" * size),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(CHUNKS, st.sampled_from([0, MS, 99 * MS, 100 * MS])), max_size=9), st.booleans())
def test_data_mode(steps: list[tuple[bytes, int]], udp: bool) -> None:
    desk = Desk(joined=True)
    if udp:
        desk.udp_client(data_mode=True)
    else:
        desk.tcp_client(data_mode=True)
    for data, pause_us in steps:
        desk.send(data)
        desk.run(pause_us)
    desk.send(b".")  # not an escape sequence, whatever came before
    desk.run(S + 200 * MS)
    assert desk.got() == b"".join(data for data, _ in steps) + b"."
    assert desk.read() == b""
    assert desk.module.lost_bytes == 0


@settings(max_examples=40)
@given(st.lists(st.one_of(st.none(), st.integers(1, 5000)), max_size=12))
def test_data_mode_with_a_peer_that_stops_reading(steps: list[int | None]) -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=1,0")  # no limit
    desk.tcp_client(data_mode=True)
    sent, stalled, number = b"", False, 0
    for length in steps:
        if length is None:
            stalled = not stalled
            if stalled:
                desk.network.stall("peer")
            else:
                desk.feed(*desk.network.resume("peer"))
        else:
            data = (bytes((97 + number % 26,)) * length)[: desk.module.uart_room]
            number += 1
            desk.feed(ev.UartReceived(data))
            sent += data
        desk.run(100 * MS)
    desk.feed(*desk.network.resume("peer"))
    desk.run(S)
    assert desk.got() == sent
    assert desk.module.lost_bytes == 0


@settings(max_examples=40)
@given(st.lists(st.integers(0, 900), max_size=6))
def test_command_mode_while_a_command_runs(lengths: list[int]) -> None:
    desk = Desk(joined=True)
    desk.ok("AT+MECHO=1")
    desk.exchange(b"AT+FPING=1,1.2.3.4\r", 0)
    fed = 0
    for length in lengths:
        desk.feed(ev.UartReceived(b"x" * length))
        fed += length
        assert desk.module.uart_room == max(0, RECEIVE_BUFFER_BYTES - fed)
        assert desk.module.lost_bytes == max(0, fed - RECEIVE_BUFFER_BYTES)
    printed = desk.quiet(2 * S)
    assert printed.count(b"x") == fed - desk.module.lost_bytes
    assert printed.startswith(b"Ping timeout\r\n" + OK)


def test_bytes_are_taken_while_asleep_and_lost() -> None:
    desk = Desk()
    assert desk.at("AT+MMCUPS=1,1000", 0) == OK
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES
    assert desk.exchange(b"AT\r" * 1000, 999 * MS) == b""
    assert desk.module.lost_bytes == 3000
    desk.run(MS)
    assert desk.at("AT") == OK


def test_link_events_come_through_while_asleep() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.at("AT+MMCUPS=1,60000", 0)
    assert desk.hear(b"x") == b"{0,192.168.12.50,40000,1}x\r\n"
    desk.switch_network(on=False)
    assert desk.read().endswith(b"\r\n[Link-Down Event]\r\n")
