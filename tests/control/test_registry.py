"""Running modules are found, killed ones are not, and nobody else can read the tokens."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from wizfi_emu.control.registry import Entry, Registration, running_modules, runtime_directory
from wizfi_emu.errors import UserError

ENTRY = Entry(77, "/dev/pts/7", "/tmp/wizfi", "127.0.0.1:4000", "abc")


def test_from_registration_to_the_end(runtime: Path) -> None:
    assert running_modules() == []
    registration = Registration(ENTRY)
    assert running_modules() == [ENTRY]
    assert running_modules() == [ENTRY], "looking changes nothing"
    registration.close()
    assert running_modules() == []
    assert list((runtime / "wizfi-emu").iterdir()) == []


def test_several_also_of_one_process() -> None:
    other = Entry(77, "/dev/pts/8", "", "unix:/run/x.sock", "")
    registrations = [Registration(other), Registration(ENTRY)]
    assert running_modules() == [ENTRY, other]
    for registration in registrations:
        registration.close()


def test_what_an_entry_is_called_and_how_it_is_opened() -> None:
    assert (ENTRY.name, ENTRY.url) == ("/tmp/wizfi", "http://127.0.0.1:4000/?token=abc")
    other = Entry(77, "/dev/pts/8", "", "unix:/run/x.sock", "")
    assert (other.name, other.url) == ("/dev/pts/8", "unix:/run/x.sock")


def test_only_the_owner_can_read_it(runtime: Path) -> None:
    registration = Registration(ENTRY)
    directory = runtime / "wizfi-emu"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()] == [0o600]
    registration.close()


@pytest.mark.slow
def test_what_a_killed_program_left_behind_is_removed(runtime: Path) -> None:
    """The kernel ends its lock, whatever has become of its process id."""
    program = (
        "import os, signal\n"
        "from wizfi_emu.control.registry import Entry, Registration, running_modules\n"
        "kept = Registration(Entry(os.getpid(), '/dev/pts/7', '', 'unix:/x', ''))\n"
        "assert len(running_modules()) == 1\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert len(list((runtime / "wizfi-emu").iterdir())) == 1
    assert running_modules() == []
    assert list((runtime / "wizfi-emu").iterdir()) == []


def test_the_socket_of_a_killed_run_goes_too(runtime: Path, tmp_path: Path) -> None:
    directory = runtime_directory()
    left, elsewhere, alive = directory / "1-a.sock", tmp_path / "mine.sock", directory / "2-b.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(alive))
        listening.listen()
        for path in (left, elsewhere):
            with socket.socket(socket.AF_UNIX) as ended:
                ended.bind(str(path))
        for number, path in enumerate((left, elsewhere, alive)):
            entry = Entry(number, "/dev/pts/1", "", f"unix:{path}", "")
            (directory / f"{number}.module").write_bytes(msgspec.json.encode(entry))
        (directory / "torn.module").write_bytes(b"{")
        registration = Registration(ENTRY)
        assert not left.exists()
        assert elsewhere.exists()
        assert alive.exists()
        assert len(list(directory.glob("*.module"))) == 1
        registration.close()


def test_without_a_runtime_directory_it_is_in_the_users_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert runtime_directory() == tmp_path / "state" / "wizfi-emu" / "run"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runtime_directory() == tmp_path / ".local" / "state" / "wizfi-emu" / "run"


def test_a_directory_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    with pytest.raises(UserError, match="cannot make the directory"):
        Registration(ENTRY)
