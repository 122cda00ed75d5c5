"""What the steps of a scenario do, whatever they are played on.

A script is a generator: it does what can be done now and yields what it waits for. Who plays it resumes it with True
when that has come, and with False when its time is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wizfi_emu.control.pins import HOLD_MS
from wizfi_emu.errors import UserError
from wizfi_emu.scenario.model import Exec, Step, shown_text, substitute
from wizfi_emu.scenario.peers.actor import Actor
from wizfi_emu.scenario.rig import ProblemError, Rig, Stream

MICROS = 1_000_000
PRESS_US = GAP_US = 120_000
"""FUNCTION down and up again (guide: 100 to 200 ms each); a little more than the 100 ms between two looks at it."""
OFF_US = 100_000

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Wait:
    """Until ``ready`` is true, at most until a time of the module; without ``ready`` until then."""

    until_us: int | None
    ready: Callable[[], bool] = lambda: False


Script = Generator[Wait, bool, None]


@dataclass(slots=True)
class Result:
    """What became of a step."""

    place: str
    text: str
    outcome: Outcome = "skipped"
    started_us: int = 0
    ended_us: int = 0
    message: str = ""


@dataclass(slots=True)
class Part:
    """The steps of the scenario, or of a block, with their results; ``failed`` tells whether it has come to an end."""

    results: list[Result] = field(default_factory=list)
    failed: bool = False


def play_steps(rig: Rig, steps: Sequence[Step], part: Part, place: str, begin_us: int) -> Script:
    """The script of steps; ``place`` is what they are called in a report, ``begin_us`` what ``at`` counts from."""
    part.results += [Result(f"{place}[{number}]", str(step)) for number, step in enumerate(steps)]
    player = _Player(rig, whole=place == "steps")
    for step, result in zip(steps, part.results, strict=True):
        if step.at is not None:
            yield Wait(begin_us + round(step.at * MICROS))
        result.started_us = rig.now_us
        yield from _judged(rig, player.play(step), result)
        if result.outcome == "failed":
            part.failed = True
            return


def play_end(rig: Rig, program: Exec, part: Part) -> Script:
    """The end of the host program."""
    result = Result("exec", f"{program.command}: exit status {program.status} within {program.within:g} s")
    part.results.append(result)
    result.started_us = rig.now_us
    yield from _judged(rig, _expect_exit(rig, program.status, program.within), result)
    part.failed = result.outcome == "failed"


def _judged(rig: Rig, script: Script, result: Result) -> Script:
    try:
        yield from script
    except (ProblemError, UserError) as error:
        result.outcome, result.message = "failed", str(error)
    else:
        result.outcome = "passed"
    result.ended_us = rig.now_us


class _Player:
    """Plays single steps. What is expected is looked for behind what was expected before, in each stream."""

    def __init__(self, rig: Rig, *, whole: bool) -> None:
        """``whole``: also what has passed before can be expected."""
        self._rig = rig
        streams = (rig.to_host, rig.from_host, *(peer.got for peer in rig.peers.values()))
        self._seen = {id(stream): 0 if whole else len(stream.data) for stream in streams}
        self._accepted: dict[str, int] = {}

    def play(self, step: Step) -> Script:
        """The script of one step."""
        rig = self._rig
        match step.verb:
            case "send" | "line":
                data = self._bytes(step.texts[0]) + (b"\r" if step.line is not None else b"")
                if step.peer is None:
                    rig.send(data)
                else:
                    rig.peers[step.peer].send(data, step.to or 0)
            case "expect" | "expect_match":
                yield from self._expect(step)
            case "expect_not":
                yield from self._expect_not(step)
            case "wait":
                yield Wait(rig.now_us + round((step.wait or 0) * MICROS))
            case "press":
                yield from self._press(step.press or 0)
            case "pin":
                for pin, level in (step.pin or {}).items():
                    rig.drive(pin, None if level == "free" else bool(level))
            case "adc":
                rig.set_adc(step.adc or 0)
            case "power":
                yield from self._power(step)
            case "reset":
                rig.reset(step.reset == "watchdog")
            case "baud":
                rig.set_host_baud(step.baud or 0)
            case "start":
                assert step.start is not None
                rig.faults.add(step.start)
            case "heal":
                rig.faults.heal(step.heal or "")
            case "expect_exit":
                yield from _expect_exit(rig, step.expect_exit or 0, step.within_s)
            case _:
                yield from self._peer(step, rig.peers[step.peers[0]], step.peers[0])

    def _bytes(self, text: str) -> bytes:
        return substitute(text, self._rig.values).encode("latin-1")

    # --- the serial line --------------------------------------------------------------------------------------------

    def _stream(self, step: Step) -> Stream:
        if step.peer is not None:
            return self._rig.peers[step.peer].got
        return self._rig.from_host if step.source == "host" else self._rig.to_host

    def _expect(self, step: Step) -> Script:
        stream = self._stream(step)
        start = self._seen[id(stream)]
        if step.expect_match is not None:
            text = substitute(step.expect_match, self._rig.values)
            wanted = [_Search(stream, start, re.compile(text.encode("latin-1"), re.DOTALL))]
        else:
            wanted = [_Search(stream, start, re.compile(re.escape(self._bytes(text)))) for text in step.texts]
        came = yield self._in_time(step.within_s, lambda: all(one.found() for one in wanted))
        if not came:
            missing = [shown_text(text) for text, one in zip(step.texts, wanted, strict=True) if not one.found()]
            raise ProblemError(f"{', '.join(missing)} did not come within {step.within_s:g} s")
        self._seen[id(stream)] = max(one.end or 0 for one in wanted)

    def _expect_not(self, step: Step) -> Script:
        stream = self._stream(step)
        start = self._seen[id(stream)]
        search = _Search(stream, start, re.compile(re.escape(self._bytes(step.texts[0]))))
        if (yield self._in_time(step.within_s, search.found)):
            raise ProblemError(f"{shown_text(step.texts[0])} came")

    def _in_time(self, within_s: float, ready: Callable[[], bool]) -> Wait:
        return Wait(self._rig.now_us + round(within_s * MICROS), ready)

    # --- hands ------------------------------------------------------------------------------------------------------

    def _press(self, count: int) -> Script:
        for _ in range(count):
            self._rig.drive("function", False)
            yield Wait(self._rig.now_us + PRESS_US)
            self._rig.drive("function", None)
            yield Wait(self._rig.now_us + GAP_US)

    def _power(self, step: Step) -> Script:
        rig = self._rig
        if step.power != "on":
            rig.switch_power(False)
        if step.power == "cycle":
            yield Wait(rig.now_us + OFF_US)
        if step.power == "off":
            return
        for pin in step.low:
            rig.drive(pin, False)
        rig.switch_power(True)
        if step.low:
            yield Wait(rig.now_us + HOLD_MS * 1000)
        for pin in step.low:
            rig.drive(pin, None)

    # --- peers ------------------------------------------------------------------------------------------------------

    def _peer(self, step: Step, peer: Actor, name: str) -> Script:
        match step.verb:
            case "accept":
                before = self._accepted.get(name, 0)
                if not (yield self._in_time(step.within_s, lambda: peer.accepted > before)):
                    raise ProblemError(f"the module did not connect to {name} within {step.within_s:g} s")
                self._accepted[name] = before + 1
            case "connect":
                peer.connect(step.to or 0)
                yield self._in_time(step.within_s, lambda: not peer.connecting)
                if peer.connecting or peer.problem:
                    raise ProblemError(f"{name}: {peer.problem or 'the module does not accept the connection'}")
            case "listen":
                peer.listen()
            case "stop":
                peer.stop()
            case "close" | "abort" | "half_close":
                peer.close(step.verb)
            case "expect_closed":
                if not (yield self._in_time(step.within_s, lambda: peer.closed)):
                    raise ProblemError(f"the module did not end the connection to {name} within {step.within_s:g} s")


def _expect_exit(rig: Rig, status: int, within_s: float) -> Script:
    if not (yield Wait(rig.now_us + round(within_s * MICROS), lambda: rig.exit_status is not None)):
        raise ProblemError(f"the host program did not end within {within_s:g} s")
    if rig.exit_status != status:
        raise ProblemError(f"the host program ended with status {rig.exit_status}")


class _Search:
    """A search that goes on where it was when there is more. ``end`` is where the first match ends, once found."""

    def __init__(self, stream: Stream, start: int, expression: re.Pattern[bytes]) -> None:
        self._stream = stream
        self._start = start
        self._expression = expression
        self._looked_at = -1
        self.end: int | None = None

    def found(self) -> bool:
        """Whether it is there by now."""
        if self.end is None and len(self._stream.data) != self._looked_at:
            self._looked_at = len(self._stream.data)
            match = self._expression.search(self._stream.data, self._start)
            if match is not None:
                self.end = match.end()
        return self.end is not None
