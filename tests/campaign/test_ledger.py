"""The ledger: whole lines count, whatever was killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.campaign.ledger import LINE_BYTES_MAX, Ledger, ledgers_of, line_of, merged, read_ledger
from wizfi_emu.campaign.model import Result
from wizfi_emu.errors import UserError

RESULTS = [Result("a" * 16, seed, "passed", "c0ffee00") for seed in range(5)]
FAILED = Result("b" * 16, 1, "failed", "c0ffee01", "f00d", "steps[2]: it did not come, “really”")


def write(path: Path, *results: Result) -> None:
    with Ledger(path) as ledger:
        ledger.add(results)


def test_results_come_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    write(path, *RESULTS[:2])
    write(path, *RESULTS[2:], FAILED)
    assert list(read_ledger(path)) == [*RESULTS, FAILED]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", range(1, len(line_of(FAILED))))
def test_half_a_line_does_not_count(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "ledger.jsonl"
    write(path, *RESULTS)
    path.write_bytes(path.read_bytes() + line_of(FAILED)[:cut])
    assert list(read_ledger(path)) in (RESULTS, [*RESULTS, FAILED])  # all but the line end is enough
    write(path, FAILED)
    assert set(read_ledger(path)) == {*RESULTS, FAILED}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path), pytest.raises(UserError, match="another campaign writes it"):
        Ledger(path)


def test_ledgers_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="cannot be written"):
        Ledger(tmp_path / "link")
    with pytest.raises(UserError, match="cannot be read"):
        list(read_ledger(tmp_path / "nowhere"))


def test_a_line_without_an_end_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"x" * 100_000 + b"\n" + line_of(FAILED))
    assert list(read_ledger(path)) == [FAILED]


@given(st.lists(st.lists(st.sampled_from([*RESULTS, FAILED]), max_size=6), max_size=4))
def test_ledgers_join_in_any_order(tmp_path_factory: pytest.TempPathFactory, parts: list[list[Result]]) -> None:
    folder = tmp_path_factory.mktemp("parts")
    for number, part in enumerate(parts):
        write(folder / f"ledger-{number}-of-{len(parts)}.jsonl", *part)
    paths = ledgers_of(folder)
    results = {result.identity: result for part in parts for result in part}
    assert merged(paths) == merged(reversed(paths)) == [results[identity] for identity in sorted(results)]


def test_a_line_without_end_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"x" * 3 * LINE_BYTES_MAX + b"\n")
    write(path, FAILED)
    assert list(read_ledger(path)) == [FAILED]
