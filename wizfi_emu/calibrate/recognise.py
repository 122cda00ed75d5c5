"""What is at the other end of a line, before anything else is sent to it. Pure.

A session in data mode is looked for first: whatever else is sent would reach a peer of the user.
"""

from enum import Enum
from typing import NamedTuple

from wizfi_emu.calibrate.plan import Step
from wizfi_emu.calibrate.play import OK, Line, ask

GUARD_MS = 1100
"""The silence around +++, with the escape time that modules have unless AT+SOPT1 has set another."""
SETTLE_MS = 2500
PRINTABLE = frozenset(b"\r\n\t" + bytes(range(0x20, 0x7F)))
GARBAGE = 0.3
"""So much of what came cannot be text when the rates differ."""
SHOWN_BYTES = 60


class State(Enum):
    """How a module was found."""

    READY = "ready"
    SILENT = "silent"
    ECHO_ONLY = "echo only"
    GARBAGE = "garbage"
    DATA_MODE = "data mode"
    OTHER = "other"


class Recognised(NamedTuple):
    """The state, and for all but the first what to do about it."""

    state: State
    advice: str = ""


def recognise(line: Line) -> Recognised:
    """Find out whether a module with an empty command line is there. One in data mode stays in it."""
    before = ask(line, Step(wait_ms=GUARD_MS), b"").answer
    escaped = ask(line, Step(wait_ms=GUARD_MS), b"+++").answer
    if escaped.endswith(OK) and b"+++" not in escaped:
        if ask(line, Step(), b"AT+SDATA\r").result == OK:
            return Recognised(
                State.DATA_MODE,
                "the module is in data mode, where all that is sent goes to a peer; it was left there. End your "
                "session first: a second of silence, +++, a second of silence, AT+SMGMT=ALL",
            )
        # With the interface "auto" it has taken the first byte as the host's choice, and starts again.
        _settle(line)
    # In command mode the three characters are the beginning of a line.
    first = ask(line, Step(limit_ms=700), b"\r").answer
    answered = ask(line, Step(limit_ms=1500), b"AT\r").answer
    if not answered.endswith(OK):
        _settle(line)  # it may have been starting
        answered = ask(line, Step(limit_ms=1500), b"AT\r").answer
    if answered.endswith(OK):
        return Recognised(State.READY)
    came = before + escaped + first + answered
    if not came:
        return Recognised(
            State.SILENT,
            "nothing answers: look for power, for RX and TX that are not crossed, for the interface (UART, not SPI), "
            "for a module that sleeps, and for the rate (--baud); at message level 1 without the echo a module is "
            "silent too, and in data mode with an escape time above a second",
        )
    if sum(byte not in PRINTABLE for byte in came) > GARBAGE * len(came):
        return Recognised(
            State.GARBAGE,
            f"what comes is no text ({_shown(came)}): another rate or framing; try --baud 9600, 38400, 57600, 460800 "
            "or what AT+USET has set",
        )
    if escaped in (b"", b"+++") and not first.strip() and not answered:
        return Recognised(
            State.ECHO_ONLY,
            "the module echoes and answers nothing, as at message level 1: send AT+MMSG=2 first",
        )
    return Recognised(State.OTHER, f"no answer of a WizFi250 to AT: {_shown(came)}; is it another device?")


def _settle(line: Line) -> None:
    """Let a module that is starting print its banner."""
    ask(line, Step(until=r"Version [^\n]*\n", limit_ms=SETTLE_MS), b"")


def _shown(data: bytes) -> str:
    return ascii(data[-SHOWN_BYTES:])[2:-1]
