"""A running program with a control interface, and ``wizfi-emu ctl`` on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.wire.emulator import PATIENCE_S, Emulator, Terminal, running


class Controlled:
    """The program, the host's terminal, and the hands from outside."""

    def __init__(self, emulator: Emulator, terminal: Terminal) -> None:
        self.emulator = emulator
        self.terminal = terminal

    def ctl(self, *words: object) -> str:
        """Run a command; what it prints. Fails when it fails."""
        result = run_ctl(*words)
        assert (result.returncode, result.stderr) == (0, ""), result.stderr
        return result.stdout

    def state(self, path: str) -> str:
        """A part of the state."""
        return self.ctl("state", path).rstrip("\n")


def run_ctl(*words: object) -> subprocess.CompletedProcess[str]:
    """Run ``wizfi-emu ctl``."""
    command = [sys.executable, "-m", "wizfi_emu", "ctl", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@contextmanager
def controlled(runtime: Path, *options: object) -> Iterator[Controlled]:
    """Run the program with ``--control auto`` (``options`` may say otherwise), registered in a directory of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        with running("--control", "auto", *options) as emulator, closing(Terminal(emulator.device)) as terminal:
            terminal.synchronize()
            yield Controlled(emulator, terminal)
