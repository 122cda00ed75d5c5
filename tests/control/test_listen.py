"""Where the control interface listens."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from wizfi_emu.control.listen import ControlSocket, ControlSpec, parse_control_spec
from wizfi_emu.errors import UserError
from wizfi_emu.listening import PATH_BYTES_MAX


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("unix:/run/wizfi.sock", ControlSpec(path="/run/wizfi.sock")),
        ("127.0.0.1:8080", ControlSpec(host="127.0.0.1", port=8080)),
        (":0", ControlSpec(host="127.0.0.1", port=0)),
        ("localhost:9", ControlSpec(host="localhost", port=9)),
        ("[::1]:8080", ControlSpec(host="::1", port=8080)),
    ],
)
def test_addresses(text: str, spec: ControlSpec) -> None:
    assert parse_control_spec(text) == spec


def test_a_relative_path_is_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_control_spec("unix:wizfi.sock").path == str(tmp_path / "wizfi.sock")


def test_auto_is_a_free_port_that_a_browser_opens() -> None:
    assert parse_control_spec("auto") == ControlSpec(host="127.0.0.1", port=0)


def test_a_token_can_be_chosen() -> None:
    spec = parse_control_spec("127.0.0.1:0?token=not-so-very-secret")
    assert spec == ControlSpec(host="127.0.0.1", token="not-so-very-secret")
    assert "secret" not in repr(spec)
    found = ControlSocket(spec)
    found.close()
    assert found.token == "not-so-very-secret"


@pytest.mark.parametrize("query", ["", "token", "token=", "token=short", "token=a-long-one-with-&-in-it", "tokens=x"])
def test_what_is_no_token(query: str) -> None:
    with pytest.raises(UserError, match=r"^--control :0\?\.\.\.: expected \?token=TOKEN with at least 16 ") as error:
        parse_control_spec(f":0?{query}")
    assert "long-one" not in str(error.value)


def test_what_a_browser_opens_when_it_listens_everywhere() -> None:
    found = ControlSocket(ControlSpec(host="0.0.0.0", port=0))
    found.close()
    assert found.url == f"http://127.0.0.1:{found.port}/?token={found.token}"
    assert found.address == f"0.0.0.0:{found.port}"


@pytest.mark.parametrize(
    "text", ["", "unix:", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "h:65536", "::1:80", "[::1]", "http://h:1"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UserError, match="expected unix:PATH, HOST:PORT or auto"):
        parse_control_spec(text)


def test_a_port_of_the_system_and_a_token() -> None:
    one, other = ControlSocket(ControlSpec(host="127.0.0.1")), ControlSocket(ControlSpec(host="127.0.0.1"))
    try:
        assert one.address == f"127.0.0.1:{one.port}"
        assert one.port == one.raw.getsockname()[1] != 0
        assert len(one.token) >= 32
        assert one.token != other.token
        assert one.url == f"http://{one.address}/?token={one.token}"
        assert not one.reaches_beyond_this_machine
        socket.create_connection(("127.0.0.1", one.port), 5).close()
    finally:
        one.close()
        other.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", one.port), 5)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        port = owner.getsockname()[1]
        with pytest.raises(UserError, match=f"--control 127.0.0.1:{port}: Address already in use"):
            ControlSocket(ControlSpec(host="127.0.0.1", port=port))


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"--control 192\.0\.2\.1:0: Cannot assign requested address"):
        ControlSocket(ControlSpec(host="192.0.2.1"))


def test_a_unix_socket_is_its_owners_alone_and_goes_with_the_program(tmp_path: Path) -> None:
    path = tmp_path / "wizfi.sock"
    old = os.umask(0)
    try:
        found = ControlSocket(ControlSpec(path=str(path)))
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (found.address, found.url, found.token) == (f"unix:{path}", f"unix:{path}", "")
    assert not found.reaches_beyond_this_machine
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    found.close()
    assert not path.exists()


def test_what_a_killed_run_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "wizfi.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    found = ControlSocket(ControlSpec(path=str(path)))
    assert path.is_socket()
    found.close()


def test_the_socket_of_a_running_program_stays(tmp_path: Path) -> None:
    path = tmp_path / "wizfi.sock"
    owner = ControlSocket(ControlSpec(path=str(path)))
    with pytest.raises(UserError, match="a running program listens there"):
        ControlSocket(ControlSpec(path=str(path)))
    assert path.is_socket()
    owner.close()


def test_a_file_of_the_user_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(UserError, match="not a socket"):
        ControlSocket(ControlSpec(path=str(path)))
    assert path.read_text() == "mine"


def test_a_path_that_has_become_somebody_elses_stays(tmp_path: Path) -> None:
    path = tmp_path / "wizfi.sock"
    found = ControlSocket(ControlSpec(path=str(path)))
    path.rename(tmp_path / "kept-so-that-its-number-is-not-used-again")
    path.write_text("other")
    found.close()
    assert path.read_text() == "other"
    path.unlink()
    found.close()


@pytest.mark.parametrize(("name", "message"), [("no/where.sock", "No such file"), ("x" * 200, str(PATH_BYTES_MAX))])
def test_a_path_that_cannot_be(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        ControlSocket(ControlSpec(path=str(tmp_path / name)))
