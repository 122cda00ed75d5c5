"""Lets a live host talk to a machine whose world is a recorded one."""

import logging

import trio

from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.start import instrumented, serve_host
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.world import RecordedWorld
from wizfi_emu.run.device import Device
from wizfi_emu.serial.factory import open_serial
from wizfi_emu.timing import Timing, load_timing

_log = logging.getLogger("wizfi_emu.recording")


async def serve_recording(
    recording: Recording,
    options: RunOptions,
    firmware: Firmware | None = None,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; ``task_status`` gets what a host opens. What cannot be matched is logged.

    Of the options those of the serial line, of SPI, of control and of a new recording count. ``firmware`` is another
    personality than the recorded one. Raises UserError for what the person got wrong.
    """
    personality = firmware or recording.header.firmware
    given = load_timing(options.timing)
    # All other times are those of the recording.
    timing = Timing(paced=given.paced, uart_byte_cost=given.uart_byte_cost)
    world = RecordedWorld(recording, lambda text: _log.warning("%s", text))
    async with (
        trio.open_nursery() as nursery,
        open_serial(
            options.serial,
            nursery=nursery,
            link=options.link,
            paced=timing.paced,
            watch_open=options.boot != "now",
            watch_every=options.boot == "every-open",
        ) as port,
    ):
        device = Device(new_module(personality), world, port, timing=timing, seed=options.seed)
        with instrumented(device, options, personality, nursery):
            try:
                await serve_host(device, options, task_status)
            finally:
                for line in world.unplayed():
                    _log.info("%s", line)
