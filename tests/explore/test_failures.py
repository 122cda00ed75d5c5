"""What is written of a failure."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from tests.explore.hosts import CRASHES, player_of
from tests.explore.test_play import LOSS
from wizfi_emu.explore.failures import name_of, story, write_failure
from wizfi_emu.explore.search import Failure
from wizfi_emu.properties.facts import Finding
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.replay import replay
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import read_scenario

FAILURE = Failure(Finding("crash", "IndexError at host.py, line 12", "the host program crashes"), LOSS, 7, 0.5)


def test_a_scenario_that_shows_it_again_with_recording_and_report(tmp_path: Path) -> None:
    folder = tmp_path / "host"
    folder.mkdir()
    player = player_of(CRASHES, folder).patient()
    path = write_failure(FAILURE, player, tmp_path / "out" / "failures")
    assert path.parent.name == name_of(FAILURE)
    scenario = read_scenario(path)
    report = run_in_lockstep(scenario, scenario.seed, Path(scenario.program.directory))
    assert [finding.fingerprint for finding in report.findings] == ["IndexError at host.py, line 12"]
    assert not report.passed
    recording = read_recording(path.parent / "recording.jsonl")
    assert replay(recording).difference is None
    assert "crash: the host program crashes" in (path.parent / "report.html").read_text()


def test_it_is_written_again_in_its_place(tmp_path: Path) -> None:
    player = player_of(CRASHES, tmp_path).patient()
    assert write_failure(FAILURE, player, tmp_path / "out") == write_failure(FAILURE, player, tmp_path / "out")


def test_the_files_of_the_scenario_are_found_from_there(tmp_path: Path) -> None:
    player = player_of(CRASHES, tmp_path).patient()
    (tmp_path / "slow.yaml").write_text("flash_write_ms: 10\n")
    module = structs.replace(player.scenario.module, timing=str(tmp_path / "slow.yaml"))
    player = structs.replace(player, scenario=structs.replace(player.scenario, module=module))
    path = write_failure(FAILURE, player, tmp_path / "out")
    assert "timing: ../../slow.yaml\n" in path.read_text()
    assert Path(read_scenario(path).module.timing).resolve() == tmp_path / "slow.yaml"


def test_its_story(tmp_path: Path) -> None:
    assert story(FAILURE, player_of(CRASHES, tmp_path)) == (
        "When bytes on the serial line are lost for 1 s right behind the first 'AT+MMAC=?\\r\\n' of the module, "
        "the host program crashes. The scenario without that: the host asks."
    )
