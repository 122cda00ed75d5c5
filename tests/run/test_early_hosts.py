"""Hosts that send without waiting for the prompt or the answer, on a line that takes its time: what they lose."""

from __future__ import annotations

import pytest

from tests.desk import OK, PEER_ADDRESS, S, firmware_named, world_named
from wizfi_emu.module.machine import RECEIVE_BUFFER_BYTES
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.timing import Timing, load_timing

DATA = bytes(range(256)) * 16
CHUNK_BYTES = 1400


def connected(flow: str = "N", timing: Timing | None = None) -> VirtualModule:
    """A module with a TCP connection to a peer, and its echo off."""
    module = VirtualModule(firmware_named("1.0.5.2"), world_named("demo"), timing=timing or Timing())
    module.exchange(b"", 2 * S)
    port = module.network.tcp_listen("server")
    for line in (
        "AT+MECHO=0",
        "AT+WSET=0,OpenNet",
        "AT+WSEC=0,OPEN",
        "AT+MPROF=S",
        f"AT+USET=115200,N,8,1,{flow}",
        "AT+WJOIN",
        f"AT+SCON=O,TCN,{PEER_ADDRESS},{port},,0",
    ):
        assert OK in module.exchange(line.encode() + b"\r", 5 * S), line
    module.network.tcp_accept("peer", "server")
    return module


def test_data_behind_the_command_waits_in_the_receive_buffer() -> None:
    module = connected()
    assert module.exchange(b"AT+SSEND=0,,,68\r" + DATA[:68]) == b"[0,,,68]\r\n" + OK
    assert module.network.received("peer") == DATA[:68]
    assert module.module.lost_bytes == 0


def test_while_the_module_is_busy_the_oldest_bytes_are_overwritten() -> None:
    """The peer takes nothing for a second: one chunk is on its way, 2048 bytes of the rest fit, 552 are gone."""
    module = connected()
    module.network.stall("peer")
    module.send(b"AT+SSEND=0,,,4000\r" + DATA[:4000])
    module.run(S)
    lost = 4000 - CHUNK_BYTES - RECEIVE_BUFFER_BYTES
    assert module.module.lost_bytes == lost
    module.feed(*module.network.resume("peer"))
    assert module.exchange(b"", 2 * S) == b"[0,,,4000]\r\n", "it waits for the bytes that are lost"
    late = b"AT\r".ljust(lost, b".")
    assert module.exchange(late) == OK, "and takes for data what is meant to be a command"
    assert module.network.received("peer") == DATA[:CHUNK_BYTES] + DATA[CHUNK_BYTES + lost : 4000] + late


def test_with_hardware_flow_control_nothing_is_lost() -> None:
    module = connected("HW")
    module.network.stall("peer")
    module.send(b"AT+SSEND=0,,,4000\r" + DATA[:4000])
    module.run(S)
    assert module.unsent_bytes == 4000 - CHUNK_BYTES - 2019, "the host waits"
    module.feed(*module.network.resume("peer"))
    assert module.exchange(b"") == b"[0,,,4000]\r\n" + OK
    assert module.network.received("peer") == DATA[:4000]
    assert module.module.lost_bytes == 0


@pytest.mark.parametrize(("timing", "answer", "lost"), [("wire", OK * 2, 0), ("realtime", OK, 3)])
def test_a_command_behind_one_that_writes_the_flash(timing: str, answer: bytes, lost: int) -> None:
    module = connected(timing=load_timing(timing))
    assert module.exchange(b"AT+MPROF=S\rAT\r") == answer
    assert module.module.lost_bytes == lost
    assert module.exchange(b"AT\r") == OK
