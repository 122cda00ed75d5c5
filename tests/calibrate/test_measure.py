"""Times beyond those of a virtual module: medians, spread, the timing of them."""

from __future__ import annotations

import pytest

from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.measure import Measured, measured, timing_from
from wizfi_emu.calibrate.plan import Measure
from wizfi_emu.calibrate.play import Exchange, Played

MEASURES = {measure.name: measure for measure in load_plan().measures}
MS = 1000


def took(measure: Measure, *exchanges: tuple[int, int, int, int], answer: bytes = b"[OK]\r\n") -> Played:
    """Exchanges by when they were sent, first answered, had their result and ended, in milliseconds."""
    return Played(measure.probe, tuple(Exchange(b"", answer, *(at * MS for at in times)) for times in exchanges))


def test_the_median_of_what_it_takes_beyond_nothing() -> None:
    measure = MEASURES["flash write"]
    plays = [took(measure, (0, 1, end, end)) for end in (103, 101, 150)]
    result = measured(measure, plays, took(measure, (0, 1, 1, 1)))
    assert result is not None
    assert result.text == "102 ms (100 to 149, 3 times)"


def test_a_pause_is_between_a_result_and_what_comes_then() -> None:
    measure = MEASURES["reset"]
    result = measured(
        measure, [took(measure, (0, 1, 2, 2), (32, 802, 0, 805))], took(measure, (0, 1, 1, 1), (1, 501, 0, 501))
    )
    assert result is not None
    assert result.median == 300


def test_bytes_give_a_factor_and_channels_a_part() -> None:
    line, scan = MEASURES["serial line"], MEASURES["channels"]
    byte = measured(line, [took(line, (0, 10, 120, 120))], took(line, (0, 10, 110, 110)))
    channel = measured(scan, [took(scan, (0, 10, 1401, 1401))], took(scan, (0, 1, 1, 1)))
    assert byte is not None
    assert channel is not None
    assert (byte.median, channel.median) == (1.1, 100)


def test_what_did_not_happen_is_not_measured() -> None:
    measure = MEASURES["flash write"]
    assert measured(measure, [took(measure, (0, 0, 0, 3000), answer=b"")], took(measure, (0, 1, 1, 1))) is None
    assert measured(measure, [], took(measure, (0, 1, 1, 1))) is None


@pytest.mark.parametrize(("median", "value"), [(0.4, 0), (12.4, 12)])
def test_noise_is_nothing(median: float, value: int) -> None:
    timing = timing_from([Measured(MEASURES["reset"], median, median, median, 1)], "mine")
    assert (timing.reset_ms, timing.boot_ms, timing.paced) == (value, value, True)
