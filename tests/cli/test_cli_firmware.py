"""``wizfi-emu firmware``."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.cli.app import main
from wizfi_emu.firmware.load import load_firmware


def call(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["firmware", *args])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    lines = call(capsys, "list").splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["guide", "1.0.5.2"]


@pytest.mark.parametrize("name", ["guide", "1.0.5.2"])
def test_show_prints_a_personality_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(call(capsys, "show", name))
    assert load_firmware(str(path)) == load_firmware(name)


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    lines = call(capsys, "diff", "guide", "1.0.5.2").splitlines()
    assert lines[0].split() == ["row", "switch", "guide", "1.0.5.2", "topic"]
    [row] = [line for line in lines if "connect_before_ok" in line]
    assert row.split()[:4] == ["D-12", "connect_before_ok", "false", "true"]
    assert row.endswith("order of OK and CONNECT after AT+SCON")
    header = next(index for index, line in enumerate(lines) if "smgmt_header" in line)
    assert lines[header + 1].split() == ["guide", '"SCID/Socket/Mode/Remote/Local/DataMode"']
    assert lines[header + 2].split() == ["1.0.5.2", '"SCID/Mode/Remote/Local/DataMode"']
    assert not any("auto_interface" in line for line in lines)


def test_diff_of_a_personality_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "diff", "guide", "guide") == "guide and guide are the same to a host\n"


def test_diff_names_the_commands_that_only_one_knows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "early.yaml"
    path.write_text("inherits: '1.0.5.2'\nname: early\ndescription: x\nversion: 1.0.4.9\ncommand_level: 1.0.4.9\n")
    for names in ((path, "1.0.5.2"), ("1.0.5.2", path)):
        lines = call(capsys, "diff", *map(str, names)).splitlines()
        assert "AT+MQTTCON=" in lines[-1]
        assert "AT+GMMPSET=" in lines[-1]
        assert lines[-1].startswith("only 1.0.5.2 knows ")
        assert sum("only" in line for line in lines) == 1


def test_diff_of_commands_that_a_switch_adds(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "diff", "guide", "1.0.5.2").splitlines()[-1] == "only guide knows AT+MCSTGPIO, AT+FWEBSOPT"
