"""The appendix of the guide is a benchmark of the module; ``realtime`` takes as long, in virtual time."""

from __future__ import annotations

import pytest

from tests.bench.appendix import CELLS, Cell, simulated_s


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.mode}-{cell.megabytes}-{cell.baud}")
def test_a_transfer_takes_as_long_as_the_guide_has_it(cell: Cell) -> None:
    assert simulated_s(cell) == pytest.approx(cell.printed_s, rel=0.05)
