"""What has to work on systems that are not Linux, shown with the modules blocked that only Linux and its kin have."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wizfi_emu import portable
from wizfi_emu.errors import UserError

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60
BLOCKED = """
import sys
import serial  # which has other modules on other systems

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "termios", "pty", "tty", "resource", "grp", "pwd"):
            raise ImportError(f"{name} is blocked")

for name in ("fcntl", "termios", "pty", "tty", "resource", "grp", "pwd"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Blocked())
from wizfi_emu.cli.app import main
main(sys.argv[1:])
"""
SCENARIO = """
scenario: 1
steps:
  - line: AT
  - expect: "[OK]"
"""
HOST = """
import serial, sys
with serial.Serial(sys.argv[1], 115200, timeout=5) as port:
    assert port.read_until(b"Ltd)\\r\\n")
    port.write(b"AT\\r")
    assert port.read_until(b"[OK]\\r\\n") == b"AT\\r\\n[OK]\\r\\n"
"""


def command(*args: str | Path) -> list[str]:
    return [sys.executable, "-c", BLOCKED, *map(str, args)]


def call(*args: str | Path) -> str:
    """Run ``wizfi-emu`` as if it were on such a system; what it prints."""
    done = subprocess.run(command(*args), capture_output=True, text=True, timeout=PATIENCE_S, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "one.scenario.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.mark.slow  # a program each
def test_scenarios_in_virtual_time_and_their_recordings(scenario: Path, tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    assert "steps" in call("scenario", "check", scenario)
    assert "passed" in call("scenario", "run", "--virtual", "--record", record, scenario)
    assert "identical" in call("replay", record)
    call("report", record, "-o", tmp_path / "report.html")
    call("record", "export", record, "--pcapng", tmp_path / "session.pcapng", "--vcd", tmp_path / "session.vcd")
    assert (tmp_path / "report.html").stat().st_size > (tmp_path / "session.vcd").stat().st_size > 0


@pytest.mark.slow  # a program each
def test_files_of_the_user_are_checked() -> None:
    assert "demo" in call("world", "list")
    assert "factory" in call("world", "check", ROOT / "profiles/worlds/factory.yaml")
    assert "1.0.5.2" in call("firmware", "list")


@pytest.mark.slow  # two programs
def test_lockstep(tmp_path: Path) -> None:
    (tmp_path / "host.py").write_text(HOST)
    path = tmp_path / "lockstep.scenario.yaml"
    path.write_text(
        f"scenario: 1\nexec: {sys.executable} {tmp_path}/host.py {{port}}\nsteps: [expect: 'AT', expect: '[OK]']\n"
    )
    assert "passed" in call("scenario", "run", "--lockstep", path)


@pytest.mark.slow  # a program
def test_a_serial_line_over_tcp(tmp_path: Path) -> None:
    args = ("run", "--serial", "tcp://127.0.0.1:0", "--flash", tmp_path / "flash.bin", "--record", tmp_path / "r.jsonl")
    with subprocess.Popen(command(*args, "--boot", "on-open", "-qq"), stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            port = int(program.stdout.readline().rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as host:
                heard = b""
                while not heard.endswith(b"Ltd)\r\n"):
                    heard += host.recv(100)
                host.sendall(b"AT\r")
                while not heard.endswith(b"[OK]\r\n"):
                    heard += host.recv(100)
        finally:
            program.terminate()
    assert heard == b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\nAT\r\n[OK]\r\n"
    assert (tmp_path / "flash.bin").stat().st_size > 0
    assert "identical" in call("replay", tmp_path / "r.jsonl")


@pytest.mark.slow  # a program
@pytest.mark.parametrize("spec", ["pty", "tty:/dev/ttyS0"])
def test_a_line_that_needs_linux_says_so(spec: str) -> None:
    args = command("run", "--serial", spec, "--flash", ":memory:")
    done = subprocess.run(args, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"wizfi-emu: --serial {spec.partition(':')[0]}")
    assert "needs a system with Python's module termios, as Linux is" in done.stderr


def test_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "file"
    one, two = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    try:
        portable.lock(one)
        with pytest.raises(BlockingIOError):
            portable.lock(two, shared=True)
        os.close(one)
        portable.lock(two, shared=True)
    finally:
        os.close(two)


def test_without_locks_nothing_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    path = tmp_path / "file"
    one, two = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    portable.lock(one)
    portable.lock(two)
    os.close(one)
    os.close(two)


def test_a_file_for_its_owner(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT, 0o644)
    portable.keep_private(fd)
    os.close(fd)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_module_that_is_needed() -> None:
    portable.need_module("os", "this")
    with pytest.raises(UserError, match=r"^this needs a system with Python's module no_such_module, as Linux is$"):
        portable.need_module("no_such_module", "this")
