"""``wizfi-emu explore``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.explore.hosts import CRASHES, RIGHT
from wizfi_emu.cli.app import main
from wizfi_emu.properties.table import PROPERTIES

SCENARIO = "scenario: 1\nmodule: {boot: now}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "calm.yaml").write_text(SCENARIO)
    (tmp_path / "crashes.py").write_text(CRASHES)
    (tmp_path / "right.py").write_text(RIGHT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*args: str) -> int:
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as end:
            main(["explore", *args])
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.slow
def test_a_failure_is_found_and_written_and_found_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("calm.yaml", "--exec", "python3 crashes.py {port}", "--lockstep", "--failures", "1", "--out", "found")
    assert call(*arguments, "--budget", "60", "--without", "expectations", "--without", "silent-loss") == 1
    out = capsys.readouterr().out
    assert "crash: the host program crashes: IndexError: list index out of range (crashes.py, line 12)" in out
    assert "1 failure in " in out
    [path] = (folder / "found").glob("crash-*/scenario.yaml")
    assert str(path.relative_to(folder)) in out
    with pytest.raises(SystemExit) as end:
        main(["scenario", "run", str(path), "--lockstep"])
    assert end.value.code == 1
    assert "crash: the host program crashes" in capsys.readouterr().out


@pytest.mark.slow
def test_nothing_is_found_and_the_corpus_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("calm.yaml", "--exec", "python3 right.py {port}", "--lockstep", "--corpus", "corpus")
    assert call(*arguments, "--budget", "0.5") == 0
    assert "no failures in " in capsys.readouterr().out
    assert len(list((folder / "corpus").glob("*.yaml"))) > 3
    assert not (folder / "failures").exists()
    assert call(*arguments, "--budget", "0.3", "--seed", "5") == 0


@pytest.mark.slow
def test_torture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "calm.yaml").write_text(SCENARIO + "explore: {faults: [brown-out]}\n")
    assert call("calm.yaml", "--exec", "python3 right.py {port}", "--lockstep", "--torture", "--budget", "0.8") == 0
    assert " moments, 1 faults: " in capsys.readouterr().out


@pytest.mark.slow
def test_real_time_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "calm.yaml").write_text(SCENARIO + "patience: 3\n")
    assert call("calm.yaml", "--exec", f"{sys.executable} right.py {{port}}", "--budget", "0.3") == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("in real time: each run takes as long as the host does")


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (SCENARIO, (), "calm.yaml: explore looks for mistakes of a host program; there is no exec, and no --exec"),
        (SCENARIO, ("--exec", " "), "expected a program"),
        (SCENARIO, ("--without", "crsh"), "'crsh' is not one of 'crash'"),
        (SCENARIO, ("--budget", "0"), "0.0 is not in the range x>0"),
        (
            SCENARIO + "explore: {faults: [tcp-rset]}\n",
            (),
            "explore.faults: expected words of faults such as tcp-reset",
        ),
        (SCENARIO + "explore: {says: {nobody: [hi]}}\n", (), "explore.says: there is no peer 'nobody'"),
        (SCENARIO + "properties: {check: [crsh]}\n", (), "properties.check: expected crash, "),
        (
            SCENARIO.replace("{boot: now}", "{flash: f.bin}"),
            ("--exec", "python3 right.py {port}"),
            "module.flash: expected :memory:, so that each run begins with the same settings",
        ),
    ],
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, arguments: tuple[str, ...], message: str
) -> None:
    (folder / "calm.yaml").write_text(text)
    assert call("calm.yaml", *arguments) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert message in line


def test_the_properties(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--properties") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PROPERTIES)


@pytest.mark.slow
def test_ctrl_c_ends_it_with_what_there_is(folder: Path) -> None:
    command = [sys.executable, "-m", "wizfi_emu", "explore", "calm.yaml", "--lockstep", "--budget", "300"]
    process = subprocess.Popen(
        [*command, "--exec", "python3 right.py {port}", "--corpus", "corpus"],
        cwd=folder,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        while process.poll() is None and not list((folder / "corpus").glob("*.yaml")):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.startswith("no failures in ")
