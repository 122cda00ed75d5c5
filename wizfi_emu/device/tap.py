"""Stands between a host and a real module: passes bytes on at once, and records what both say."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

import wizfi_emu
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import DEFAULT, list_firmware, load_firmware
from wizfi_emu.module.machine import Module
from wizfi_emu.recording.format import FORMAT, Header
from wizfi_emu.recording.recorder import Write, open_recording
from wizfi_emu.recording.tapping.shadow import Shadow
from wizfi_emu.recording.tapping.writer import TapWriter
from wizfi_emu.serial.factory import open_serial
from wizfi_emu.serial.port import SerialPort

PIECE_BYTES = 4096
"""Read from a serial line at once."""

_log = logging.getLogger("wizfi_emu.tap")


@dataclass(frozen=True, slots=True)
class TapOptions:
    """What a person can choose about a tap."""

    device: str
    """The module: a ``--serial`` that is not a host's (``tty:/dev/ttyUSB0``, ``tcp-client://HOST:PORT``)."""
    record: Path
    serial: str = "pty"
    """Where the host is."""
    link: Path | None = None
    firmware: str = ""
    """The personality that the module is compared with; empty for the version of its banner."""
    overwrite: bool = False
    record_secrets: bool = False


@dataclass(frozen=True, slots=True)
class TapSummary:
    """What has passed, for the person at the end."""

    from_host: int
    from_module: int
    differences: int
    assumed: tuple[str, ...]


class Listener:
    """Hears both sides, and writes the recording from the moment at which the personality is known."""

    def __init__(self, options: TapOptions, write: Write) -> None:
        self.from_host = self.from_module = 0
        self._options = options
        self._write = write
        self._began_s = trio.current_time()
        self._started_us = time.time_ns() // 1000
        self._writer: TapWriter | None = None
        self._shadow = Shadow(self._begin, lambda spoken: self._writer(spoken) if self._writer else None)

    def _begin(self, version: str) -> Module:
        firmware = firmware_of(self._options.firmware, version)
        _log.info("compared with the personality %s (%s)", firmware.name, firmware.version)
        header = Header(
            format=FORMAT,
            program=wizfi_emu.__version__,
            firmware=firmware,
            timing="wire",
            redacted=not self._options.record_secrets,
            tap=self._options.device,
            started_us=self._started_us,
        )
        self._writer = TapWriter(self._write, header, None if self._options.record_secrets else new_module(firmware))
        return new_module(firmware)

    def hear_host(self, data: bytes) -> None:
        self.from_host += len(data)
        self._shadow.hear_host(data, self._now_us)

    def hear_module(self, data: bytes) -> None:
        self.from_module += len(data)
        self._shadow.hear_module(data, self._now_us)

    @property
    def _now_us(self) -> int:
        return round((trio.current_time() - self._began_s) * 1_000_000)

    def close(self) -> TapSummary:
        self._shadow.close()
        if self._writer is not None:
            self._writer.close()
        return TapSummary(self.from_host, self.from_module, self._shadow.differences, tuple(self._shadow.assumed))


def firmware_of(named: str, version: str) -> Firmware:
    """The personality that was named, else the one of a version, else the default one. Raises UserError."""
    if named:
        return load_firmware(named)
    if version in list_firmware():
        return load_firmware(version)
    firmware = load_firmware(DEFAULT)
    if version and version != firmware.version:
        _log.warning("no personality has the version %s; --firmware names the one to compare with", version)
    return firmware


async def run_tap(options: TapOptions, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> TapSummary:
    """Pass bytes until cancelled; ``task_status`` gets what a host opens. Raises UserError for what is wrong."""
    if options.firmware:
        load_firmware(options.firmware)
    with _listener(options) as listener:
        try:
            async with (
                trio.open_nursery() as nursery,
                open_serial(options.device, nursery=nursery, paced=False) as module,
                open_serial(options.serial, nursery=nursery, link=options.link, paced=False) as host,
            ):
                task_status.started(str(options.link or host.name))
                nursery.start_soon(_pass_on_host, host, module, listener)
                await _pass_on_module(module, host, listener)
        finally:
            summary = listener.close()
            _tell(summary)
    return summary


@contextmanager
def _listener(options: TapOptions) -> Iterator[Listener]:
    with open_recording(options.record, overwrite=options.overwrite) as write:
        yield Listener(options, write)


async def _pass_on_host(host: SerialPort, module: SerialPort, listener: Listener) -> None:
    baud = None
    while True:
        data = await host.receive_some(PIECE_BYTES)
        if host.host_baud not in (None, baud):
            baud = host.host_baud
            module.configure(baud, "N", 8, "1", "N")
        module.send_nowait(data)
        listener.hear_host(data)
        await module.wait_room()


async def _pass_on_module(module: SerialPort, host: SerialPort, listener: Listener) -> None:
    while True:
        data = await module.receive_some(PIECE_BYTES)
        host.send_nowait(data)
        listener.hear_module(data)
        await host.wait_room()


def _tell(summary: TapSummary) -> None:
    _log.info("%d bytes of the host, %d of the module", summary.from_host, summary.from_module)
    for text in summary.assumed:
        _log.info("assumed: %s", text)
    if summary.differences:
        _log.warning("the emulator would have answered otherwise %d times; see wizfi-emu replay", summary.differences)
