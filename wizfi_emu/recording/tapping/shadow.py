"""The emulator beside a real module: it hears the same host, and what it says is compared with what the module says.

What the module says beyond that is explained by something that has happened around it (see `guess`), which the machine
is told. What nothing explains is a difference: the emulator would have answered otherwise.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.recording.tapping.guess import BANNER, Asked, explain

QUIET_US = 500_000
"""After this long without a byte, what the module says belongs no longer to what it said before."""

EARLY_US = 300_000
"""How much earlier than the machine a module may do what is a matter of time: it has a clock of its own."""

EARLY_LINE_US = 20_000
"""The same for a line that is no result of a command: it may be the beginning of something else."""

SKIP_BYTES = 3
"""So much of what is expected later must be there to believe that what is expected before it does not come."""

EVENTS_MAX = 1000
"""Most that one piece of text is explained by; also most that the machine's own time brings in one go."""

BANNER_BYTES_MAX = 100
"""What is longer, without a line end, is no banner."""

UNEXPLAINED_BYTES_MAX = 64 * 1024
"""Text that waits for its rest, and for something that explains it. More than any answer: a certificate, a scan."""


@dataclass(slots=True)
class Spoken:
    """An event that the machine was told, and what it and the module made of it.

    ``expected`` is what the module has still to say for them to be alike. ``said``, where they are not: everything that
    the module said instead. ``times``: how many of the module's bytes came when. ``inferred``: the event was told from
    the module's texts, or by the machine's clock.
    """

    time_us: int
    event: ev.Event
    effects: list[fx.Effect]
    expected: bytearray
    matched: bytearray = field(default_factory=bytearray)
    said: bytes | None = None
    times: list[tuple[int, int]] = field(default_factory=list)


class Shadow:
    """A machine that follows a real module. Gives what has been compared to ``write``, in order."""

    def __init__(self, make: Callable[[str], Module], write: Callable[[Spoken], None]) -> None:
        """``make`` makes the machine, of the version that the module's banner names, or of none ("")."""
        self.assumed: dict[str, None] = {}
        """What was assumed, in words, in the order in which it was."""
        self.differences = 0
        self._make = make
        self._write = write
        self._module: Module | None = None
        self._asked = Asked()
        self._spoken: list[Spoken] = []
        self._unsent = bytearray()
        self._text = bytearray()
        self._text_times: list[tuple[int, int]] = []
        self._now_us = 0
        self._heard_us = 0
        self._drifts = False

    def hear_host(self, data: bytes, time_us: int) -> None:
        """The host has sent bytes to the module."""
        self._pass_time(time_us)
        if self._module is None:
            self._begin("")
        self._give_up_text()
        self._drifts = False
        self._unsent += data
        self._send()
        self._flush()

    def hear_module(self, data: bytes, time_us: int) -> None:
        """The module has sent bytes to the host."""
        if time_us - self._heard_us > QUIET_US:
            self._give_up_text()
            self._drifts = False
        self._heard_us = time_us
        self._pass_time(time_us)
        self._text += data
        self._text_times.append((len(data), time_us))
        if self._module is None:
            banner = BANNER.match(bytes(self._text))
            if (
                banner is None
                and len(self._text) < len("\r\nWizFi250 Version ") + 80
                and b"\n" not in self._text.lstrip()
            ):
                return
            self._begin(banner[1].decode("latin-1") if banner else "")
        self._compare()
        if len(self._text) > UNEXPLAINED_BYTES_MAX:
            self._give_up_text()
        self._flush()

    def close(self) -> None:
        """Nothing more comes."""
        self._give_up_text()
        for spoken in self._spoken:
            self._write(_settled(spoken))
        self._spoken.clear()

    # --- the machine ------------------------------------------------------------------------------------------------

    @property
    def _machine(self) -> Module:
        assert self._module is not None
        return self._module

    def _begin(self, version: str) -> None:
        self._module = self._make(version)
        self._tell(ev.PoweredOn(b""))
        if not version:
            self.assumed["the module was running with the factory's settings"] = None
            for spoken in self._spoken:
                spoken.matched += spoken.expected
                spoken.expected.clear()

    def _pass_time(self, time_us: int) -> None:
        """Let the machine do what is due before a moment."""
        time_us = max(time_us, self._now_us)
        for _ in range(EVENTS_MAX):
            wakeup_us = self._module.wakeup_us if self._module is not None else None
            if wakeup_us is None or wakeup_us > time_us:
                break
            self._now_us = max(self._now_us, wakeup_us)
            self._tell(ev.TimeReached())
        self._now_us = time_us

    def _tell(self, event: ev.Event) -> None:
        """Tell the machine what has happened, and answer at once what it asks for silently."""
        told = [event]
        while told:
            event = told.pop(0)
            self._asked.tell(event)
            effects = self._machine.handle(event, self._now_us)
            expected = bytearray().join(effect.data for effect in effects if isinstance(effect, fx.UartSend))
            self._spoken.append(Spoken(self._now_us, event, effects, expected))
            answers = [self._asked.order(effect) for effect in effects]
            told += [answer for answer in answers if answer is not None]
            if self._machine.data_mode.active:  # nothing is printed for them there
                told += [ev.SocketSent(sock) for sock in self._asked.sends]
                self._asked.sends.clear()

    def _send(self) -> None:
        """Give the machine what it takes of what the host has sent."""
        while self._unsent and (room := self._machine.uart_room):
            data = bytes(self._unsent[:room])
            del self._unsent[:room]
            self._tell(ev.UartReceived(data))

    # --- comparing --------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        for _ in range(EVENTS_MAX):
            if not self._text:
                return
            if self._drifts:
                self._differ(self._spoken[-1])
                return
            waiting = next((one for one in self._spoken if one.expected), None)
            if waiting is None:
                if not self._explain():
                    return
                continue
            count = _common(self._text, waiting.expected)
            if count:
                self._take(waiting, count)
            elif not self._reorder(waiting):
                self._drifts = True
                self._differ(waiting)
                return

    def _take(self, spoken: Spoken, count: int) -> None:
        """So many bytes are as expected."""
        spoken.matched += self._text[:count]
        del spoken.expected[:count]
        self._cut(spoken, count)

    def _cut(self, spoken: Spoken, count: int) -> None:
        del self._text[:count]
        while count:
            size, time_us = self._text_times.pop(0)
            taken = min(size, count)
            spoken.times.append((taken, time_us))
            if taken < size:
                self._text_times.insert(0, (size - taken, time_us))
            count -= taken

    def _explain(self) -> bool:
        """Tell the machine what explains the text; False when nothing does yet."""
        text = bytes(self._text)
        ends_escape = self._machine.data_mode.active and text.strip() == b"[OK]" and self._is_early(EARLY_US)
        guess = None if ends_escape else explain(text, self._machine, self._asked)
        if guess is not None:
            for event in guess.events:
                self._tell(event)
            if guess.assumed:
                self.assumed[guess.assumed] = None
        else:
            is_result = b"[OK]" in text or b"[ERROR" in text
            if not text.endswith(b"\n") or not self._is_early(EARLY_US if is_result else EARLY_LINE_US):
                return False
            self._now_us = max(self._now_us, self._machine.wakeup_us or 0)
            self._tell(ev.TimeReached())
        self._send()
        return True

    def _is_early(self, early_us: int) -> bool:
        """Whether the machine would do something by itself so soon."""
        wakeup_us = self._machine.wakeup_us
        return wakeup_us is not None and wakeup_us <= self._now_us + early_us

    def _reorder(self, waiting: Spoken) -> bool:
        """Whether the text is what is expected later, or something that came before the machine's answer."""
        for later in self._spoken[self._spoken.index(waiting) + 1 :]:
            if _common(self._text, later.expected) >= min(SKIP_BYTES, len(self._text)) and later.expected:
                self._give_up(waiting)
                return True
        if waiting.matched:
            return False
        count = len(self._spoken)
        if not self._explain():
            return False
        # What the machine says to it is expected before what it has said already.
        new, self._spoken[count:] = self._spoken[count:], []
        index = self._spoken.index(waiting)
        for spoken in new:
            if _common(self._text, spoken.expected):
                self._take(spoken, _common(self._text, spoken.expected))
        self._spoken[count:] = new
        return index < count and any(spoken.matched for spoken in new)

    def _give_up(self, spoken: Spoken) -> None:
        """The module does not say the rest of it."""
        spoken.said = bytes(spoken.matched)
        spoken.expected.clear()
        self.differences += 1

    def _differ(self, spoken: Spoken) -> None:
        """The text belongs to an event, and is not what the machine says to it."""
        if spoken.said is None:
            self._give_up(spoken)
        for later in self._spoken[self._spoken.index(spoken) + 1 :]:
            if later.expected:
                self._give_up(later)
        text = bytes(self._text)
        self._cut(spoken, len(text))
        spoken.said = (spoken.said or b"") + text

    def _give_up_text(self) -> None:
        """Nothing will explain the text."""
        if self._text and self._module is None:
            self._begin("")
        if self._text:
            self._differ(self._spoken[-1])

    def _flush(self) -> None:
        """Write what is settled; the last one may still be added to."""
        while len(self._spoken) > 1 and not self._spoken[0].expected:
            self._write(_settled(self._spoken.pop(0)))


def _settled(spoken: Spoken) -> Spoken:
    if spoken.expected:
        spoken.said = bytes(spoken.matched)
    return spoken


def _common(one: bytes | bytearray, other: bytes | bytearray) -> int:
    """How many bytes at the beginning are the same."""
    size = min(len(one), len(other))
    if one[:size] == other[:size]:
        return size
    return next(index for index in range(size) if one[index] != other[index])


def written(spoken: Spoken, effects: Iterable[fx.Effect]) -> list[fx.Effect]:
    """The effects of an event as a recording has them: where the module said something else, what it said."""
    if spoken.said is None:
        return list(effects)
    others: list[fx.Effect] = [effect for effect in effects if not isinstance(effect, fx.UartSend)]
    return [*others, fx.UartSend(spoken.said)] if spoken.said else others
