"""Times at the beginning of a line or in a column, in the forms in which programs write them."""

import re
from datetime import date

DAY_S = 86400.0
LAST_S = 1e11
"""The end of the year 5138, counted from 1970: what is later is no time."""

_CLOCK = r"(?P<hours>\d{1,2}):(?P<minutes>\d\d):(?P<seconds>\d\d(?:[.,]\d+)?)"
_DATE = r"(?:(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ])?"
_ZONE = r"(?:\s?(?:Z|[+-]\d\d:?\d\d))?"
_CLOCK_TIME = re.compile(f"{_DATE}{_CLOCK}{_ZONE}")
_SECONDS = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+")
_STAMPS = (
    re.compile(rf"^\[\s*(?P<stamp>{_CLOCK_TIME.pattern})\s*\]\s?"),
    re.compile(rf"^(?P<stamp>{_CLOCK_TIME.pattern})(?:\s?[:|>]?\s|$)"),
    re.compile(rf"^\[\s*(?P<stamp>{_SECONDS.pattern})\s*(?:s\s*)?\]\s?"),
    re.compile(rf"^\s*(?P<stamp>{_SECONDS.pattern})\s*s?(?:[:|]?\s|$)"),
)
_ENOUGH = 0.8


def find_stamps(lines: list[str]) -> re.Pattern[str] | None:
    """The form of time stamp that most of these lines begin with, if there is one."""
    for stamp in _STAMPS:
        if lines and sum(stamp.match(line) is not None for line in lines) >= _ENOUGH * len(lines):
            return stamp
    return None


def parse_time(text: str) -> float | None:
    """Seconds since some beginning; None for what is no time."""
    text = text.strip()
    found = _CLOCK_TIME.fullmatch(text)
    if found is None:
        try:
            time_s = float(text)
        except ValueError:
            return None
        return time_s if abs(time_s) <= LAST_S else None
    hours, minutes = int(found["hours"]), int(found["minutes"])
    seconds = hours * 3600 + minutes * 60 + float(found["seconds"].replace(",", "."))
    if found["year"] is None:
        return seconds
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"])).toordinal() * DAY_S + seconds
    except ValueError:
        return None  # not a day of the calendar


class Clock:
    """Makes times of day that begin again at midnight go on."""

    def __init__(self) -> None:
        self._last_s = 0.0
        self._added_s = 0.0

    def __call__(self, time_s: float) -> float:
        if time_s + self._added_s < self._last_s - DAY_S / 2:
            self._added_s += DAY_S
        self._last_s = time_s + self._added_s
        return self._last_s
