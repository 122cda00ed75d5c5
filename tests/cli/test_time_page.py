"""docs/time.md says what is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from wizfi_emu.cli.app import main
from wizfi_emu.stages.wire import READ_AHEAD_BYTES, STOP_ABOVE_BYTES
from wizfi_emu.timing import Timing, load_timing

TEXT = (Path(__file__).parents[2] / "docs" / "time.md").read_text()


def test_every_key_is_explained() -> None:
    assert [key for key in Timing.__struct_fields__ if key != "description" and f"`{key}`" not in TEXT] == []


def test_the_parameters_are_those_of_realtime() -> None:
    told = dict(re.findall(r"\| [agds] \| `(\w+)` \| ([\d.]+)", TEXT))
    assert len(told) == 4
    assert {key: float(value) for key, value in told.items()} == {
        key: getattr(load_timing("realtime"), key) for key in told
    }


def test_the_limits_are_those_of_the_line() -> None:
    assert f"{STOP_ABOVE_BYTES:,} bytes in the buffer" in TEXT
    assert f"{READ_AHEAD_BYTES:,} bytes are read ahead" in TEXT


def test_the_commands_do_what_the_page_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    block = TEXT.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert [line.split()[2] for line in block] == ["list", "show", "check", "--timing"]
    for line in block[:-1]:
        command, _, file = line.partition(" > ")
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(shlex.split(command)[1:])
        assert end.value.code == 0
        if file:
            Path(file).write_text(capsys.readouterr().out)
    assert load_timing("mine.yaml") == load_timing("realtime")
