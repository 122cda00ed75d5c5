"""The search, with hosts that have a mistake and hosts that have none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tests.explore.hosts import CRASHES, RIGHT, player_of
from wizfi_emu.explore import search as module
from wizfi_emu.explore.moments import Moment
from wizfi_emu.explore.play import Outcome
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.explore.search import Failure, Played, Progress, Search
from wizfi_emu.faults.model import When
from wizfi_emu.properties.facts import Finding

STEP_S = 0.01
"""What a look at the clock of these tests takes."""


def searched(host: str, folder: Path, budget_s: float = 3, seed: int = 1, keys: str = "") -> Search:
    ticks = count()
    search = Search(player_of(host, folder, keys), Random(seed), budget_s, lambda: next(ticks) * STEP_S)
    return search


@pytest.mark.slow
def test_a_mistake_is_found_and_made_small(tmp_path: Path) -> None:
    search = searched(CRASHES, tmp_path)
    found: list[Failure] = []
    search.found = found.append
    search.explore(search.begin())
    [failure] = [one for one in search.failures.values() if one.finding.property == "crash"]
    assert failure.finding.fingerprint == "IndexError at host.py, line 12"
    assert failure.schedule.size == 1
    assert failure in found
    assert failure.count > 1, "equal failures are counted"


@pytest.mark.slow
def test_a_right_host_survives(tmp_path: Path) -> None:
    search = searched(RIGHT, tmp_path)
    search.explore(search.begin())
    assert search.failures == {}
    assert search.progress.runs > 50
    assert len(search.kept) > 10


@pytest.mark.slow
def test_the_same_seed_is_the_same_search(tmp_path: Path) -> None:
    searches = [searched(CRASHES, tmp_path, 1, seed=3) for _ in range(2)]
    for search in searches:
        search.explore(search.begin())
    one, other = searches
    assert one.kept == other.kept
    assert one.failures == other.failures


@pytest.mark.slow
def test_what_an_earlier_search_has_kept_is_played_first(tmp_path: Path) -> None:
    first = searched(CRASHES, tmp_path)
    first.explore(first.begin())
    [failure] = [one for one in first.failures.values() if one.finding.property == "crash"]
    again = searched(CRASHES, tmp_path, 0.2)
    again.explore(again.begin(), [failure.schedule])
    assert [one.finding for one in again.failures.values()] == [failure.finding]


@pytest.mark.slow
def test_torture(tmp_path: Path) -> None:
    search = searched(CRASHES, tmp_path, 60, keys="explore: {faults: [serial-loss, brown-out, strict-baud]}")
    baseline = search.begin()
    moments = search.moments
    search.over = lambda: search.progress.doing == "two faults at a time"
    tortured = search.torture(baseline)
    assert tortured == (len(moments), 3, 2 * len(moments) + 1, 2 * len(moments) + 1)
    assert "crash: IndexError at host.py, line 12" in search.failures


def test_it_ends_when_told(tmp_path: Path) -> None:
    search = searched(RIGHT, tmp_path, 1000)
    baseline = search.begin()
    search.over = lambda: search.progress.runs >= 20
    search.explore(baseline)
    assert search.progress.runs == 20


def test_without_anything_that_can_go_wrong_there_is_one_run(tmp_path: Path) -> None:
    search = searched(RIGHT, tmp_path, keys="explore: {faults: [flash-fail], but: [flash-fail]}")
    search.explore(search.begin())
    assert search.progress.runs == 1


@pytest.mark.slow
def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    search = searched(RIGHT, tmp_path, 0.5)
    told: list[tuple[int, str]] = []
    search.tell = lambda progress: told.append((progress.runs, progress.doing))
    search.explore(search.begin())
    assert told[0] == (0, "the run without faults")
    assert told[-1] == (search.progress.runs, "searching")
    assert search.progress.left_s >= 0


def test_what_is_kept_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_MAX", 5)
    monkeypatch.setattr(module, "MOMENTS_MAX", 7)
    search = searched(RIGHT, tmp_path)
    search.play_many = _all_new
    search._play_all(iter([Schedule(firmware=str(n)) for n in range(20)]))
    assert len(search.kept) == 5
    assert len(search.moments) == 7


def _all_new(schedules: Iterator[Schedule]) -> Played:
    for number, schedule in enumerate(schedules):
        moment = Moment(When(event="Join", nth=number + 1), 0)
        yield schedule, Outcome((), frozenset([str(number)]), (moment,))


def test_failures_are_made_small_for_a_while_when_the_time_is_over(tmp_path: Path) -> None:
    search = searched(CRASHES, tmp_path, 0.1)
    search.begin()
    search.progress = Progress(elapsed_s=module.LATE_S + 1)
    search.budget_s = -module.LATE_S
    search._fail(Finding("crash", "x", "y"), Schedule(firmware="1.0.5.2"))
    assert search.failures["crash: x"].schedule == Schedule(firmware="1.0.5.2")
    assert search.progress.runs == 0
