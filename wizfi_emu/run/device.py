"""A runner in real time: its host is on a real serial line, its clock follows trio's."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import trio

from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.run.runner import Runner
from wizfi_emu.serial.port import SerialPort
from wizfi_emu.stages.lineclock import LONGEST_SLICE_US, SLICE_US
from wizfi_emu.stages.physics import physics_of
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.world import World

if TYPE_CHECKING:
    from wizfi_emu.spi.port import SpiPort

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}


def logger_of(name: str) -> logging.Logger:
    """The log of a module that is called so; the only one has no name."""
    return logging.getLogger(f"wizfi_emu.module.{name}" if name else "wizfi_emu.module")


class TrioClock:
    """Goes with trio's clock, ``time_scale`` times as fast; 0 at ``started_s`` of that, now if it is not given."""

    def __init__(self, time_scale: float = 1.0, started_s: float | None = None) -> None:
        self.time_scale = time_scale
        self._started_s = trio.current_time() if started_s is None else started_s

    @property
    def now_us(self) -> int:
        # Rounded, because a deadline in seconds is not exact: who wakes up then must not be a microsecond early.
        return round((trio.current_time() - self._started_s) * 1_000_000 * self.time_scale)

    def at(self, time_us: int) -> float:
        """A time of the module in seconds of trio's clock."""
        return self._started_s + time_us / 1_000_000 / self.time_scale


class Device(Runner):
    """A module that runs. One task reads the serial line, one sleeps until something is due."""

    clock: TrioClock
    line: SerialPort

    def __init__(
        self,
        module: Module,
        world: World,
        serial: SerialPort,
        *,
        timing: Timing | None = None,
        clock: TrioClock | None = None,
        seed: int | None = None,
        name: str = "",
    ) -> None:
        """``clock`` is the one that modules of one air share, ``seed`` that of all chance. The log has the ``name``."""
        self.seed = seed
        log = logger_of(name)
        stages, self.wire = physics_of(
            timing or Timing(),
            module,
            held=lambda: serial.holds,
            lead_us=SLICE_US,
            longest_slice_us=LONGEST_SLICE_US,
        )
        if self.wire is not None:
            self.wire.on_stop = serial.stop_host
        super().__init__(
            module,
            world,
            serial,
            clock or TrioClock(),
            stages=stages,
            log=lambda entry: log.log(_LEVELS[entry.level], "%s", entry.text),
        )
        self.panel = ""
        """Where a browser finds it, if it can."""
        self.spi: SpiPort | None = None
        """Where a host clocks SPI, if it can."""
        self._sleep = trio.CancelScope()
        self._room = trio.Event()
        self.on_change = serial.on_progress = self._look_again
        serial.on_reset = self._reset_by_host

    def _reset_by_host(self) -> None:
        if self.has_power:
            self.feed(ev.ResetPulled())

    async def run(self) -> None:
        """Serve the serial line and the clock until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read_serial)
            nursery.start_soon(self._keep_time)

    async def _read_serial(self) -> None:
        while True:
            if room := self.serial_room:
                await self.receive_serial(await self.line.receive_some(room))
            else:
                await self._wait_room()

    async def receive_serial(self, data: bytes) -> None:
        """Feed bytes of the serial line, as fast as the machine takes them."""
        while data:
            # Asked again for each piece: the machine may have left data mode since the read began.
            room = self.serial_room
            if room:
                self.feed(ev.UartReceived(data[:room]))
                data = data[room:]
            else:
                await self._wait_room()

    async def _wait_room(self) -> None:
        if self._room.is_set():
            self._room = trio.Event()
        await self._room.wait()

    async def _keep_time(self) -> None:
        while True:
            wakeup_us = self.wakeup_us
            if wakeup_us is None or wakeup_us > self.clock.now_us:
                deadline_s = math.inf if wakeup_us is None else self.clock.at(wakeup_us)
                with trio.CancelScope(deadline=deadline_s) as self._sleep:
                    await trio.sleep_forever()
            self.step()

    def _look_again(self) -> None:
        """Let the clock task wake for the next deadline. A later one is found when it wakes for the earlier one."""
        wakeup_us = self.wakeup_us
        if wakeup_us is not None and (deadline_s := self.clock.at(wakeup_us)) < self._sleep.deadline:
            self._sleep.deadline = deadline_s
        if not self._room.is_set() and self.serial_room:
            self._room.set()
