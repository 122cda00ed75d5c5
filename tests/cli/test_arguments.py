"""The default command, and the exit status of a program that a signal ends before it has begun."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wizfi_emu.cli.arguments import interrupted_status, with_default_command


@pytest.mark.parametrize(
    ("args", "completed"),
    [
        ([], ["run"]),
        (["--link", "/tmp/x"], ["run", "--link", "/tmp/x"]),
        (["-v"], ["run", "-v"]),
        (["run", "-v"], ["run", "-v"]),
        (["firmware"], ["firmware"]),
        (["--help"], ["--help"]),
        (["-h"], ["-h"]),
        (["--version"], ["--version"]),
    ],
)
def test_run_is_the_default_command(args: list[str], completed: list[str]) -> None:
    assert with_default_command(args) == completed


@pytest.mark.parametrize(("command", "status"), [("run", 0), ("ctl", 130), ("scenario", 130)])
def test_only_run_is_meant_to_be_interrupted(command: str, status: int) -> None:
    assert interrupted_status([command, "--help"]) == status


EARLY = """
import os, signal, sys
sys.argv = ["wizfi-emu", *{args!r}]
class AtImport:
    def find_spec(self, name, *_):
        if name == "click":
            os.kill(os.getpid(), signal.{signal})
sys.meta_path.insert(0, AtImport())
from wizfi_emu.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "name", "status"),
    [([], "SIGINT", 0), ([], "SIGTERM", 0), (["run", "--seed", "1"], "SIGTERM", 0), (["ctl", "list"], "SIGINT", 130)],
)
def test_a_signal_in_the_first_moments(args: list[str], name: str, status: int) -> None:
    code = EARLY.format(args=args, signal=name)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (status, "", "")
