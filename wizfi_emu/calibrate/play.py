"""Plays probes on a module at the other end of a line, and keeps what it answered and when."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from wizfi_emu.calibrate.plan import Bisect, Probe, Step

RESULT = re.compile(rb"\[(?:OK|ERROR(?:: [ A-Za-z]{1,30})?)\]\r\n")
PEM = re.compile(r"-----BEGIN [ A-Z]+-----.*?-----END [ A-Z]+-----\s*", re.DOTALL)
OK = b"[OK]\r\n"
LINE_END = b"\r"
NO_NAMES: Mapping[str, str] = {}
NOBODY = b"nobody"
"""What a peer without a connection has heard."""
ANSWER_BYTES_MAX = 65_536
"""What of one answer is kept: the longest that is known, AT+MHELP, has 6 kB."""
LONGEST_END_BYTES = 60
"""How far back the end of an answer can begin in what came before."""
TIMED_STEP_US = 500_000
"""How exactly times are compared where they tell a switch."""
MS = 1000


class Line(Protocol):
    """The serial line of a module. Times are microseconds of its own."""

    @property
    def now_us(self) -> int: ...

    def send(self, data: bytes) -> None: ...

    def receive(self, until_us: int) -> bytes:
        """What comes first; empty when nothing has come by then."""


class Peer(Protocol):
    """The one peer of the module, for probes that need one. What it does gives what it has heard."""

    @property
    def place(self) -> str:
        """Its address and port, as AT+SCON takes them."""

    def accept(self) -> bytes:
        """Take the connection of the module."""

    def send(self, data: bytes) -> bytes:
        """Send to the module."""

    def hear(self) -> bytes:
        """What has come, when no more comes."""

    def close(self) -> bytes:
        """Close the connection."""

    def forget(self) -> None:
        """Be as at the beginning: without a connection."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent, and what came of it: the answer without the echo, and when it came (µs of the line).

    ``first_us`` and ``result_us`` are 0 without an answer and without a result.
    """

    sent: bytes
    answer: bytes
    sent_us: int
    first_us: int = 0
    result_us: int = 0
    last_us: int = 0

    @property
    def result(self) -> bytes:
        """The result code in the answer; empty when there is none."""
        found = RESULT.search(self.answer)
        return found.group() if found else b""


@dataclass(frozen=True, slots=True)
class Played:
    """A probe and its exchanges; ``limit`` is what a search has found, None for beyond its range."""

    probe: Probe
    exchanges: tuple[Exchange, ...]
    limit: int | None = None

    @property
    def text(self) -> str:
        """The answers as they are compared: without what is this module's own."""
        if self.probe.bisect:
            return f"limit {self.limit}"
        # In one piece: where one answer ends and the next begins depends on how long the module takes.
        text = "".join(exchange.answer.decode("latin-1") for exchange in self.exchanges)
        text = PEM.sub("", text)
        for pattern in self.probe.mask:
            text = re.sub(pattern, "", text)
        if self.probe.timed:
            text += f"after {round(self.last_took_us / TIMED_STEP_US) * TIMED_STEP_US / 1e6:g} s"
        return text

    @property
    def last_took_us(self) -> int:
        """From the last thing that was sent to the end of its answer."""
        return self.exchanges[-1].last_us - self.exchanges[-1].sent_us


def ask(line: Line, step: Step, data: bytes) -> Exchange:
    """Send, and collect what comes until a result and silence, until the limit, or for the time of a wait."""
    sent_us = line.now_us
    if data:
        line.send(data)
    end_us = sent_us + (step.wait_ms or step.limit_ms) * MS
    end = re.compile(step.until.encode("latin-1")) if step.until else RESULT
    answer = bytearray()
    first_us = result_us = last_us = 0
    searched = 0
    while piece := line.receive(end_us):
        last_us = line.now_us
        first_us = first_us or last_us
        answer += piece[: ANSWER_BYTES_MAX - len(answer)]
        if step.wait_ms:
            continue
        if not result_us and end.search(answer, max(0, searched - LONGEST_END_BYTES)):
            result_us = last_us
        searched = len(answer)
        if result_us:
            end_us = last_us + step.quiet_ms * MS
    return Exchange(data, _without_echo(bytes(answer), data), sent_us, first_us, result_us, last_us or line.now_us)


def play(line: Line, probe: Probe, names: Mapping[str, str] = NO_NAMES, peer: Peer | None = None) -> Played:
    """Play a probe; what it began is the caller's to undo. ``names`` are filled in where a line has ``{name}``."""
    if probe.bisect is not None:
        return _search(line, probe, probe.bisect, names)
    return Played(probe, tuple(take(line, step, names, peer) for step in probe.steps))


def sent_by(probe: Probe) -> Iterator[str]:
    """What a probe sends, as people read it."""
    for step in probe.steps:
        if step.line is not None:
            numbers = probe.bisect
            text = step.line.replace("{}", f"<{numbers.low}..{numbers.high}>") if numbers else step.line
            yield text or "(an empty line)"
        elif step.raw:
            yield f"(bytes) {step.raw.encode('unicode_escape').decode()}" + (
                f", {step.times} times" if step.times > 1 else ""
            )
        elif step.peer:
            yield f"(the peer) {step.peer} {step.data}".rstrip()
        elif step.until:
            yield f"(nothing) until {step.until}, {step.limit_ms / 1000:g} s at most"
        else:
            yield f"(nothing) {step.wait_ms / 1000:g} s"


def take(line: Line, step: Step, names: Mapping[str, str] = NO_NAMES, peer: Peer | None = None) -> Exchange:
    """Do one step."""
    if step.peer:
        assert peer is not None, "a probe with a peer is played with one"
        return _with_peer(line, step, peer)
    if step.line is None:
        return ask(line, step, step.raw.encode("latin-1") * step.times)
    text = step.line
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return ask(line, step, text.encode("latin-1") + LINE_END)


def _with_peer(line: Line, step: Step, peer: Peer) -> Exchange:
    sent_us = line.now_us
    data = step.data.encode("latin-1")
    match step.peer:
        case "accept":
            said = peer.accept()
        case "close":
            said = peer.close()
        case "send":
            said = peer.send(data)
        case _:
            said = peer.hear()
    came = ask(line, Step(wait_ms=step.wait_ms or step.quiet_ms), b"")
    heard = b"<%s>" % said if said else b""
    return Exchange(b"", heard + came.answer, sent_us, came.first_us, 0, came.last_us)


def _search(line: Line, probe: Probe, bisect: Bisect, names: Mapping[str, str]) -> Played:
    """Find the limit by halves: the least number that is accepted, or the greatest."""
    exchanges: list[Exchange] = []  # of the last try

    def accepts(position: int) -> bool:
        numbered = {**names, "": str(bisect.low + position * bisect.step)}
        exchanges[:] = [take(line, step, numbered) for step in probe.steps]
        return exchanges[0].result == OK

    above = bisect.accepted == "above"
    low, high = 0, (bisect.high - bisect.low) // bisect.step
    if not accepts(high if above else low):
        return Played(probe, tuple(exchanges))
    # The accepted end stays accepted: `good` always is, and what is beyond `bad` never.
    good, bad = (high, low - 1) if above else (low, high + 1)
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if accepts(middle) else (good, middle)
    return Played(probe, tuple(exchanges), bisect.low + good * bisect.step)


def _without_echo(answer: bytes, sent: bytes) -> bytes:
    echo = sent + b"\n" if sent.endswith(LINE_END) else b""
    return answer[len(echo) :] if echo and answer.startswith(echo) else answer
