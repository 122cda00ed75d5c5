"""Planted mistakes are found without a hint, and hosts without them survive. ``scripts/hunt`` searches for longer."""

from __future__ import annotations

import hunting
import pytest

from wizfi_emu.explore.search import Search

HOSTS = {f"{host.name} {host.program}": host for host in hunting.hosts()}
PLANTED = [name for name, host in HOSTS.items() if host.planted]
OTHERS = [name for name, host in HOSTS.items() if not host.planted]
RUNS = 20
"""For hosts without a mistake."""

RUNS_MAX = 400
LIMIT_S = 600.0


def searched(name: str, runs: int) -> Search:
    """A search that ends after so many runs, however long they take here."""
    search = hunting.search_of(HOSTS[name], LIMIT_S, 1)
    is_over = search.over
    search.over = lambda: is_over() or search.progress.runs >= runs
    search.explore(search.begin())
    return search


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found(name: str) -> None:
    failures = list(searched(name, RUNS_MAX).failures.values())
    assert hunting.judge(HOSTS[name], failures), "found, with two faults at most"


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_a_host_without_it_shows_nothing_else(name: str) -> None:
    failures = list(searched(name, RUNS).failures.values())
    assert hunting.judge(HOSTS[name], failures), [failure.finding for failure in failures]


def test_all_field_bugs_are_planted() -> None:
    assert len(HOSTS) == 23
    assert sum(host.planted for host in HOSTS.values()) == 12
