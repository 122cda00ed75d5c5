"""``wizfi-emu with``: the program beside the module, its environment, its signals and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wizfi_emu.cli import run, with_module

# Each starts the program, which takes most of a quarter of a second.
pytestmark = pytest.mark.slow

PROGRAM = (sys.executable, "-m", "wizfi_emu", "with", "--flash", ":memory:")
BANNER = "WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)"
PATIENCE_S = 60
HOST = r"""
import os, serial, sys
for _ in range(2):
    with serial.Serial(os.environ["WIZFI_PORT"], timeout=1) as port:
        print(port.read_until().decode().strip() or "silence")
        port.write(b"AT\r")
        print(port.read_until(b"[OK]\r\n"))
"""


def run_with(*args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``wizfi-emu with``; its standard input is what the program gets."""
    return subprocess.run((*PROGRAM, *args), input=text, capture_output=True, text=True, timeout=PATIENCE_S)


def test_the_options_are_those_of_run() -> None:
    given = {param.name for param in with_module.command.params}
    assert {param.name for param in run.command.params} - given == set(with_module.OF_SEVERAL)


@pytest.mark.parametrize(("boot", "second"), [((), "silence"), (("--boot", "every-open"), BANNER)])
def test_a_host_sees_the_banner(boot: tuple[str, ...], second: str) -> None:
    done = run_with(*boot, "--", sys.executable, "-c", HOST)
    answer = repr(b"AT\r\n[OK]\r\n")
    assert done.stdout.splitlines() == [BANNER, answer, second, answer]
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_streams_and_the_status_are_those_of_the_program() -> None:
    done = run_with("sh", "-c", "cat; echo problem >&2; test -c $WIZFI_PORT && exit 7", text="input")
    assert (done.stdout, done.stderr, done.returncode) == ("input", "problem\n", 7)


def test_another_end_of_the_line() -> None:
    done = run_with("--serial", "tcp://:0", "--", "sh", "-c", "echo $WIZFI_PORT")
    assert done.stdout.startswith("tcp://127.0.0.1:")


@pytest.mark.parametrize(
    ("args", "status", "line"),
    [
        (("--", "no-such-program"), 127, "wizfi-emu: no-such-program: No such file or directory\n"),
        (("--", "/dev/null"), 126, "wizfi-emu: /dev/null: Permission denied\n"),
        (("--world", "no.yaml", "--", "true"), 2, "wizfi-emu: no.yaml: cannot be read: No such file or directory\n"),
        (("--count", "2", "--", "true"), 2, "wizfi-emu: No such option '--count'"),
        ((), 2, "wizfi-emu: Missing argument '[--] COMMAND [ARGS]...' (see wizfi-emu with --help)\n"),
        (("--record-secrets", "--", "true"), 2, "wizfi-emu: --record-secrets needs --record FILE"),
    ],
)
def test_what_cannot_be_run_is_one_line(args: tuple[str, ...], status: int, line: str) -> None:
    done = run_with(*args)
    assert done.returncode == status
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_program_that_a_signal_ends() -> None:
    assert run_with("sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_go_on_to_the_program(number: signal.Signals, tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = f"trap 'exit 3' {number.name.removeprefix('SIG')}; touch {started}; while :; do sleep 0.05; done"
    # Without a terminal in the foreground: nobody else would tell the program.
    with subprocess.Popen((*PROGRAM, "sh", "-c", script), stdin=subprocess.DEVNULL, start_new_session=True) as program:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not started.exists() and time.monotonic() < deadline:
                time.sleep(0.01)  # another process: nothing else tells
            os.kill(program.pid, number)
            assert program.wait(PATIENCE_S) == 3
        finally:
            program.kill()


def test_the_module_ends_with_the_program(tmp_path: Path) -> None:
    link = tmp_path / "link"
    assert run_with("--link", str(link), "--", "sh", "-c", f"test $WIZFI_PORT = {link}").returncode == 0
    assert not link.is_symlink()
