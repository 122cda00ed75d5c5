"""The rate that a host has set, as the module's side sees it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import serial
import trio

from wizfi_emu.serial import open_serial
from wizfi_emu.serial.termios2 import read_baud, write_baud


@pytest.fixture
def terminal() -> Iterator[int]:
    master, slave = os.openpty()
    yield slave
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("baud", [300, 9600, 115200, 921600, 123456])
def test_a_rate_that_is_set_is_read(terminal: int, baud: int) -> None:
    write_baud(terminal, baud)
    assert read_baud(terminal) == baud


@pytest.mark.parametrize("baud", [9600, 115200, 250000])
def test_pyserial_sets_it(terminal: int, baud: int) -> None:
    with serial.Serial(os.ttyname(terminal), baud):
        assert read_baud(terminal) == baud


def test_what_is_no_terminal() -> None:
    with open(os.devnull) as file:
        assert read_baud(file.fileno()) is None
        with pytest.raises(OSError, match="ioctl"):
            write_baud(file.fileno(), 9600)


async def test_a_pseudo_terminal(nursery: trio.Nursery) -> None:
    async with open_serial("pty", nursery=nursery) as port:
        assert port.host_baud == 115200, "what a host finds that sets nothing"
        with serial.Serial(port.name, 9600):
            assert port.host_baud == 9600


@pytest.mark.filterwarnings(r"ignore:set(Daemon|Name)\(\) is deprecated:DeprecationWarning")  # pyserial's
async def test_a_host_over_rfc_2217(nursery: trio.Nursery) -> None:
    async with open_serial("rfc2217://127.0.0.1:0", nursery=nursery) as port:
        assert port.host_baud is None
        device = await trio.to_thread.run_sync(serial.serial_for_url, port.name, 19200)
        assert port.host_baud == 19200
        await trio.to_thread.run_sync(device.close)


async def test_a_plain_connection_has_none(nursery: trio.Nursery) -> None:
    async with open_serial("tcp://127.0.0.1:0", nursery=nursery) as port:
        assert port.host_baud is None
