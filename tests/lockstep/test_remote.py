"""Python hosts in processes of their own: as in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.lockstep.chosts import run_in_lockstep

pytestmark = pytest.mark.slow


def run(path: Path, text: str, *arguments: str) -> tuple[int, str]:
    file = path / "program.py"
    file.write_text(text)
    command = (sys.executable, "-m", "wizfi_emu.lockstep.remote", "wizfi://1", str(file), *arguments)
    return run_in_lockstep(*command)


def test_talks_with_the_module(tmp_path: Path) -> None:
    text = """
import sys, threading, time, serial
with serial.Serial("wizfi://1", 57600, timeout=1) as port:
    port.reset_output_buffer()
    threading.Timer(0.05, lambda: port.write(b"\\r")).start()
    port.write(b"AT")
    print(port.read_until(b"]"), port.read(2), port.read(1), port.out_waiting, port.cts, port.in_waiting)
    port.rts = False
    port.flush()
    port.write(b"AT\\r")
    time.sleep(1000)
    print(port.readlines(), int(time.monotonic()), time.ctime(), sys.argv[1:])
sys.exit(7)
"""
    status, output = run(tmp_path, text, "a", "b")
    assert output == (
        "b'AT\\r\\n[OK]' b'\\r\\n' b'' 0 True 0\n"
        "[b'AT\\r\\n', b'[OK]\\r\\n'] 1002 Mon Jan  1 00:16:42 2024 ['a', 'b']\n"
    )
    assert status == 7


def test_a_busy_loop_comes_to_its_end(tmp_path: Path) -> None:
    text = """
import time, serial
with serial.Serial("wizfi://1", 115200) as port:
    port.write(b"AT\\r")
    while port.in_waiting < 10:
        pass
    begin = time.monotonic()
    while time.monotonic() < begin + 1:
        pass
    print(port.read(10), time.monotonic() - begin < 1.1)
"""
    assert run(tmp_path, text) == (0, "b'AT\\r\\n[OK]\\r\\n' True\n")


def test_a_program_that_fails(tmp_path: Path) -> None:
    status, output = run(tmp_path, "raise ValueError('no')")
    assert (status, output.splitlines()[-1]) == (1, "ValueError: no")


def test_there_is_no_such_program(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "wizfi_emu.lockstep.remote", "wizfi://1", str(tmp_path / "none.py"))
    status, output = run_in_lockstep(*command)
    assert status == 2
    assert "none.py" in output
