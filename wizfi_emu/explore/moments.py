"""The moments of a run at which something could go wrong: each event, each order, each line of either side.

A moment is a ``When``, so that it can stand in a scenario file. It is found again in a run in which other things
happen, as long as there are as many of its kind.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizfi_emu.faults.model import Source, When
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Item

LINES_MAX = 300
"""How many different lines of one side are looked at."""

TIMES_MAX = 200
"""How many times of one line."""

_LINE_BYTES = 80
_OTHERS = frozenset(
    kind.__name__
    for kind in (ev.TimeReached, ev.UartReceived, ev.PinDriven, ev.AdcDriven, fx.UartSend, fx.SetPin, fx.Log)
)
"""Not moments of their own: pieces of lines, and what has nothing to do with the host's work."""

_LINES: dict[Source, re.Pattern[bytes]] = {
    "host": re.compile(rb"AT[ -~]*\r"),
    "module": re.compile(rb"\{[^{}\r\n]{1,60}\}|[ -~]+\r\n"),
}
_PORT = re.compile(r"\d{4,}")
"""Another one in each run, perhaps."""


class Moment(NamedTuple):
    """``time_us``: when it was in the run in which it was found."""

    when: When
    time_us: int


def find_moments(items: Sequence[tuple[int, Item]]) -> list[Moment]:
    """The moments of a run, in the order of their times."""
    found = [*_events(items), *_lines(items, "host"), *_lines(items, "module")]
    return sorted(found, key=lambda moment: moment.time_us)


def _events(items: Sequence[tuple[int, Item]]) -> Iterator[Moment]:
    counts: Counter[str] = Counter()
    for time_us, item in items:
        name = type(item).__name__
        if name not in _OTHERS:
            counts[name] += 1
            yield Moment(When(event=name, nth=counts[name]), time_us)


def _lines(items: Sequence[tuple[int, Item]], source: Source) -> Iterator[Moment]:
    kind = ev.UartReceived if source == "host" else fx.UartSend
    said = [(time_us, item.data) for time_us, item in items if isinstance(item, kind)]
    data = b"".join(part for _, part in said)
    starts, place = [], 0
    for _, part in said:
        starts.append(place)
        place += len(part)
    lines = dict.fromkeys(line[0] for line in _LINES[source].finditer(data) if len(line[0]) <= _LINE_BYTES)
    for expression in list(dict.fromkeys(map(_expression, lines)))[:LINES_MAX]:
        pattern = re.compile(expression.encode("latin-1"))
        for nth, match in enumerate(pattern.finditer(data), 1):
            if nth > TIMES_MAX:
                break
            time_us = said[bisect_right(starts, match.end() - 1) - 1][0]
            yield Moment(_when(expression, source, nth), time_us)


def _expression(line: bytes) -> str:
    text = line.decode("latin-1")
    if text.startswith("{"):
        return re.escape(text.partition(",")[0]) + r",[^}]*\}"  # a header, whatever it says
    pieces = [re.escape(piece).replace("\\\r", r"\r").replace("\\\n", r"\n") for piece in _PORT.split(text)]
    return r"\d+".join(pieces)


def _when(expression: str, source: Source, nth: int) -> When:
    """The n-th match, as a text where it is one."""
    plain = re.sub(r"\\(.)", lambda found: {"r": "\r", "n": "\n"}.get(found[1], found[1]), expression)
    is_text = r"\d+" not in expression and "[^" not in expression
    return When(pattern=plain, source=source, nth=nth) if is_text else When(regex=expression, source=source, nth=nth)
