"""The first minute of a new user: start the program, open what it prints with a terminal program, type AT."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.emulator import PATIENCE_S, Terminal, running

# Starting the program takes most of a quarter of a second.
pytestmark = pytest.mark.slow


def test_type_at_and_see_ok() -> None:
    with running() as emulator, closing(Terminal(emulator.device)) as terminal:
        terminal.synchronize()  # behind the banner, if the terminal was there in time for it
        for typed, shown in ((b"A", b"A"), (b"T", b"T"), (b"\r", b"\r\n[OK]\r\n")):
            terminal.exchange(typed, shown)
        terminal.expect_silence()


def test_the_banner_when_the_power_comes_on_with_the_open() -> None:
    with running("--boot", "on-open") as emulator, closing(Terminal(emulator.device)) as terminal:
        terminal.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
        terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")


def test_close_the_terminal_and_open_it_again(tmp_path: Path) -> None:
    with running("--link", tmp_path / "wizfi") as emulator:
        with closing(Terminal(emulator.device)) as terminal:
            terminal.synchronize()
            terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
        with closing(Terminal(str(tmp_path / "wizfi"), 9600)) as terminal:
            terminal.exchange(b"AT\r", b"[OK]\r\n")


def test_a_terminal_program() -> None:
    """The one that comes with pyserial, on a screen and keyboard of its own."""
    keyboard, screen = os.openpty()
    command = (sys.executable, "-m", "serial.tools.miniterm", "--eol", "CR")
    with (
        running() as emulator,
        subprocess.Popen((*command, emulator.device, "115200"), stdin=screen, stdout=screen, stderr=screen) as program,
    ):
        try:
            assert emulator.device.encode() in read_screen(keyboard, b"Quit")
            os.write(keyboard, b"AT\r")
            assert b"AT\r\n" in read_screen(keyboard, b"[OK]\r\n")
            os.write(keyboard, b"\x1d")  # Ctrl and the right bracket: quit
            assert program.wait(PATIENCE_S) == 0
        finally:
            program.kill()
    os.close(screen)
    os.close(keyboard)


def read_screen(master: int, end: bytes) -> bytes:
    shown = b""
    while end not in shown:
        assert select.select([master], [], [], PATIENCE_S)[0], f"no {end!r} after {shown!r}"
        shown += os.read(master, 4096)
    return shown
