"""Unchanged C programs in lockstep: what they call gives the same as on a pseudo-terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lockstep.chosts import CLIENTS, compiled, run_in_lockstep, shim
from tests.programs import need
from wizfi_emu.testing.running import RunningModule

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parent / "programs" / "terminal.c"
CALLS = (
    "blocking", "least", "between", "limited", "at_once", "translated", "newlines", "canonical", "not_blocking",
    "polling", "selecting", "flushing", "parts", "copies", "settings",
)  # fmt: skip
REFUSED = {
    "fork": "fork: in lockstep a host is one process",
    "system": "system: in lockstep a host is one process",
    "thread": "pthread_create: in lockstep a host has one thread",
    "alarm": "alarm: timers of the kernel are not covered",
    "timer": "timerfd_create: timers of the kernel are not covered",
    "stream": "fdopen: the port as a stream is not covered",
    "output": "dup: the port as standard input or output is not covered",
    "epoll": "epoll_ctl: epoll is not covered",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that makes the calls."""
    return compiled(tmp_path_factory.mktemp("terminal") / "terminal", SOURCE)


def in_lockstep(program: Path | str, *arguments: str) -> tuple[int, str]:
    return run_in_lockstep("env", f"LD_PRELOAD={shim()}", str(program), *arguments)


@pytest.mark.parametrize("call", CALLS)
def test_is_as_on_a_pseudo_terminal(call: str, program: Path, wizfi: RunningModule) -> None:
    real = subprocess.run([program, wizfi.port, call], capture_output=True, text=True, timeout=30, check=False)
    assert real.returncode == 0
    assert in_lockstep(program, "/dev/wizfi0", call) == (0, real.stdout)


def test_the_clocks_are_those_of_the_run(program: Path) -> None:
    status, output = in_lockstep(program, "/dev/wizfi0", "clocks")
    assert (status, output) == (0, "400200 4002 4002\n400300 Mon Jan  1 00:00:00 2024\n")


def test_lines_are_those_of_a_cable(program: Path) -> None:
    assert in_lockstep(program, "/dev/wizfi0", "lines") == (0, "0x166\n0x162\n0\n")


@pytest.mark.parametrize("call", REFUSED)
def test_what_there_is_not_is_said(call: str, program: Path) -> None:
    status, output = in_lockstep(program, "/dev/wizfi0", call)
    assert status == 2
    assert output.startswith(f"wizfi_posix: {REFUSED[call]}")
    assert output.count("\n") == 1


def test_without_a_run_everything_is_as_it_was(program: Path, wizfi: RunningModule) -> None:
    for call in ("blocking", "thread", "fork"):
        command = ["env", f"LD_PRELOAD={shim()}", str(program), wizfi.port, call]
        assert subprocess.run(command, timeout=30, check=False, capture_output=True).returncode == 0


def test_pyserial_as_it_is() -> None:
    text = """
import serial, time
with serial.Serial("/dev/wizfi0", 115200, timeout=1) as port:
    begin = time.monotonic()
    time.sleep(1000)
    port.write(b"AT\\r")
    print(port.read_until(b"]"), port.in_waiting, int(time.monotonic() - begin), port.cts)
"""
    assert in_lockstep(sys.executable, "-c", text) == (
        0,
        "b'AT\\r\\n[OK]' 2 1000 True\n",
    )


def test_socat(tmp_path: Path) -> None:
    need("socat")
    (tmp_path / "commands").write_bytes(b"AT\r")
    status, _ = in_lockstep(
        "socat", "-t2", f"OPEN:{tmp_path}/commands!!CREATE:{tmp_path}/answers", "OPEN:/dev/wizfi0,raw,echo=0"
    )
    assert status == 0
    assert (tmp_path / "answers").read_bytes().endswith(b"AT\r\n[OK]\r\n")


def test_a_host_that_computes_for_ever_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizfi_emu.lockstep import server
    from wizfi_emu.lockstep.clock import LockstepError

    monkeypatch.setattr(server, "PATIENCE_S", 0.5)
    need("addr2line")
    source = tmp_path / "spin.c"
    source.write_text("#include <time.h>\nint main(void)\n{\n    time(0);\n    for (;;)\n        ;\n}\n")
    program = compiled(tmp_path / "spin", source, "-g")
    with pytest.raises(
        LockstepError, match=r"asked for nothing for 0\.5 s: .*/spin\+0x[0-9a-f]+, main at spin\.c:[56]"
    ):
        in_lockstep(program)


def test_the_shim_is_built_without_a_warning() -> None:
    assert (CLIENTS / "Makefile").exists()
    assert shim().exists()
