"""The Arduino API of examples/clients, in lockstep."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.lockstep.chosts import arduino, run_in_lockstep

pytestmark = pytest.mark.slow

PROGRAMS = Path(__file__).parent / "programs"


def test_the_api(tmp_path: Path) -> None:
    sketch = arduino(tmp_path / "core", PROGRAMS / "core.ino", "-DSERIAL_RX_BUFFER_SIZE=64")
    assert run_in_lockstep(str(sketch)) == (0, "everything is as expected\r\n")


def test_without_a_module(tmp_path: Path) -> None:
    source = tmp_path / "empty.ino"
    source.write_text("void setup() {}\nvoid loop() {}\n")
    sketch = arduino(tmp_path / "empty", source)
    for arguments, text in (([], "expected a device, or a run"), (["--help"], "usage: ")):
        result = subprocess.run([sketch, *arguments], capture_output=True, text=True, check=False)
        assert result.returncode == 2
        assert text in result.stderr
    assert run_in_lockstep(str(sketch), "/dev/wizfi0", "3") == (0, "")
