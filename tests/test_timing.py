from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.timing import Timing, load_timing, timing_names


def costs(timing: Timing) -> dict[str, float]:
    return {key: getattr(timing, key) for key in timing.__struct_fields__ if key not in ("description", "paced")}


def test_wire_is_the_default_and_paces_the_line_and_has_a_way_to_peers() -> None:
    timing = load_timing()
    assert timing == load_timing("wire")
    assert timing.paced
    assert Timing(description=timing.description, round_trip_ms=4) == timing


def test_fast_takes_no_time_at_all() -> None:
    timing = load_timing("fast")
    assert not timing.paced
    assert costs(timing) == costs(Timing())


def test_realtime_has_the_fitted_costs_and_every_delay() -> None:
    timing = load_timing("realtime")
    assert timing.paced
    assert (timing.uart_byte_cost, timing.send_ms_per_chunk, timing.data_mode_us_per_byte) == (1.08, 6.5, 24.4)
    assert timing.long_transfer_us_per_byte == 1.85
    assert timing.reset_ms == 0, "half a second, and that is the firmware's own"
    assert all(cost for name, cost in costs(timing).items() if name != "reset_ms")


def test_names() -> None:
    assert timing_names() == ["fast", "realtime", "wire"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "pace: true",
            "1: pace: no such key; expected description, paced, boot_ms, reset_ms, join_ms, dhcp_ms, "
            "scan_ms_per_channel, flash_write_ms, round_trip_ms, uart_byte_cost, send_ms_per_chunk, "
            "data_mode_us_per_byte or long_transfer_us_per_byte; did you mean paced?",
        ),
        ("paced: slowly", "1: paced: expected true or false, got 'slowly'"),
        ("join_ms: 1.5", "1: join_ms: expected a whole number, got '1.5'"),
        ("join_ms: -1", "1: join_ms: expected 0 to 600000, got -1"),
        ("\nsend_ms_per_chunk: nan", "2: send_ms_per_chunk: expected 0 to 600000, got nan"),
        ("uart_byte_cost: 0.5", "1: uart_byte_cost: expected 1 to 600000, got 0.5"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "slow.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        load_timing(str(file))
    assert str(caught.value) == f"{file}:{message}"
