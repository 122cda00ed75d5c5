"""``wizfi-emu compare``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.emulator import running
from wizfi_emu.cli.app import main


def call(*args: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["compare", *args])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_two_versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.xml"
    assert call("emulator:1.0.5.1", "emulator:1.0.5.2", "--report", str(report)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "DIFFERENT  versions: the versions of firmware and hardware" in lines
    assert "DIFFERENT  knows-mqtt: MQTT" in lines
    assert lines[-1] == "emulator:1.0.5.1 and emulator:1.0.5.2: 30 of 33 probes equal, 90.9 %"
    assert b'failures="3"' in report.read_bytes()


def test_a_version_and_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("emulator:guide", "emulator:guide", "--stage", "volatile", "--quiet") == 0
    assert capsys.readouterr().out == "emulator:guide and emulator:guide: 44 of 44 probes equal, 100.0 %\n"


@pytest.mark.slow
def test_a_device_and_the_emulator(capsys: pytest.CaptureFixture[str]) -> None:
    with running("--firmware", "1.0.5.2") as emulator:
        assert call(emulator.device, "emulator:1.0.5.2", "-q") == 0
    assert capsys.readouterr().out.endswith("33 of 33 probes equal, 100.0 %\n")


def test_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("/dev/x", "/dev/x") == 2
    assert "the two devices are the same" in capsys.readouterr().err
    assert call("/dev/not/there", "emulator:guide") == 2
    assert capsys.readouterr().err == "wizfi-emu: /dev/not/there: there is no such device\n"
    assert call("emulator:9.9.9.9", "emulator:guide") == 2
    assert "unknown firmware '9.9.9.9'" in capsys.readouterr().err
