"""The appendix of the guide is a benchmark of the module; ``realtime`` takes as long, in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.appendix import CELLS, Cell, simulated_s

PAGE = Path(__file__).parents[2] / "docs" / "time.md"


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.mode}-{cell.megabytes}-{cell.baud}")
def test_a_transfer_takes_as_long_as_the_guide_has_it(cell: Cell) -> None:
    ours_s = simulated_s(cell)
    assert ours_s == pytest.approx(cell.printed_s, rel=0.05)
    row = f"| {cell.megabytes} Mbyte, {cell.mode} mode | {cell.baud:,} | {cell.printed_s} s | {ours_s:.1f} s |"
    assert row in PAGE.read_text(), "as docs/time.md says"
