"""Several processes at play."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.hosts import CRASHES, player_of
from tests.explore.test_play import LOSS
from wizfi_emu.explore.pool import BATCH, play_in_processes
from wizfi_emu.explore.schedule import NOTHING
from wizfi_emu.explore.search import play_in_turn


@pytest.mark.slow
def test_they_find_what_one_finds_in_the_same_order(tmp_path: Path) -> None:
    player = player_of(CRASHES, tmp_path).patient()
    schedules = [NOTHING, LOSS] * BATCH
    expected = play_in_turn(lambda: player)(iter(schedules))
    found = play_in_processes(2, lambda: player)(iter(schedules))
    assert [(schedule, one.findings, one.features) for schedule, one in found] == [
        (schedule, one.findings, one.features) for schedule, one in expected
    ]


@pytest.mark.slow
def test_they_end_when_nobody_wants_more(tmp_path: Path) -> None:
    player = player_of(CRASHES, tmp_path).patient()
    played = play_in_processes(2, lambda: player)(iter([NOTHING] * 1000))
    assert next(played)[0] == NOTHING
    played.close()
