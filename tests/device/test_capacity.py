"""Limits of this machine are told before the first module of many starts."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from wizfi_emu.device.capacity import PROGRAM_FILES, check_capacity, files_of
from wizfi_emu.device.options import RunOptions
from wizfi_emu.errors import UserError

ONE = RunOptions(flash=":memory:")
ON_A_SOCKET = replace(ONE, serial="tcp://:0")

Limit = Callable[[int, int], list[tuple[int, int]]]


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Sets soft and hard limit of open files; gives what the program sets itself."""

    def limit(soft: int, hard: int) -> list[tuple[int, int]]:
        given: list[tuple[int, int]] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: given.append(limits))
        return given

    return limit


def terminals(folder: Path, most: int, used: int) -> Path:
    (folder / "max").write_text(f"{most}\n")
    (folder / "nr").write_text(f"{used}\n")
    return folder


def test_what_there_is_room_for(tmp_path: Path, limit: Limit) -> None:
    given = limit(20000, 20000)
    check_capacity([ONE] * 4000, terminals(tmp_path, 4096, 96))
    assert given == []


def test_too_few_terminals(tmp_path: Path, limit: Limit) -> None:
    limit(20000, 20000)
    with pytest.raises(UserError) as caught:
        check_capacity([ONE] * 4000, terminals(tmp_path, 4096, 97))
    assert str(caught.value) == (
        "4000 modules need 4000 pseudo-terminals, 3999 are free: "
        "raise the limit (sysctl -w kernel.pty.max=4097) or use --serial unix:PATH"
    )
    check_capacity([ON_A_SOCKET] * 4000, tmp_path)


def test_where_nobody_tells_how_many_terminals_there_are(tmp_path: Path, limit: Limit) -> None:
    limit(20000, 20000)
    check_capacity([ONE] * 4000, tmp_path)


def test_the_soft_limit_is_raised(tmp_path: Path, limit: Limit) -> None:
    needed = PROGRAM_FILES + 1000 * files_of(ONE)
    given = limit(1024, 4096)
    check_capacity([ONE] * 1000, tmp_path)
    assert given == [(needed, 4096)]
    given = limit(1024, resource.RLIM_INFINITY)
    check_capacity([ONE] * 1000, tmp_path)
    assert given == [(needed, resource.RLIM_INFINITY)]


def test_too_few_files(tmp_path: Path, limit: Limit) -> None:
    given = limit(1024, 3063)
    with pytest.raises(UserError) as caught:
        check_capacity([ONE] * 1000, tmp_path)
    assert str(caught.value) == (
        "1000 modules need 3064 open files, the limit is 3063: "
        "raise it (ulimit -n 3064, or LimitNOFILE=3064 of a systemd service)"
    )
    assert given == []


def test_no_limit(tmp_path: Path, limit: Limit) -> None:
    given = limit(resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    check_capacity([ONE] * 4000, tmp_path)
    assert given == []


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (ONE, 3),
        (ON_A_SOCKET, 3),
        (replace(ONE, boot="on-open"), 4),
        (replace(ONE, flash="board.bin", record=Path("session")), 5),
        (replace(ONE, control="auto", spi="unix:spi"), 10),
    ],
)
def test_open_files_of_a_module(options: RunOptions, files: int) -> None:
    assert files_of(options) == files
