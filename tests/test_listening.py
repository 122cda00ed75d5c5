"""Addresses as people write them. Unix sockets are tested by those who listen on them, in control/ and spi/."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.listening import UnixListener, listen_tcp, parse_host_port, reaches_beyond_this_machine, show_host_port


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        (":0", ("127.0.0.1", 0)),
        ("[::1]:9", ("::1", 9)),
        ("::1:9", None),
        ("h:65536", None),
        ("h:x", None),
        ("80", None),
        ("a/b:1", None),
    ],
)
def test_host_and_port(text: str, place: tuple[str, int] | None) -> None:
    assert parse_host_port(text) == place
    if place is not None and not text.startswith(":"):
        assert show_host_port(*place) == text


def test_only_other_addresses_reach_beyond(tmp_path: Path) -> None:
    unix = UnixListener(tmp_path / "s", "said")
    with listen_tcp("127.0.0.1", 0) as here, socket.create_server(("0.0.0.0", 0)) as everywhere:
        assert [reaches_beyond_this_machine(raw) for raw in (unix.raw, here, everywhere)] == [False, False, True]
    unix.close()


def test_a_folder_that_may_not_be_looked_into(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="said: Not a directory"):
        UnixListener(tmp_path / "file" / "s", "said")
