"""``wizfi-emu world``."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.air.load import load_world, world_names
from wizfi_emu.cli.app import main


def call(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["world", *args])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.split()[0] for line in call(capsys, "list").splitlines()] == world_names()


def test_show_prints_a_world_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(call(capsys, "show", "demo"))
    assert load_world(str(path)) == load_world("demo")


def test_check_says_what_is_in_the_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "access_points:\n  - {ssid: Here, bssid: '00:08:DC:AA:BB:01'}\nnames:\n  a: 10.0.0.1\n  b: timeout\n"
    )
    assert call(capsys, "check", str(path)) == f"{path}: 1 access point, 2 names\n"
    path.write_text("")
    assert call(capsys, "check", str(path)) == f"{path}: empty\n"


def test_check_names_the_place_of_a_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("names: {}\nacces_points: []\n")
    with pytest.raises(SystemExit) as end:
        main(["world", "check", str(path)])
    assert end.value.code == 2
    assert f"{path}:2: acces_points: no such key" in capsys.readouterr().err
