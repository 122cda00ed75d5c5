"""Times as programs write them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.scenario.importing.stamps import DAY_S, Clock, find_stamps, parse_time


@pytest.mark.parametrize(
    ("line", "time_s", "rest"),
    [
        ("[12:30:01.250] AT", 45001.25, "AT"),
        ("[12:30:01] AT", 45001.0, "AT"),
        ("12:30:01.250 AT", 45001.25, "AT"),
        ("12:30:01,250: AT", 45001.25, "AT"),
        ("12:30:01.250> AT", 45001.25, "AT"),
        ("0:00:01 | AT", 1.0, "AT"),
        ("12.345 AT", 12.345, "AT"),
        ("  12.345 AT", 12.345, "AT"),
        ("[   12.345678] AT", 12.345678, "AT"),
        ("[12.345s] AT", 12.345, "AT"),
        ("1.5e-3\tAT", 0.0015, "AT"),
    ],
)
def test_the_beginning_of_a_line(line: str, time_s: float, rest: str) -> None:
    stamp = find_stamps([line])
    assert stamp is not None
    found = stamp.match(line)
    assert found is not None
    assert parse_time(found["stamp"]) == pytest.approx(time_s)
    assert line[found.end() :].lstrip("| ") == rest


@pytest.mark.parametrize(
    "line", ["AT", "173.194.33.38", "[OK]", "{0,192.168.12.23,5000,11}Hi", "12 AT", "001/OpenNet", "1.0.5.2/WizFi250"]
)
def test_what_is_no_time(line: str) -> None:
    assert find_stamps([line]) is None


def test_most_lines_have_a_stamp_or_none_has() -> None:
    assert find_stamps(["1.0 a", "2.0 b", "3.0 c", "4.0 d", "and so on"]) is not None
    assert find_stamps(["1.0 a", "2.0 b", "and so on"]) is None
    assert find_stamps([]) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_dates_are_as_far_apart_as_they_are(start: datetime, later: timedelta) -> None:
    one, other = parse_time(start.isoformat()), parse_time((start + later).isoformat(" "))
    assert one is not None
    assert other is not None
    assert other - one == pytest.approx(later.total_seconds(), abs=1e-4)


@pytest.mark.parametrize("text", ["2024-01-31T12:30:01.25Z", "2024-01-31 12:30:01.25+09:00", "2024-01-31T12:30:01.25"])
def test_a_zone_is_passed_over(text: str) -> None:
    assert parse_time(text) == parse_time("2024-01-31T12:30:01.25")


def test_texts_that_are_no_time() -> None:
    assert parse_time("noon") is None
    assert parse_time("") is None


def test_after_midnight_time_goes_on() -> None:
    clock = Clock()
    before, after = [DAY_S - 1, DAY_S - 0.5], [0.5, 1]
    assert [clock(time) for time in before + after] == before + [DAY_S + time for time in after]
    assert [Clock()(5), Clock()(4.9)] == [5, 4.9]
