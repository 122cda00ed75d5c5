"""What the steps of a scenario do, whatever they are played on, as scripts (see ``wizfi_emu.actions.perform``)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from wizfi_emu.actions import peers
from wizfi_emu.actions.base import Step, shown_text
from wizfi_emu.actions.expect import (
    Expect,
    Expectation,
    ExpectExit,
    ExpectMatch,
    ExpectNot,
    ExpectPin,
    ExpectState,
    TextExpectation,
    WantedText,
)
from wizfi_emu.actions.hands import HandAction
from wizfi_emu.actions.host import Say, SetHostBaud, Wait
from wizfi_emu.actions.perform import RefusedError, Script, Until
from wizfi_emu.errors import UserError
from wizfi_emu.patterns import Pattern, compile_pattern
from wizfi_emu.scenario.model import Exec, substitute
from wizfi_emu.scenario.peers.actor import Actor, Ending
from wizfi_emu.scenario.rig import Rig
from wizfi_emu.scenario.state import pin_text, state_text
from wizfi_emu.streams import Search, Stream

MICROS = 1_000_000

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(slots=True)
class Result:
    """What became of a step."""

    place: str
    text: str
    outcome: Outcome = "skipped"
    started_us: int = 0
    ended_us: int = 0
    message: str = ""
    step: Step | None = None


@dataclass(slots=True)
class Part:
    """The steps of the scenario, or of a block, with their results; ``failed`` tells whether it has come to an end."""

    results: list[Result] = field(default_factory=list)
    failed: bool = False


def play_steps(rig: Rig, steps: Sequence[Step], part: Part, place: str, begin_us: int, patience_s: float = 0) -> Script:
    """The script of steps; ``place`` is what they are called in a report, ``begin_us`` what ``at`` counts from.

    ``patience_s``: how much longer everything may take that is expected.
    """
    part.results += [Result(f"{place}[{number}]", str(step), step=step) for number, step in enumerate(steps)]
    player = _Player(rig, patience_s, whole=place == "steps")
    for step, result in zip(steps, part.results, strict=True):
        if step.at is not None:
            yield Until(begin_us + round(step.at * MICROS))
        result.started_us = rig.now_us
        yield from _judged(rig, player.play(step), result, patience_s)
        if result.outcome == "failed":
            part.failed = True
            return


def play_end(rig: Rig, program: Exec, part: Part, other: str = "", patience_s: float = 0) -> Script:
    """The end of the host program, or of that of another module."""
    place = f"others.{other}.exec" if other else "exec"
    result = Result(place, f"{program.command}: exit status {program.status} within {program.within:g} s")
    part.results.append(result)
    result.started_us = rig.now_us
    yield from _judged(rig, _expect_exit(rig, program.status, program.within + patience_s, other), result)
    part.failed = result.outcome == "failed"


def _judged(rig: Rig, script: Script, result: Result, patience_s: float = 0) -> Script:
    try:
        yield from script
    except (RefusedError, UserError) as error:
        if patience_s:  # how the host program ends says more
            yield Until(result.started_us + round(patience_s * MICROS), lambda: rig.exit_status is not None)
        result.outcome, result.message = "failed", str(error)
        rig.excerpt.remark("step", f"{result.place}: {error}", rig.now_us)
    else:
        result.outcome = "passed"
    result.ended_us = rig.now_us


class _Repeated:
    """A search that goes on until what it looks for has come so many times."""

    def __init__(self, search: Search, times: int) -> None:
        self._search = search
        self._times = times
        self.count = 0
        self.end = 0

    def found(self) -> bool:
        """Whether it has come often enough by now."""
        while self.count < self._times and (end := self._search.take()) is not None:
            self.count += 1
            self.end = end
        return self.count == self._times


class _Player:
    """Plays single steps. What is expected is looked for behind what was expected before, in each stream."""

    def __init__(self, rig: Rig, patience_s: float, *, whole: bool) -> None:
        """``whole``: also what has passed before can be expected."""
        self._rig = rig
        self._patience_s = patience_s
        streams = (rig.to_host, rig.from_host, *(peer.got for peer in rig.peers.values()))
        self._seen = {id(stream): 0 if whole else stream.end for stream in streams}
        self._accepted: dict[str, int] = {}

    def play(self, step: Step) -> Script:
        """The script of one step."""
        rig = self._rig
        match step:
            case Say(peer=peer, to=to):
                data = self._bytes(step.texts[0] + step.ending) * step.times
                if peer is None:
                    rig.send(data)
                else:
                    rig.peers[peer].send(data, to or 0)
            case Wait(duration):
                yield Until(rig.now_us + round(duration * MICROS))
            case SetHostBaud(baud):
                rig.set_host_baud(baud)
            case Expect():
                yield from self._expect(step, [self._bytes(text) for text in step.texts])
            case ExpectMatch(pattern):
                yield from self._expect(step, [compile_pattern(self._bytes(pattern))])
            case ExpectNot():
                yield from self._expect_not(step)
            case ExpectPin(levels):
                shown = {pin: str(level) for pin, level in levels.items()}
                yield from self._expect_values(step, shown, lambda pin: pin_text(rig.state(), pin))
            case ExpectState(values):
                yield from self._expect_values(step, values, lambda path: state_text(rig.state(), path))
            case ExpectExit(status):
                yield from _expect_exit(rig, status, self._longest(step))
            case HandAction():
                yield from rig.performer.perform(step)
            case peers.PeerAction():
                yield from self._peer(step, rig.peers[step.peers[0]], step.peers[0])

    def _bytes(self, text: str) -> bytes:
        return substitute(text, self._rig.values).encode("latin-1")

    def _stream(self, step: TextExpectation) -> Stream:
        if step.peer is not None:
            return self._rig.peers[step.peer].got
        return self._rig.from_host if step.source == "host" else self._rig.to_host

    def _search(self, step: TextExpectation, wanted: bytes | Pattern) -> Search:
        stream = self._stream(step)
        return Search(stream, self._seen[id(stream)], wanted)

    def _expect(self, step: WantedText, texts: list[bytes | Pattern]) -> Script:
        wanted = [_Repeated(self._search(step, text), step.times) for text in texts]
        came = yield self._in_time(step, lambda: all(one.found() for one in wanted))
        if not came:
            missing = [shown_text(text) for text, one in zip(step.texts, wanted, strict=True) if not one.found()]
            often = "" if step.times == 1 else f" {step.times} times, but {min(one.count for one in wanted)} times,"
            raise RefusedError(f"{', '.join(missing)} did not come{often} within {self._longest(step):g} s")
        self._seen[id(self._stream(step))] = max(one.end for one in wanted)

    def _expect_values(self, step: Expectation, wanted: Mapping[str, str], value: Callable[[str], str]) -> Script:
        if not (yield self._in_time(step, lambda: all(value(name) == text for name, text in wanted.items()))):
            others = [f"{name} is {found}" for name, text in wanted.items() if (found := value(name)) != text]
            raise RefusedError(f"{', '.join(others) or 'not all at once'} after {self._longest(step):g} s")

    def _expect_not(self, step: ExpectNot) -> Script:
        search = self._search(step, self._bytes(step.unwanted))
        if (yield Until(self._rig.now_us + round(step.within_s * MICROS), search.found)):
            raise RefusedError(f"{shown_text(step.unwanted)} came")

    def _in_time(self, step: Expectation, ready: Callable[[], bool]) -> Until:
        return Until(self._rig.now_us + round(self._longest(step) * MICROS), ready)

    def _longest(self, step: Expectation) -> float:
        return step.within_s + self._patience_s

    def _peer(self, step: peers.PeerAction, peer: Actor, name: str) -> Script:
        match step:
            case peers.Accept():
                before = self._accepted.get(name, 0)
                if not (yield self._in_time(step, lambda: peer.accepted > before)):
                    raise RefusedError(f"the module did not connect to {name} within {self._longest(step):g} s")
                self._accepted[name] = before + 1
            case peers.Connect():
                peer.connect(step.to)
                yield self._in_time(step, lambda: not peer.connecting)
                if peer.connecting or peer.problem:
                    raise RefusedError(f"{name}: {peer.problem or 'the module does not accept the connection'}")
            case peers.Listen():
                peer.listen()
            case peers.Stop():
                peer.stop()
            case peers.Close() | peers.Abort() | peers.HalfClose():
                peer.close(cast(Ending, step.verb))
            case peers.ExpectClosed():
                if not (yield self._in_time(step, lambda: peer.closed)):
                    limit_s = self._longest(step)
                    raise RefusedError(f"the module did not end the connection to {name} within {limit_s:g} s")


def _expect_exit(rig: Rig, status: int, within_s: float, other: str = "") -> Script:
    def ended() -> int | None:
        return rig.other_status(other) if other else rig.exit_status

    if not (yield Until(rig.now_us + round(within_s * MICROS), lambda: ended() is not None)):
        raise RefusedError(f"the host program did not end within {within_s:g} s")
    if ended() != status:
        raise RefusedError(f"the host program ended with status {ended()}")
