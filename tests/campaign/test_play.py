"""What comes of a seed, and what it is known by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign.files import flaky, with_host
from wizfi_emu.campaign.keys import read_job
from wizfi_emu.campaign.model import Job, Unit, units_of
from wizfi_emu.campaign.play import play_unit
from wizfi_emu.errors import UserError


def play(path: Path, *seeds: int) -> list[str]:
    return [result.verdict for result in play_unit(Unit(read_job(path), seeds))]


def test_results_are_the_same_every_time(tmp_path: Path) -> None:
    unit = Unit(read_job(flaky(tmp_path)), tuple(range(40)))
    results = play_unit(unit)
    assert results == play_unit(unit)
    assert {result.verdict for result in results} == {"passed", "failed"}
    assert all(bool(result.fingerprint) == (result.verdict == "failed") for result in results)
    assert {len(result.coverage) for result in results} == {8}


def test_host_program_in_lockstep(tmp_path: Path) -> None:
    assert play(with_host(tmp_path), 1, 2) == ["passed", "passed"]


def test_host_program_that_is_not_there_is_broken_or_fails(tmp_path: Path) -> None:
    path = with_host(tmp_path)
    (tmp_path / "host.py").unlink()
    assert "passed" not in play(path, 1)


def test_key_changes_with_what_is_played(tmp_path: Path) -> None:
    path = with_host(tmp_path)
    keys = [read_job(path).key]
    (tmp_path / "host.py").write_text("raise SystemExit(1)")
    keys.append(read_job(path).key)
    path.write_text(path.read_text() + "limit: 7\n")
    keys.append(read_job(path).key)
    path.write_text(path.read_text() + "module: {switches: [connect_before_ok=true]}\n")
    keys.append(read_job(path).key)
    keys.append(read_job(path, "python3 other.py {port}").key)
    assert len(set(keys)) == 5
    assert read_job(path).key == keys[3]


def test_mode_has_to_fit(tmp_path: Path) -> None:
    assert read_job(flaky(tmp_path)).mode == "virtual"
    with pytest.raises(UserError, match="--virtual plays it"):
        read_job(flaky(tmp_path), mode="lockstep")
    with pytest.raises(UserError, match="--lockstep plays it"):
        read_job(with_host(tmp_path), mode="virtual")


def test_program_that_is_no_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exec: No closing quotation"):
        read_job(flaky(tmp_path), "host 'port")


def test_units_do_not_depend_on_what_is_left() -> None:
    job = Job("", "", "virtual", "")
    everything = {seed: unit.seeds[0] // 100 for unit in units_of(job, range(1000)) for seed in unit.seeds}
    left = [seed for seed in range(1000) if seed % 3]
    assert all(everything[unit.seeds[0]] == everything[unit.seeds[-1]] for unit in units_of(job, left))
    assert [seed for unit in units_of(job, left) for seed in unit.seeds] == left
