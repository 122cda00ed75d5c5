"""``wizfi-emu run`` as a program, on a real pseudo-terminal, as scripts and people start it."""

from __future__ import annotations

import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

# Starting the program takes most of a quarter of a second.
pytestmark = pytest.mark.slow

PATIENCE_S = 60


@contextmanager
def program(*options: object) -> Iterator[subprocess.Popen[str]]:
    """A running ``wizfi-emu`` without a flash file; killed at the end if it has not ended by then."""
    command = [sys.executable, "-m", "wizfi_emu", "--flash", ":memory:", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], PATIENCE_S)[0], "no first line"
    return process.stdout.readline()


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
    """Exit status, and what came on standard output after the first line."""
    process.send_signal(number)
    out, _ = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out


def ask(device: str, line: bytes) -> bytes:
    """What the module prints from the echo on; before it comes whatever of the boot banner the opening left over."""
    with serial.Serial(device, 115200, timeout=PATIENCE_S) as port:
        port.write(line + b"\r")
        shown = port.read_until(b"[OK]\r\n")
    return shown[shown.index(line) :]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_from_the_first_line_to_the_signal(number: signal.Signals) -> None:
    with program() as process:
        line = first_line(process)
        assert re.fullmatch(r"/dev/pts/\d+\n", line)
        assert ask(line.strip(), b"AT") == b"AT\r\n[OK]\r\n"
        assert end(process, number) == (0, "")


def test_the_link_is_there_with_the_first_line_and_goes_with_the_program(tmp_path: Path) -> None:
    link = tmp_path / "wizfi"
    with program("--link", link) as process:
        assert first_line(process) == f"{link}\n"
        assert link.is_symlink()
        assert ask(str(link), b"AT") == b"AT\r\n[OK]\r\n"
        assert end(process) == (0, "")
    assert not link.is_symlink()


def test_several_modules_in_one_program(tmp_path: Path) -> None:
    link = tmp_path / "wizfi"
    with program("--count", 3, "--link", link) as process:
        assert first_line(process) == f"{link}.0\n"
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == [f"{link}.1\n", f"{link}.2\n"]
        for number in range(3):
            assert f"00:08:DC:25:00:0{number + 1}\r\n".encode() in ask(f"{link}.{number}", b"AT+MMAC=?")
        assert end(process) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_address_of_the_factory_is_that_of_a_flash_that_was_never_written(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    for mac in ("00:08:DC:12:34:56", "00:08:DC:65:43:21"):
        with program("--flash", path, "--mac", mac) as process:
            device = first_line(process).strip()
            assert b"00:08:DC:12:34:56\r\n" in ask(device, b"AT+MMAC=?")
            assert end(process) == (0, "")


def test_firmware_and_switches_are_in_effect() -> None:
    with program("--firmware", "1.0.5.2", "--switch", "version=1.0.5.9") as process:
        device = first_line(process).strip()
        assert b"1.0.5.9/WizFi250 Rev 1.0\r\n" in ask(device, b"AT+MINFO")


def test_settings_outlive_the_program_in_a_flash_file(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with program("--flash", path) as process:
        device = first_line(process).strip()
        assert ask(device, b"AT+WREG=KR").endswith(b"[OK]\r\n")
        assert end(process) == (0, "")
    with program("--flash", path) as process:
        device = first_line(process).strip()
        assert ask(device, b"AT+WREG=?") == b"AT+WREG=?\r\nKR\r\n[OK]\r\n"


def test_a_flash_file_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with program("--flash", path) as owner:
        first_line(owner)
        with program("--flash", path) as second:
            out, err = second.communicate(timeout=PATIENCE_S)
        assert (second.returncode, out) == (2, "")
        assert err == f"wizfi-emu: flash file {path} is in use by the program with the process id {owner.pid}\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--firmware", "nothing"], "unknown firmware 'nothing'"),
        (["--switch", "auto_interface=perhaps"], "switch auto_interface: expected true or false"),
        (["--world", "nothing"], "'nothing' not found"),
        (["--timing", "nothing"], "'nothing' not found"),
        (["--serial", "carrier-pigeon"], "carrier-pigeon"),
        (["--link", "/nowhere/wizfi"], "/nowhere/wizfi"),
        (["--host-address", "192.0.2.1"], "192.0.2.1"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(options: list[str], message: str) -> None:
    with program(*options) as process:
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("wizfi-emu: ")
    assert message in err
    assert err.count("\n") == 1


def test_the_session_of_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    session = re.findall(r"```console\n.*?\n(AT\n.*?)```", readme, re.DOTALL)[0]
    exchanges = re.findall(r"^(AT.*)\n((?:(?!AT).*\n)*)", session, re.MULTILINE)
    assert len(exchanges) >= 5
    with program() as process:
        device = first_line(process).strip()
        shown = b"".join(ask(device, line.encode()) for line, _ in exchanges)
    assert shown.decode().replace("\r\n", "\n") == session
