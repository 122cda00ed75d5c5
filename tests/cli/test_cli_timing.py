"""``wizfi-emu timing``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wizfi_emu.cli.app import main
from wizfi_emu.timing import Timing, load_timing, timing_names


def call(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["timing", *args])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split(maxsplit=1) for line in call(capsys, "list").splitlines()]
    assert rows == [[name, load_timing(name).description] for name in timing_names()]


def test_show_prints_a_timing_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(call(capsys, "show", "realtime"))
    assert load_timing(str(path)) == load_timing("realtime")


def test_the_schema_explains_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(call(capsys, "schema"))
    keys = schema["$defs"]["Timing"]["properties"]
    assert list(keys) == list(Timing.__struct_fields__)
    assert [name for name, about in keys.items() if not about.get("description")] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "paced"),
        ("paced: false\nboot_ms: 0\n", "not paced"),
        ("boot_ms: 300\nuart_byte_cost: 1.5\n", "paced, boot_ms 300, uart_byte_cost 1.5"),
    ],
)
def test_check_says_what_takes_time(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    assert call(capsys, "check", str(path)) == f"{path}: {said}\n"


def test_check_names_the_place_of_a_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("paced: true\nboot_ms: soon\n")
    with pytest.raises(SystemExit) as end:
        main(["timing", "check", str(path)])
    assert end.value.code == 2
    assert capsys.readouterr().err == f"wizfi-emu: {path}:2: boot_ms: expected a whole number, got 'soon'\n"
