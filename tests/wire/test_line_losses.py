"""A host on a real pseudo-terminal that sends more than the module can keep."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from wizfi_emu.device.options import RunOptions
from wizfi_emu.testing.running import RunningModule, own_host_address, running

SENT = b"".join(b"%04d\r" % number for number in range(600))
BUFFER_BYTES = 2048

pytestmark = pytest.mark.slow


@contextmanager
def busy_module(flow: str, seconds: int) -> Iterator[tuple[RunningModule, int]]:
    """A module that pings in vain for so long, with the host's end of its terminal."""
    with running(RunOptions(flash=":memory:", host_address=own_host_address())) as module:
        terminal = os.open(module.port, os.O_RDWR | os.O_NOCTTY)
        try:
            for line, end in (
                (b"AT+MECHO=0", b"[OK]\r\n"),
                (b"AT+WSET=0,OpenNet", b"[OK]\r\n"),
                (b"AT+WSEC=0,OPEN", b"[OK]\r\n"),
                (b"AT+MPROF=S", b"[OK]\r\n"),
                (b"AT+USET=115200,N,8,1,%s" % flow.encode(), b"WIZnet Co.Ltd)\r\n"),
                (b"AT+WJOIN", b"[OK]\r\n"),
            ):
                os.write(terminal, line + b"\r")
                module.expect(end)
            os.write(terminal, b"AT+FPING=%d,10.9.9.9\r" % seconds)
            yield module, terminal
        finally:
            os.close(terminal)


def write_all(terminal: int) -> None:
    left = SENT
    while left:
        left = left[os.write(terminal, left) :]


def test_without_flow_control_the_oldest_bytes_are_lost() -> None:
    with busy_module("N", 3) as (module, terminal):
        write_all(terminal)
        came = module.expect(b"[ERROR: INVALID INPUT]\r\n", timeout=30)
        assert module.state.counters.lost_bytes == len(SENT) - BUFFER_BYTES
        assert came.count(b"Ping") == 3


def test_with_hardware_flow_control_the_host_waits() -> None:
    with busy_module("HW", 1) as (module, terminal):
        writer = threading.Thread(target=write_all, args=(terminal,))
        writer.start()
        for _ in range(600):
            module.expect(b"[ERROR: INVALID INPUT]\r\n", timeout=30)
        writer.join()
        assert module.state.counters.lost_bytes == 0
