"""``wizfi-emu scenario``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from wizfi_emu.cli.app import main
from wizfi_emu.firmware.load import known_versions

PASSING = 'scenario: 1\nseed: 3\nsteps:\n- line: AT\n- expect: "[OK]"\n'
FAILING = PASSING + "- expect: never\n  within: 0.1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(PASSING)
    return path


def call(*args: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["scenario", *args])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_passing_one(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", str(file), "--virtual") == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"{file}: firmware guide, seed 3"
    assert last == "passed: 2 of 2, 0.004 s", "on the line of 115200 bit/s"


def test_a_failing_one(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file.write_text(FAILING)
    report = tmp_path / "report.xml"
    assert call("run", str(file), "--virtual", "--junit", str(report)) == 1
    assert "'never' did not come within 0.1 s" in capsys.readouterr().out
    [suite] = ElementTree.parse(report).getroot()
    assert suite.attrib["failures"] == "1"


def test_another_seed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", str(file), "--virtual", "--seed", "9") == 0
    assert "seed 9" in capsys.readouterr().out


@pytest.mark.slow
def test_for_real_with_a_host_program(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("scenario: 1\nexec: {command: 'false {port}', within: 5}\n")
    assert call("run", str(file)) == 1
    assert call("run", str(file), "--exec", "true {port}") == 0
    assert "exec: true {port}: exit status 0 within 5 s" in capsys.readouterr().out


@pytest.mark.slow
def test_for_real(file: Path) -> None:
    command = [sys.executable, "-m", "wizfi_emu", "scenario", "run", str(file), "-v"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].startswith("passed: 2 of 2")


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        ("scenario: 1\nstep: []\n", ("run",), ":2: step: no such key; expected scenario, "),
        ("scenario: 1\nstep: []\n", ("check",), ":2: step: no such key; expected scenario, "),
        ("scenario: 1\nmodule: {world: nowhere}\n", ("check",), "worlds: 'nowhere' not found"),
        ("scenario: 1\nexec: x\n", ("run", "--virtual"), "a host program cannot run with --virtual"),
        ("scenario: 1\nexec: x\n", ("run", "--virtual", "--lockstep"), "--virtual and --lockstep exclude each other"),
        ("scenario: 1\n", ("run", "--lockstep"), "lockstep is for a host program"),
        ("scenario: 1\nexec: ./nothing\n", ("run", "--lockstep"), "exec: there is no program './nothing' in "),
        ("scenario: 1\nexec: python3 no.py\n", ("run", "--lockstep"), "no.py: [Errno 2] No such file or directory"),
        ("scenario: 1\n", ("run", "--exec", " "), "expected a program"),
        ("scenario: 1\nexec: ./nothing\n", ("run",), "exec: there is no program './nothing' in "),
        ("scenario: 1\nfaults: [{fault: ap-off, access_point: X}]\n", ("run",), "the world has no access point 'X'"),
    ],
)
def test_mistakes_are_one_line_and_status_2(
    file: Path, text: str, args: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert call(args[0], str(file), *args[1:]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("wizfi-emu: ")
    assert message in line


def test_check(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(PASSING + "peers: {e: {peer: echo}}\nfaults: [{fault: dns-fail}, {fault: udp-loss}]\n")
    assert call("check", str(file)) == 0
    assert capsys.readouterr().out == f"{file}: 2 steps, 2 faults, 1 peer\n"
    file.write_text("scenario: 1\n")
    assert call("check", str(file)) == 0
    assert capsys.readouterr().out == f"{file}: empty\n"


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["title"] == "A scenario of wizfi-emu"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_its_host_program(file: Path, tmp_path: Path, number: signal.Signals) -> None:
    mark = tmp_path / "pid"
    file.write_text(
        f"scenario: 1\nexec: sh -c 'echo $$ > {mark}; sleep 100; true'\nsteps: [{{wait: 100}}]\nlimit: 200\n"
    )
    command = [sys.executable, "-m", "wizfi_emu", "scenario", "run", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline_s = time.monotonic() + 20
        while not (mark.exists() and mark.read_text().strip()):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)  # the host program has to be there
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_every_firmware_version(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file.write_text('scenario: 1\nsteps:\n- line: AT+MEVTMSG=0\n- expect: "[OK]"\n  within: 0.1\n')
    report = tmp_path / "report.xml"
    assert call("run", str(file), "--virtual", "--firmware", "all", "--junit", str(report)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(known_versions()) + 1
    assert lines[0].split()[:2] == ["guide", "ok"]
    verdicts = {line.split()[0]: line.split()[1] for line in lines[1:-1]}
    assert next(version for version, verdict in verdicts.items() if verdict == "ok") == "1.0.4.0"
    assert "steps[1]: '[OK]' did not come within 0.1 s" in lines[1]
    assert lines[-1].startswith("failed: ")
    suites = list(ElementTree.parse(report).getroot())
    assert len(suites) == len(lines) - 1
    assert suites[0].attrib["name"] == "s guide"


def test_some_firmware_versions_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", str(file), "--virtual", "--firmware", "guide, 1.0.5.2", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["firmware"] for row in rows] == ["guide", "1.0.5.2"]
    assert rows[0].pop("duration_us") > 0
    assert rows[0] == {"firmware": "guide", "passed": True, "steps": 2, "steps_passed": 2, "problem": ""}
    assert call("run", str(file), "--virtual", "--json") == 0
    assert [row["firmware"] for row in json.loads(capsys.readouterr().out)] == ["guide"]


def test_mistakes_with_firmware_versions(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call("run", str(file), "--virtual", "--firmware", "guide,9.9") == 2
    assert "unknown firmware '9.9'" in capsys.readouterr().err
    assert call("run", str(file), "--virtual", "--firmware", ",") == 2
    record = tmp_path / "r.jsonl"
    assert call("run", str(file), "--virtual", "--firmware", "1.0.5.2", "--record", str(record)) == 0
    capsys.readouterr()
    assert call("run", str(file), "--virtual", "--firmware", "1.0.3.6,1.0.5.2", "--record", str(record)) == 2
    assert "of several runs, expected a folder" in capsys.readouterr().err


def test_recordings_and_pages_of_several_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "all" / "deep").mkdir(parents=True)
    (tmp_path / "all" / "a.yaml").write_text(PASSING)
    (tmp_path / "all" / "deep" / "b.scenario.yaml").write_text(FAILING)
    (tmp_path / "all" / "world.yaml").write_text("access_points: []\n")
    kept = ["--record", str(tmp_path / "r"), "--report", str(tmp_path / "pages")]
    junit = tmp_path / "junit.xml"
    assert call("run", str(tmp_path / "all"), "--virtual", *kept, "--junit", str(junit)) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "failed: 1 of 2 runs"
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["a.jsonl", "b.jsonl"]
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["a.html", "b.html"]
    assert [suite.attrib["name"] for suite in ElementTree.parse(junit).getroot()] == ["a", "b"]
    assert call("check", str(tmp_path / "all")) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_page_without_a_recording(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert call("run", str(file), "--virtual", "--report", str(page)) == 0
    assert page.read_text().startswith("<!")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "s.yaml"]


def test_a_folder_without_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", str(tmp_path)) == 2
    assert "no scenario in this folder" in capsys.readouterr().err
