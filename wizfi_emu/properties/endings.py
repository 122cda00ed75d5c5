"""How a host program may end, and how it must not: by a crash, never, or as if nothing had happened."""

import re
from typing import NamedTuple

from wizfi_emu.properties.consequences import SHORT_US, cost_of, explains, was_told
from wizfi_emu.properties.facts import Facts, Finding
from wizfi_emu.properties.model import Properties

SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
"""Signals by which a program is ended for what it has done."""

SHELL_SIGNAL = 128
"""A shell reports a signal as this and its number."""

MISTAKES = frozenset(
    {
        *("ArithmeticError", "OverflowError", "ZeroDivisionError"),
        *("LookupError", "IndexError", "KeyError", "StopIteration"),
        *("ValueError", "UnicodeError", "UnicodeDecodeError", "UnicodeEncodeError", "struct.error", "binascii.Error"),
        *("TypeError", "AttributeError", "NameError", "UnboundLocalError", "NotImplementedError"),
        *("AssertionError", "BufferError", "MemoryError", "RecursionError"),
    }
)
"""Exceptions that nobody means to end a program with. Others (a timeout, one of the program's own) say that it gives
up, which is no crash."""

_EXCEPTION = re.compile(rb"^([A-Za-z_][\w.]*)(?:: (.*))?$", re.MULTILINE)
_FRAME = re.compile(rb'^  File "([^"]+)", line (\d+)', re.MULTILINE)
_LINE = re.compile(r", line \d+")
_LIBRARY = re.compile(rb"/site-packages/|/lib/python3|<frozen")


class Traceback(NamedTuple):
    """The end of a Python traceback."""

    exception: str
    text: str
    place: str


def find_crash(facts: Facts, _limits: Properties) -> Finding | None:
    """A signal, or an exception that nobody means to end a program with."""
    status = facts.ending.status
    number = 0 if status is None else -status if status < 0 else status - SHELL_SIGNAL
    if number in SIGNALS:
        return Finding("crash", SIGNALS[number], f"the host program is ended by {SIGNALS[number]}")
    found = last_traceback(facts.ending.output)
    if found is None or found.exception not in MISTAKES:
        return None
    said = f"{found.exception}: {found.text}" if found.text else found.exception
    return Finding("crash", f"{found.exception} at {found.place}", f"the host program crashes: {said} ({found.place})")


def last_traceback(output: bytes) -> Traceback | None:
    """What the last traceback says that a Python program has printed."""
    frames = list(_FRAME.finditer(output))
    if not frames:
        return None
    raised = _EXCEPTION.search(output, frames[-1].end())
    if raised is None:
        return None
    own = [frame for frame in frames if not _LIBRARY.search(frame[1])] or frames
    place = f"{own[-1][1].decode('utf-8', 'replace').rpartition('/')[2]}, line {own[-1][2].decode()}"
    return Traceback(raised[1].decode(), (raised[2] or b"").decode("utf-8", "replace"), place)


def find_hang(facts: Facts, _limits: Properties) -> Finding | None:
    """The program does not end, although nothing is to come any more."""
    ending = facts.ending
    if ending.problem:
        place = ending.problem.rpartition(": ")[2].rpartition("/")[2]
        return Finding("hang", place, f"the host program hangs: {ending.problem}")
    if ending.status is not None or facts.endless or facts.failed is None or facts.failed.kind == "unwanted":
        return None  # the run was over before it
    where = f", in {ending.place}" if ending.place else ""
    message = f"the host program hangs: it has not ended{where} when {facts.failed.message}"
    return Finding("hang", _LINE.sub("", ending.place) or facts.failed.place, message)


def find_silent_loss(facts: Facts, _limits: Properties) -> Finding | None:
    """The program says that all is well although something has not come, and it was told."""
    failed = facts.failed
    if failed is None or failed.kind != "wanted" or facts.ending.status is None or facts.endless:
        return None
    if facts.ending.status != facts.expected_status or cost_of(facts.faults) != "breaks" or not was_told(facts):
        return None
    text = (
        f"the host program ends with status {facts.ending.status}, as if all were well, but {failed.message}; "
        "the module had told it"
    )
    return Finding("silent-loss", f"status {facts.ending.status}", text)


def find_no_recovery(facts: Facts, limits: Properties) -> Finding | None:
    """The program does not get on its feet again after a fault."""
    failed, status = facts.failed, facts.ending.status
    if failed is None or cost_of(facts.faults) != "breaks":
        return None
    if facts.endless and status is None and failed.kind != "unwanted":
        return Finding("recovery", failed.place, f"the host does not recover: {failed.message}")
    if limits.recovery is None or status is None or status == facts.expected_status:
        return None
    text = f"the host gives up: it ends with status {status} within {limits.recovery:g} s after the last fault"
    return Finding("recovery", f"status {status}", text)


def find_missed_expectation(facts: Facts, _limits: Properties) -> Finding | None:
    """Something that the scenario expects has not come although nothing was lost, or comes that nobody has caused."""
    failed = facts.failed
    if failed is None:
        return None
    cost = cost_of(facts.faults)
    harmless = cost == "delays" and facts.late_us <= SHORT_US
    by_itself = failed.kind == "unwanted" and cost != "corrupts" and not explains(facts, failed.unwanted)
    if not harmless and not by_itself:
        return None
    why = "although nothing was lost" if facts.faults and harmless else "without any fault" if harmless else ""
    text = " ".join([f"{failed.place}: {failed.message}", *([why] if why else [])])
    return Finding("expectations", failed.place, text + _last_words(facts))


def _last_words(facts: Facts) -> str:
    """What a program that has ended otherwise than it should has said last."""
    if facts.ending.status in (None, facts.expected_status):
        return ""
    lines = facts.ending.output.decode("utf-8", "replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"; the host program said: {said}" if said else ""
