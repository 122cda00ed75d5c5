"""A real UART, with a pseudo-terminal in its place: what a wire has that a pseudo-terminal for hosts has not."""

from __future__ import annotations

import fcntl
import logging
import os
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import serial
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from wizfi_emu.errors import UserError
from wizfi_emu.serial import open_serial
from wizfi_emu.serial.termios2 import LineSettings, read_baud, read_settings
from wizfi_emu.serial.tty import REOPEN_PAUSE_S


class Adapter:
    """A pseudo-terminal at a path that stays: the other end of ``master`` is what is opened there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.master = self.plug_in()

    def plug_in(self) -> int:
        self.master, slave = os.openpty()
        os.set_blocking(self.master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave
        return self.master

    def pull_out(self) -> None:
        self.path.unlink()
        os.close(self.master)
        os.close(self._slave)

    @property
    def settings(self) -> LineSettings:
        return read_settings(self._slave)

    async def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            await trio.lowlevel.wait_readable(self.master)
            data += os.read(self.master, count - len(data))
        return data


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "ttyUSB0")
    yield adapter
    adapter.pull_out()


async def test_it_is_raw_and_has_the_rate_of_the_module(nursery: trio.Nursery, adapter: Adapter) -> None:
    async with open_serial(f"tty:{adapter.path}", nursery=nursery) as port:
        assert port.name == f"tty:{adapter.path}"
        assert adapter.settings == LineSettings(115200, "N", 8, two_stop_bits=False, flow=False)
        os.write(adapter.master, b"\x03\x04\r\n\x11\x13\x7f")
        assert await port.receive_some(100) == b"\x03\x04\r\n\x11\x13\x7f"
        for baud in (9600, 123456):
            port.configure(baud, "N", 8, "2", "HW")
            port.send_nowait(b"at the new rate")
            await adapter.read(15)
            assert adapter.settings == LineSettings(baud, "N", 8, two_stop_bits=True, flow=True)


async def test_settings_that_come_at_once_leave_the_last_ones(nursery: trio.Nursery, adapter: Adapter) -> None:
    async with open_serial(f"tty:{adapter.path}", nursery=nursery) as port:
        for baud in (9600, 19200, 38400):
            port.configure(baud, "N", 8, "1", "N")
        port.send_nowait(b"x")
        await adapter.read(1)
        assert adapter.settings.baud == 38400


async def test_what_the_device_cannot_do_is_told(
    nursery: trio.Nursery, adapter: Adapter, caplog: pytest.LogCaptureFixture
) -> None:
    """A pseudo-terminal has neither parity nor 7 bits."""
    async with open_serial(f"tty:{adapter.path}", nursery=nursery) as port:
        port.configure(9600, "E", 7, "1", "N")
        port.send_nowait(b"x")
        await adapter.read(1)
        assert adapter.settings.baud == 9600
    assert caplog.messages == [f"tty:{adapter.path}: the device cannot do 9600 7E1, it is set to 9600 8N1"]


async def test_nobody_else_may_open_it(nursery: trio.Nursery, adapter: Adapter) -> None:
    async with open_serial(f"tty:{adapter.path}", nursery=nursery):
        with pytest.raises(UserError, match=r"ttyUSB0: another program has it open$|Device or resource busy$"):
            async with open_serial(f"tty:{adapter.path}", nursery=nursery):
                raise AssertionError
        with pytest.raises(serial.SerialException):
            serial.Serial(str(adapter.path), exclusive=True)
    with serial.Serial(str(adapter.path), exclusive=True):
        pass


@pytest.mark.parametrize(
    ("name", "reason"), [("missing", "No such file or directory"), ("file", "not a serial device")]
)
async def test_what_cannot_be_opened(nursery: trio.Nursery, tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError) as error:
        async with open_serial(f"tty:{tmp_path / name}", nursery=nursery):
            raise AssertionError
    assert str(error.value) == f"--serial tty:{tmp_path / name}: {reason}"


async def test_a_device_that_goes_is_used_when_it_is_back(
    nursery: trio.Nursery, adapter: Adapter, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_serial(f"tty:{adapter.path}", nursery=nursery, paced=False) as port:
        received, take = trio.open_memory_channel[bytes](1)

        async def receive() -> None:
            with suppress(trio.ClosedResourceError):
                while True:
                    await received.send(await port.receive_some(100))

        nursery.start_soon(receive)
        port.configure(9600, "N", 8, "1", "N")
        await wait_all_tasks_blocked()
        for _ in range(2):
            adapter.pull_out()
            await trio.sleep(10 * REOPEN_PAUSE_S)
            port.send_nowait(b"nobody hears this")
            adapter.plug_in()
            await trio.sleep(2 * REOPEN_PAUSE_S)
            port.send_nowait(b"again")
            assert await adapter.read(5) == b"again"
            os.write(adapter.master, b"AT\r")
            assert await take.receive() == b"AT\r"
            assert adapter.settings.baud == 9600
        assert port.dropped_bytes == 2 * len(b"nobody hears this")
    assert sum("it is opened again when it is back" in line for line in caplog.messages) == 2
    assert sum(line.endswith("is there again") for line in caplog.messages) == 2


async def test_a_module_that_cannot_take_more_takes_rts_away(
    nursery: trio.Nursery, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[tuple[int, int]] = []
    ioctl = fcntl.ioctl

    def note(descriptor: int, request: int, argument: bytes = b"") -> object:
        if request in (termios.TIOCMBIS, termios.TIOCMBIC):
            lines.append((request, int.from_bytes(argument, "little")))
        return ioctl(descriptor, request, argument)

    monkeypatch.setattr(fcntl, "ioctl", note)
    async with open_serial(f"tty:{adapter.path}", nursery=nursery) as port:
        port.stop_host(True)
        port.stop_host(False)
    on, off = (termios.TIOCMBIS, termios.TIOCM_RTS), (termios.TIOCMBIC, termios.TIOCM_RTS)
    assert lines == [on, off, on]


async def test_a_host_that_does_not_read_leaves_its_settings_for_later(nursery: trio.Nursery, adapter: Adapter) -> None:
    async with open_serial(f"tty:{adapter.path}", nursery=nursery, paced=False) as port:
        port.configure(115200, "N", 8, "1", "HW")
        await wait_all_tasks_blocked()
        for _ in range(10):
            port.send_nowait(bytes(4096))
        assert port.holds
        await adapter.read(40960)
        assert read_baud(adapter.master) == 115200
