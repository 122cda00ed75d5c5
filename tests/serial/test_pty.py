"""The real pseudo-terminal, with pyserial and with hosts that set nothing up."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import serial
import trio
from trio.testing import MockClock

from wizfi_emu.errors import UserError
from wizfi_emu.serial import SerialPort, open_serial
from wizfi_emu.serial.base import OPEN_SETTLE_S
from wizfi_emu.serial.hostbuffer import QUEUE_LIMIT_BYTES

ALL_BYTES = bytes(range(256))
TIOCGEXCL = 0x80045440  # linux/asm-generic/ioctls.h; not in Python's termios


@pytest.fixture
async def port(nursery: trio.Nursery) -> AsyncIterator[SerialPort]:
    async with open_serial("pty", nursery=nursery, paced=False) as port:
        yield port


async def receive_exactly(port: SerialPort, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += await port.receive_some(count - len(data))
    return data


@asynccontextmanager
async def plain_host(port: SerialPort) -> AsyncIterator[int]:
    """A host that only opens the device. Its descriptor does not block."""
    descriptor = os.open(port.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        trio.lowlevel.notify_closing(descriptor)
        os.close(descriptor)


async def read_exactly(host: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        await trio.lowlevel.wait_readable(host)
        data += os.read(host, count - len(data))
    return data


async def test_pyserial_talks(port: SerialPort) -> None:
    def host() -> bytes:
        with serial.Serial(port.name, 115200, timeout=5) as device:
            device.write(b"AT\r")
            return device.read_until(b"[OK]\r\n")

    async def module() -> None:
        assert await receive_exactly(port, 3) == b"AT\r"
        port.send_nowait(b"AT\r\n")
        port.send_nowait(b"[OK]\r\n")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(module)
        assert await trio.to_thread.run_sync(host) == b"AT\r\n[OK]\r\n"


@pytest.mark.parametrize(
    "settings", [{"baudrate": 9600, "parity": "E", "bytesize": 7}, {"rtscts": True}, {"exclusive": True}]
)
async def test_pyserial_sets_up_what_it_likes(port: SerialPort, settings: dict[str, Any]) -> None:
    def host() -> bytes:
        with serial.Serial(port.name, timeout=5, **settings) as device:
            device.write(ALL_BYTES)
            return device.read(256)

    async def module() -> None:
        data = await receive_exactly(port, 256)
        assert data == ALL_BYTES
        port.send_nowait(data)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(module)
        assert await trio.to_thread.run_sync(host) == ALL_BYTES


async def test_pyserial_closes_and_opens_again(port: SerialPort) -> None:
    def host(text: bytes) -> bytes:
        with serial.Serial(port.name, timeout=5) as device:
            device.write(text)
            return device.read(3)

    async def module() -> None:
        for _ in range(3):
            port.send_nowait((await receive_exactly(port, 3)).upper())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(module)
        for text in (b"one", b"two", b"ten"):
            assert await trio.to_thread.run_sync(host, text) == text.upper()


async def test_a_host_that_sets_nothing_up_sees_exact_bytes(port: SerialPort) -> None:
    async with plain_host(port) as host:
        port.send_nowait(ALL_BYTES)
        assert await read_exactly(host, 256) == ALL_BYTES
        os.write(host, ALL_BYTES)
        assert await receive_exactly(port, 256) == ALL_BYTES
        with pytest.raises(BlockingIOError):
            os.read(host, 1)  # nothing comes back as echo


async def test_bytes_wait_for_the_next_host(port: SerialPort) -> None:
    port.send_nowait(b"banner")
    async with plain_host(port) as host:
        os.write(host, b"AT\r")
        assert await read_exactly(host, 6) == b"banner"
    assert await receive_exactly(port, 3) == b"AT\r"


async def test_a_host_that_flushes_does_not_stop_the_line(port: SerialPort) -> None:
    async with plain_host(port) as host:
        port.send_nowait(b"x" * 100_000)
        termios.tcflush(host, termios.TCIFLUSH)
        await read_exactly(host, 80_000)
        termios.tcflush(host, termios.TCIOFLUSH)
        await port.wait_room()
        port.send_nowait(b"end")
        data = b""
        while not data.endswith(b"end"):
            data += await read_exactly(host, 1)


async def test_the_module_can_make_a_host_wait(port: SerialPort) -> None:
    """What the module does not receive stays in the terminal, and then blocks the host's writing."""
    async with plain_host(port) as host:
        written = 0
        try:
            while written < 1_000_000:
                written += os.write(host, bytes(4096))
        except BlockingIOError:
            pass
        assert written < 100_000
        assert len(await receive_exactly(port, written)) == written
        os.write(host, b"again")
        assert await receive_exactly(port, 5) == b"again"


async def test_bulk_comes_in_large_pieces(port: SerialPort) -> None:
    total = 1_000_000

    async def write(host: int) -> None:
        left = memoryview(bytes(total))
        while left:
            await trio.lowlevel.wait_writable(host)
            left = left[os.write(host, left) :]

    async with plain_host(port) as host, trio.open_nursery() as nursery:
        nursery.start_soon(write, host)
        sizes: list[int] = []
        while sum(sizes) < total:
            sizes.append(len(await port.receive_some(65536)))
        assert max(sizes) > 4096
        assert port.received_bytes == total


async def test_a_lock_ends_with_the_host_that_took_it(port: SerialPort) -> None:
    async with plain_host(port) as host:
        fcntl.ioctl(host, termios.TIOCEXCL)
        os.write(host, b"x")
    with trio.move_on_after(0.05):  # real: the terminal passes bytes on in its own time
        while True:
            await port.receive_some(10)
    async with plain_host(port) as host:
        exclusive = array.array("i", [1])
        fcntl.ioctl(host, TIOCGEXCL, exclusive)
        assert exclusive[0] == 0


async def test_nobody_ever_opens_it(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    async with open_serial("pty", nursery=nursery, paced=False) as port:
        total = 20 * 65536
        for _ in range(20):
            await port.wait_room()
            port.send_nowait(bytes(65536))
        assert trio.current_time() < 2
        assert port.sent_bytes > 0
        assert port.dropped_bytes == total - port.sent_bytes - QUEUE_LIMIT_BYTES


async def test_the_link_comes_and_goes_with_the_port(nursery: trio.Nursery, tmp_path: Path) -> None:
    link = tmp_path / "ttyWIZ"
    async with open_serial("pty", nursery=nursery, link=link) as port:
        assert os.readlink(link) == port.name
        with serial.Serial(str(link)) as device:
            assert device.is_open
    assert not link.is_symlink()


async def test_a_failed_link_leaves_nothing_open(nursery: trio.Nursery, tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(UserError, match="something else"):
        async with open_serial("pty", nursery=nursery, link=tmp_path, watch_open=True):
            raise AssertionError
    assert os.listdir("/proc/self/fd") == before


async def test_closing_leaves_nothing_open(nursery: trio.Nursery) -> None:
    before = os.listdir("/proc/self/fd")
    async with open_serial("pty", nursery=nursery, watch_open=True) as port:
        name = port.name
        port.send_nowait(b"x")
    assert os.listdir("/proc/self/fd") == before
    with pytest.raises(FileNotFoundError):
        os.stat(name)


async def test_a_host_sees_the_end(nursery: trio.Nursery) -> None:
    async with open_serial("pty", nursery=nursery) as port:
        host = os.open(port.name, os.O_RDWR | os.O_NOCTTY)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        os.write(host, b"x")
    os.close(host)


async def test_no_pseudo_terminal_left(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    def openpty() -> tuple[int, int]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "openpty", openpty)
    with pytest.raises(UserError, match=r"^cannot open a pseudo-terminal: No space left on device$"):
        async with open_serial("pty", nursery=nursery):
            raise AssertionError


async def test_an_open_before_the_wait_counts_when_asked_for(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    async with open_serial("pty", nursery=nursery, watch_open=True) as port:
        os.close(os.open(port.name, os.O_RDWR | os.O_NOCTTY))
        await port.wait_opened()
        assert trio.current_time() == pytest.approx(OPEN_SETTLE_S, abs=0.01)
        await port.wait_opened()


async def test_an_open_before_the_wait_does_not_count_otherwise(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    async with open_serial("pty", nursery=nursery) as port:
        os.close(os.open(port.name, os.O_RDWR | os.O_NOCTTY))
        with trio.move_on_after(3600) as waiting:
            await port.wait_opened()
        assert waiting.cancelled_caught


@pytest.mark.slow  # the real time that pyserial needs, and then some
async def test_the_first_bytes_after_the_open_outlive_pyserials_flush(nursery: trio.Nursery) -> None:
    async with open_serial("pty", nursery=nursery, paced=True, watch_open=True) as port:

        async def boot() -> None:
            await port.wait_opened()
            port.send_nowait(b"banner\r\n")

        def host() -> bytes:
            with serial.Serial(port.name, timeout=5) as device:
                return device.readline()

        nursery.start_soon(boot)
        assert await trio.to_thread.run_sync(host) == b"banner\r\n"


async def test_what_a_pseudo_terminal_does_not_carry_gives_a_hint(
    port: SerialPort, caplog: pytest.LogCaptureFixture
) -> None:
    port.configure(9600, "N", 8, "2", "HW")
    assert caplog.messages == []
    port.configure(9600, "E", 7, "1", "N")
    (line,) = caplog.messages
    assert "carries 8 bits without parity, whatever the module (7E)" in line
