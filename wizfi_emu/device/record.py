"""Records a device from the options of the command line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import wizfi_emu
from wizfi_emu.device.options import RunOptions
from wizfi_emu.firmware import Firmware
from wizfi_emu.recording.format import FORMAT, Header
from wizfi_emu.recording.recorder import open_recorder
from wizfi_emu.run.device import Device


@contextmanager
def recorded(device: Device, options: RunOptions, firmware: Firmware) -> Iterator[None]:
    """Record what the device does in this context. Raises UserError when the file cannot be written."""
    assert options.record is not None
    header = Header(
        format=FORMAT,
        program=wizfi_emu.__version__,
        firmware=firmware,
        world=options.world,
        timing=options.timing,
        time_scale=options.time_scale,
        redacted=not options.record_secrets,
        started_us=time.time_ns() // 1000 - int(device.now_us / device.clock.time_scale),
    )
    with open_recorder(options.record, header) as recorder, device.observed(recorder):
        yield
