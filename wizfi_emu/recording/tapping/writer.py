"""Writes what a tap has heard as a recording, without the secrets.

As in `wizfi_emu.recording.recorder`, a machine of its own gets the redacted events, and its effects are written. Where
the module said something else its text is written, in which commands and every secret known so far are masked too.
"""

from collections import deque
from collections.abc import Callable

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.recording.format import Header, Left, encode_header, encode_item, encode_left
from wizfi_emu.recording.redaction.redactor import Redactor
from wizfi_emu.recording.redaction.secrets import mask_lines
from wizfi_emu.recording.tapping.shadow import Spoken, written


class TapWriter:
    """Takes what is settled, in order. ``twin`` is a machine of the header's firmware; None keeps the secrets."""

    def __init__(self, write: Callable[[bytes], None], header: Header, twin: Module | None) -> None:
        self._write = write
        self._twin = twin
        self._settled: deque[Spoken] = deque()
        self._left_us = 0
        if twin is not None:
            self._redactor = Redactor(lambda: twin.data_mode.active, lambda: twin.ports.miso is not None)
        write(encode_header(header))

    def __call__(self, spoken: Spoken) -> None:
        """Write an event, when it is clear what of it is secret."""
        if self._twin is None:
            self._write_lines(spoken.time_us, spoken.event, written(spoken, spoken.effects), spoken.times)
            return
        self._settled.append(spoken)
        self._write_ready(self._redactor.receive(spoken.time_us, spoken.event))

    def close(self) -> None:
        """Nothing more comes."""
        if self._twin is not None:
            self._write_ready(self._redactor.close())

    def _write_ready(self, ready: list[tuple[int, ev.Event]]) -> None:
        assert self._twin is not None
        for time_us, event in ready:
            spoken = self._settled.popleft()
            if spoken.said is not None:
                spoken.said = self._masked(spoken.said)
            effects = written(spoken, self._twin.handle(event, time_us))
            self._write_lines(time_us, event, effects, spoken.times)

    def _masked(self, text: bytes) -> bytes:
        masks = self._redactor.masks
        return masks.within(mask_lines(text, masks))

    def _write_lines(
        self, time_us: int, event: ev.Event, effects: list[fx.Effect], times: list[tuple[int, int]]
    ) -> None:
        lines = [encode_item(time_us, event), *(encode_item(time_us, effect) for effect in effects)]
        for count, left_us in times:
            self._left_us = max(self._left_us, left_us)  # what came out of order has the time of what it came behind
            lines.append(encode_left(Left(count, self._left_us, self._left_us, 0)))
        self._write(b"".join(lines))
