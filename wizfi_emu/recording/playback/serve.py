"""Lets a live host talk to a machine whose world is a recorded one."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import trio

from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.world import RecordedWorld
from wizfi_emu.serial.factory import open_serial
from wizfi_emu.serial.port import SerialPort

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_log = logging.getLogger("wizfi_emu.recording")


async def serve_recording(
    recording: Recording,
    *,
    serial: str = "pty",
    link: Path | None = None,
    paced: bool = True,
    on_open: bool = False,
    firmware: Firmware | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; ``task_status`` gets what a host opens. What cannot be matched is logged.

    ``firmware`` is another personality than the recorded one; ``on_open``: power comes on when a host opens the line.
    """
    async with (
        trio.open_nursery() as nursery,
        open_serial(serial, nursery=nursery, link=link, paced=paced, watch_open=on_open) as port,
    ):
        module = _PlayedModule(recording, firmware or recording.header.firmware, port)
        task_status.started(str(link or port.name))
        if on_open:
            await port.wait_opened()
        try:
            await module.run()
        finally:
            for line in module.world.unplayed():
                _log.info("%s", line)


class _PlayedModule:
    """A machine between a serial line and a recorded world."""

    def __init__(self, recording: Recording, firmware: Firmware, serial: SerialPort) -> None:
        self.world = RecordedWorld(recording, lambda text: _log.warning("%s", text))
        self._machine = new_module(firmware)
        self._serial = serial
        self._started_s = trio.current_time()
        self._sleep = trio.CancelScope()
        self._room = trio.Event()

    async def run(self) -> None:
        """Switch on, and serve until cancelled."""
        for event in self.world.before_power:
            self._feed(event)
        self.world.power_on(self._now_us)
        self._do_what_is_due()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read_serial)
            nursery.start_soon(self._keep_time)

    @property
    def _now_us(self) -> int:
        return int((trio.current_time() - self._started_s) * 1_000_000)

    async def _read_serial(self) -> None:
        while True:
            data = await self._serial.receive_some(max(1, self._machine.uart_room))
            while data:
                room = self._machine.uart_room
                if room:
                    self.world.host_sent(data[:room], self._now_us)
                    self._feed(ev.UartReceived(data[:room]))
                    data = data[room:]
                    self._do_what_is_due()
                else:
                    self._room = trio.Event()
                    await self._room.wait()

    async def _keep_time(self) -> None:
        while True:
            wakeup_us = self._wakeup_us
            deadline_s = math.inf if wakeup_us is None else self._started_s + wakeup_us / 1_000_000
            with trio.CancelScope(deadline=deadline_s) as self._sleep:
                await trio.sleep_forever()
            self._do_what_is_due()

    @property
    def _wakeup_us(self) -> int | None:
        times = [time for time in (self._machine.wakeup_us, self.world.wakeup_us) if time is not None]
        return min(times) if times else None

    def _do_what_is_due(self) -> None:
        now_us = self._now_us
        while (event := self.world.next_event(now_us)) is not None:
            self._feed(event)
        wakeup_us = self._machine.wakeup_us
        if wakeup_us is not None and wakeup_us <= now_us:
            self._feed(ev.TimeReached())
        wakeup_us = self._wakeup_us
        if wakeup_us is not None:
            self._sleep.deadline = min(self._sleep.deadline, self._started_s + wakeup_us / 1_000_000)

    def _feed(self, event: ev.Event) -> None:
        now_us = self._now_us
        for effect in self._machine.handle(event, now_us):
            match effect:
                case fx.UartSend():
                    self._serial.send_nowait(effect.data)
                case fx.ConfigureUart():
                    self._serial.configure(effect.baud, effect.parity, effect.data_bits, effect.stop_bits, effect.flow)
                case fx.Log():
                    _log.log(_LEVELS[effect.level], "%s", effect.text)
                case _:
                    self.world.execute(effect, now_us)
        if self._machine.uart_room:
            self._room.set()
