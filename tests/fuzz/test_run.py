"""The command around the fuzzer: its table, what it says of failures, what it refuses."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from fuzz import run

GOOD = """
import sys
print("#2 INITED cov: 12 ft: 13 corp: 1/1b")
print("#9 NEW    cov: 120 ft: 13 corp: 1/1b")
print("stat::number_of_executed_units: 1234")
print("stat::average_exec_per_sec:     617")
print("stat::peak_rss_mb:              50")
"""
BAD = """
import sys
print(" === Uncaught Python exception: ===")
print("ValueError: x")
print("Traceback ...")
print("==13== ERROR: libFuzzer: fuzz target exited")
sys.exit(77)
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "FOUND", tmp_path / "found")
    monkeypatch.setattr(run, "FAILED", tmp_path / "failed")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    return tmp_path


def children(monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """What runs in place of the fuzzer, by target."""

    def command(target: str, *_: object) -> Sequence[str]:
        return [sys.executable, "-c", programs[target]]

    monkeypatch.setattr(run, "_command", command)


@pytest.mark.slow
def test_the_table(folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    children(monkeypatch, serial=GOOD, mqtt=GOOD)
    assert run.main(["serial", "mqtt", "--seconds", "1"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == run.HEAD
    assert sorted(printed[1:3]) == [
        "mqtt            1,234      617      120       50  ok",
        "serial          1,234      617      120       50  ok",
    ]
    assert printed[-1] == "2,468 inputs, 0 of 2 targets failed"


@pytest.mark.slow
def test_a_failure(folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    children(monkeypatch, serial=GOOD, mqtt=BAD, air="import os; os._exit(9)")
    assert run.main(["serial", "mqtt", "air", "--seconds", "1"]) == 1
    printed = capsys.readouterr().out
    assert "mqtt                0        0        0        0  failed" in printed
    assert "\nmqtt:\nValueError: x\nTraceback ...\n" in printed
    assert "2 of 3 targets failed" in printed


@pytest.mark.slow
def test_a_target_that_never_ends(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    children(monkeypatch, serial="import time; time.sleep(3600)")
    monkeypatch.setattr(run, "STUCK_S", -1.0)
    assert run.main(["serial", "--seconds", "1"]) == 1
    assert "failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["parallel"], "there is no target 'parallel'; expected some of serial, boot, "),
        (["--jobs", "0"], "--jobs: expected 1 or more"),
        (["--again", "x"], "--again: expected one target"),
        (["--seconds", "1", "--hours", "1"], "not allowed with argument"),
    ],
)
def test_mistakes(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_without_the_fuzzer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run.main([]) == 2
    assert capsys.readouterr().err == "scripts/fuzz: atheris is missing: pip install 'wizfi-emu[fuzz]'\n"


def test_an_input_once_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "input"
    file.write_bytes(b"AT+x")
    assert run.main(["planted", "--again", str(file)]) == 0
    assert capsys.readouterr().out == f"planted: {file} does no harm\n"
    file.write_bytes(b"AT+WJOIN")
    assert run.main(["planted", "--again", str(file)]) == 1
    assert "RuntimeError: planted" in capsys.readouterr().err
    assert run.main(["planted", "--again", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"scripts/fuzz: {tmp_path}: Is a directory\n"


def test_what_was_found_becomes_part_of_the_corpus(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "CORPUS", folders / "corpus")
    for folder in (folders / "found" / "mqtt", folders / "corpus" / "mqtt"):
        folder.mkdir(parents=True)
    (folders / "found" / "mqtt" / "0123456789abcdef").write_bytes(b"x")
    (folders / "found" / "mqtt" / "long").write_bytes(bytes(run.KEPT_BYTES_MAX + 1))
    assert run.main(["mqtt", "air", "--keep"]) == 0
    assert capsys.readouterr().out == "mqtt: 1 inputs\nair: 0 inputs\n"
    assert [path.name for path in (folders / "corpus" / "mqtt").iterdir()] == ["0123456789ab"]
