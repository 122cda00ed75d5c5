"""A recording that a person switches on and off while the module runs.

It begins when the power comes, since only then a machine can be made that does the same; the levels that are on its
pins by then come first. It is in a file without a name, which is gone with the program.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack

from wizfi_emu.actions.limits import PINS
from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.control.state import RecordingState
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Header, Item
from wizfi_emu.recording.recorder import Recorder, new_recorder
from wizfi_emu.run.runner import Runner

RECORDING_BYTES_MAX = 64 * 1024 * 1024
"""Where a recording by hand ends: hours of a busy line, and what a browser can still draw."""

NewHeader = Callable[[], Header]


class HandRecording:
    """The recording of one module."""

    def __init__(self, runner: Runner, header: NewHeader | None) -> None:
        self._runner = runner
        self._new_header = header
        self._file = -1
        self._bytes = 0
        self._recorder: Recorder | None = None
        self._phase = RecordingState().state
        self._observing = ExitStack()

    @property
    def state(self) -> RecordingState:
        return RecordingState(self._phase, self._bytes)

    def switch(self, on: bool) -> None:
        """Record from the next time on that the power comes, or end that. Raises RefusedError when it is so already."""
        if self._new_header is None:
            raise RefusedError("this module is not recorded by hand")
        if on == (self._phase in ("waiting", "on")):
            raise RefusedError("a recording is under way" if on else "nothing is being recorded")
        self._end()
        if on:
            self._phase = "waiting"
            self._observing.enter_context(self._runner.observed(self._see))

    def read(self) -> bytes:
        """What there is of the last recording. Raises RefusedError when there is none."""
        if not self._bytes:
            raise RefusedError("nothing has been recorded")
        return os.pread(self._file, self._bytes, 0)

    def _see(self, item: Item, time_us: int) -> None:
        if self._phase == "waiting" and isinstance(item, ev.PoweredOn) and item.cause is ev.ResetCause.POWER:
            self._begin(time_us)
        if self._recorder is not None:
            self._recorder(item, time_us)
        if self._bytes >= RECORDING_BYTES_MAX and self._phase == "on":
            self._phase = "full"

    def _begin(self, time_us: int) -> None:
        assert self._new_header is not None
        self._close_file()
        with tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())
        self._phase = "on"
        self._recorder = new_recorder(self._write, self._new_header())
        board = self._runner.module.board
        for pin in PINS:
            if (level := board.driven(pin)) is not None:
                self._recorder(ev.PinDriven(pin, level), time_us)
        self._recorder(ev.AdcDriven(board.adc_value), time_us)
        self._runner.on_note.append(self._recorder.see_note)
        self._observing.callback(self._runner.on_note.remove, self._recorder.see_note)
        if (wire := self._runner.wire) is not None:
            before, note = wire.on_left, self._recorder.line.left

            def left(count: int, since_us: float, until_us: float, waiting: int) -> None:
                before(count, since_us, until_us, waiting)
                note(count, since_us, until_us, waiting)

            wire.on_left = left
            self._observing.callback(setattr, wire, "on_left", before)

    def _write(self, data: bytes) -> None:
        if self._phase == "on":
            self._bytes += os.pwrite(self._file, data, self._bytes)

    def _end(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None
        self._observing.close()
        self._phase = "off"

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._bytes = 0
