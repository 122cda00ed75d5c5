"""Records a module from the options of the command line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import wizfi_emu
from wizfi_emu.device.options import RunOptions
from wizfi_emu.firmware import Firmware
from wizfi_emu.recording.format import FORMAT, Header
from wizfi_emu.recording.recorder import open_recorder
from wizfi_emu.run.runner import Runner


@contextmanager
def recorded(runner: Runner, options: RunOptions, firmware: Firmware, *, virtual: bool = False) -> Iterator[None]:
    """Record what a module does in this context. Raises UserError when the file cannot be written.

    In ``virtual`` time a recording says nothing of when it was made, so that the same run gives the same file.
    """
    assert options.record is not None
    header = new_header(runner, options, firmware, virtual=virtual)
    with open_recorder(options.record, header, overwrite=options.overwrite) as recorder, runner.observed(recorder):
        if runner.wire is not None:
            runner.wire.on_left = recorder.line.left
        runner.on_note.append(recorder.see_note)
        try:
            yield
        finally:
            runner.on_note.remove(recorder.see_note)


def new_header(runner: Runner, options: RunOptions, firmware: Firmware, *, virtual: bool = False) -> Header:
    """The header of a recording that begins now."""
    return Header(
        format=FORMAT,
        program=wizfi_emu.__version__,
        firmware=firmware,
        world=options.world,
        timing=options.timing,
        time_scale=options.time_scale,
        redacted=not options.record_secrets,
        started_us=0 if virtual else time.time_ns() // 1000 - int(runner.now_us / options.time_scale),
    )
