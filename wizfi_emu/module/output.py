"""What the module prints: message levels, event forms, the delay of AT+MEVTDELAY, and who sees it.

Formatted output goes to the serial line or, while an air command runs, into its answer. Received data goes to the
serial line in every case.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from wizfi_emu.at.responses import Response, Urc, urc_text
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.tasks import Sleep, Steps, Until

RESULT_LEVEL = 2
DEBUG_LEVEL = 3
HELD_EVENTS_FULL = 16
"""Behind so many delayed outputs (4 s of AT+MEVTDELAY=255) no data and no client is taken from the network."""
HELD_BYTES_FULL = 65536
"""The same for bytes: one large read for the host, framed, may still come on top."""
HELD_EVENTS_MAX = 4 * HELD_EVENTS_FULL
"""So many events wait at most. Beyond it they are lost: what makes them cannot be held up, such as a flapping link."""
HELD_BYTES_MAX = 4 * HELD_BYTES_FULL
"""So many bytes wait at most. Beyond it they are lost: the runner did not hold the network up, or could not (UDP)."""
_HELD_COST_BYTES = 64  # what a piece counts beside its bytes, so that many small ones are bounded too
_CAPTURE_LIMIT_BYTES = 1450  # firmware 1.0.5.2: an air command's answer
_CAPTURE_DOTS_LIMIT_BYTES = 1459  # ... and beyond it one dot for each further byte, up to here


class _Held(NamedTuple):
    data: bytes
    delayed: bool
    capturable: bool
    on_printed: Callable[[], None] | None = None


class Output:
    """Decides what is printed, and when."""

    __slots__ = (
        "_await_room",
        "_capture",
        "_held",
        "_held_bytes",
        "_held_events",
        "_report_loss",
        "_settings",
        "_start_delay",
        "at_once",
        "lost_pieces",
    )

    def __init__(
        self,
        settings: Settings,
        send: Callable[[bytes], None],
        start_delay: Callable[[int], None],
        report_loss: Callable[[], None] = lambda: None,
    ) -> None:
        """``send`` gives bytes to the host; ``start_delay(us)`` calls `release` after that time.

        ``report_loss`` is called when output begins to be lost, at ``HELD_EVENTS_MAX`` or ``HELD_BYTES_MAX``.
        """
        self._settings = settings
        self.at_once = send
        """Prints what no level, delay or air command concerns: the echo, data mode, lines of the radio's libraries."""
        self._start_delay = start_delay
        self._report_loss = report_loss
        self._held: deque[_Held] = deque()
        self._capture: bytearray | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what is held back and any capture."""
        self._held.clear()
        self._held_bytes = self._held_events = 0
        self._await_room: list[Callable[[None], None]] = []
        self._capture = None
        self.lost_pieces = 0

    def text(self, data: bytes, level: int | None = None) -> None:
        """Response text, shown from a message level on; without one from that of the personality."""
        if self._settings.ram.message_level >= (level or self._settings.firmware.response_level):
            self._print(data)

    def debug(self, text: str) -> None:
        """A free-text line of message level 3, as far as its wording is known."""
        if self._settings.firmware.debug_errors:
            self.text(text.encode("latin-1") + b"\r\n", DEBUG_LEVEL)

    def urc(self, urc: Urc, argument: int | str = "") -> None:
        """An event, under its AT+MEVTFORM digit and its message level."""
        self._print_event(self.urc_bytes(urc, argument))

    def urc_bytes(self, urc: Urc, argument: int | str = "") -> bytes:
        """The bytes that an event prints now; nothing when form or level suppress it."""
        profile = self._settings.ram
        if profile.message_level < self._level_of(urc):
            return b""
        return urc_text(urc, profile.event_form[urc.value], argument)

    def result(self, response: Response) -> None:
        """A result code outside a command's end, where nobody waits for its delay."""
        if self._settings.ram.message_level >= RESULT_LEVEL:
            self._print_event(response.value)

    def _print_event(self, data: bytes) -> None:
        if data and self._settings.ram.event_delay_ms:
            self.delayed(data)
        elif data:
            self._print(data)

    def progress(self, data: bytes) -> None:
        """Join progress and addresses: level 2 and MEVTFORM position 10 = 1."""
        if self._settings.ram.event_form[Urc.PROGRESS.value] == "1":
            self.text(data, RESULT_LEVEL)

    @property
    def held_back(self) -> bool:
        """Whether some output waits for a delay."""
        return bool(self._held)

    def delayed(self, data: bytes, on_printed: Callable[[], None] | None = None) -> None:
        """Print after the delay of AT+MEVTDELAY; what comes meanwhile is held back."""
        self._hold(_Held(data, delayed=True, capturable=True, on_printed=on_printed))
        if len(self._held) == 1:
            self._start_delay(self._settings.ram.event_delay_ms * 1000)

    def respond(self, response: Response) -> Steps[None]:
        """Print the final response of a command, with the delays of AT+MEVTDELAY around it."""
        if response is Response.NONE or self._settings.ram.message_level < RESULT_LEVEL:
            return
        yield from self.print_result(response.value)

    def print_result(self, data: bytes) -> Steps[None]:
        """Print what is delayed as a result code is."""
        if not data:
            return
        if not self._settings.ram.event_delay_ms:
            self._print(data)
            return
        yield self.printed(data)
        yield Sleep(self._settings.ram.event_delay_ms * 1000)

    def printed(self, data: bytes) -> Until:
        """What a task waits for that prints delayed output."""
        return Until(lambda resume: self.delayed(data, lambda: resume(None)))

    def block(self, data: bytes) -> None:
        """A block of received data: one unit, on the serial line even while an air command runs."""
        if self._held:
            self._hold(_Held(data, delayed=False, capturable=False))
        else:
            self.at_once(data)

    def release(self) -> None:
        """The delay of the first held output is over."""
        while self._held:
            held = self._held.popleft()
            self._held_bytes -= len(held.data) + _HELD_COST_BYTES
            self._held_events -= held.delayed
            if held.capturable:
                self._emit(held.data)
            else:
                self.at_once(held.data)
            if held.on_printed is not None:
                held.on_printed()
            if self._held and self._held[0].delayed:
                self._start_delay(self._settings.ram.event_delay_ms * 1000)
                break
        if self._await_room and self.has_room:
            waiting, self._await_room = self._await_room, []
            for resume in waiting:
                resume(None)

    @property
    def has_room(self) -> bool:
        """Whether there is room for what comes from the network."""
        return self._held_events < HELD_EVENTS_FULL and self._held_bytes < HELD_BYTES_FULL

    def room(self) -> Until:
        """What a task waits for that lets more come from the network, while `has_room` is false."""
        return Until(self._await_room.append)

    @property
    def captured(self) -> bool:
        """Whether output goes into the answer of an air command."""
        return self._capture is not None

    def start_capture(self) -> None:
        self._capture = bytearray()

    def captured_answer(self) -> bytes:
        """What was collected, within the module's limits."""
        captured = self._capture or bytearray()
        dots = min(len(captured), _CAPTURE_DOTS_LIMIT_BYTES) - _CAPTURE_LIMIT_BYTES
        return bytes(captured[:_CAPTURE_LIMIT_BYTES]) + b"." * max(0, dots)

    def stop_capture(self) -> None:
        self._capture = None

    def _level_of(self, urc: Urc) -> int:
        if urc in (Urc.BANNER, Urc.CONNECT):
            return RESULT_LEVEL
        if self._settings.ram.custom_code == "POSBANK":
            return RESULT_LEVEL
        return self._settings.firmware.late_events_level

    def _hold(self, held: _Held) -> None:
        # A task waits for the end of its output: this is never lost, and there are few tasks.
        full = self._held_events >= HELD_EVENTS_MAX if held.delayed else self._held_bytes >= HELD_BYTES_MAX
        if full and held.on_printed is None:
            self.lost_pieces += 1
            if self.lost_pieces == 1:
                self._report_loss()
            return
        self._held.append(held)
        self._held_bytes += len(held.data) + _HELD_COST_BYTES
        self._held_events += held.delayed

    def _print(self, data: bytes) -> None:
        if self._held:
            self._hold(_Held(data, delayed=False, capturable=True))
        else:
            self._emit(data)

    def _emit(self, data: bytes) -> None:
        if self._capture is None:
            self.at_once(data)
        else:
            # Kept a little beyond the limit only to know how many dots follow.
            room = _CAPTURE_DOTS_LIMIT_BYTES - len(self._capture)
            self._capture += data[: max(0, room)]
