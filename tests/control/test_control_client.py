"""How ``ctl`` finds its module, and what it says when it does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wizfi_emu.control.client import Client, Target, find_target
from wizfi_emu.control.registry import Entry, Registration
from wizfi_emu.errors import UserError


@contextmanager
def registered(*entries: Entry) -> Iterator[None]:
    registrations = [Registration(entry) for entry in entries]
    yield
    for registration in registrations:
        registration.close()


ONE = Entry(1, "/dev/pts/1", "/tmp/one", "127.0.0.1:4001", "token-1")
TWO = Entry(2, "/dev/pts/2", "", "unix:/run/two.sock", "")


def test_the_only_one() -> None:
    with registered(ONE):
        assert find_target() == Target("127.0.0.1:4001", "token-1")


def test_none() -> None:
    with pytest.raises(
        UserError, match=r"^no module runs with --control; start one with: wizfi-emu run --control auto$"
    ):
        find_target()


def test_several() -> None:
    with (
        registered(ONE, TWO),
        pytest.raises(UserError, match=r"choose one with --link or --control: /tmp/one, /dev/pts/2"),
    ):
        find_target()


def test_by_link_or_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to("/dev/pts/2")
    with registered(ONE, TWO):
        assert find_target("/tmp/one").token == "token-1"
        monkeypatch.chdir("/tmp")
        assert find_target("one").token == "token-1"
        assert find_target("/dev/pts/2").address == "unix:/run/two.sock"
        assert find_target(str(alias)).address == "unix:/run/two.sock"
        with pytest.raises(UserError, match="no module with the link /tmp/three runs with --control"):
            find_target("/tmp/three")


def test_by_serial_address() -> None:
    with registered(Entry(3, "tcp://127.0.0.1:5", "", "unix:/x", ""), ONE):
        assert find_target("tcp://127.0.0.1:5") == Target("unix:/x", "")


def test_by_control_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with registered(ONE, TWO):
        assert find_target(control="127.0.0.1:4001") == Target("127.0.0.1:4001", "token-1")
        assert find_target(control=":4001") == Target("127.0.0.1:4001", "token-1")
        assert find_target(control="127.0.0.1:9") == Target("127.0.0.1:9", "")
        assert find_target(control="unix:x.sock") == Target(f"unix:{tmp_path}/x.sock", "")
    assert find_target(control="http://127.0.0.1:9/?token=abc") == Target("127.0.0.1:9", "abc")


@pytest.mark.parametrize("address", ["unix:/nowhere/x.sock", "127.0.0.1:1"])
def test_nobody_there(address: str) -> None:
    with pytest.raises(UserError, match=f"^no module answers at {address}: (No such file|Connection refused)"):
        Client(Target(address, "")).get("/api/state")


def test_no_address() -> None:
    with pytest.raises(UserError, match="--control nonsense: expected"):
        Client(find_target(control="nonsense")).get("/api/state")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "Remote end closed connection"),
        (b"SSH-2.0-x\r\n", "SSH-2.0-x"),
        (b"HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\nx", "the module answered 500"),
    ],
)
def test_something_else_there(answer: bytes, message: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(UserError, match=message):
            Client(Target(f"127.0.0.1:{server.getsockname()[1]}", "")).get("/api/state")
        thread.join()


@pytest.mark.parametrize("kind", ["port", "path"])
def test_a_module_that_does_not_answer_in_time(tmp_path: Path, kind: str) -> None:
    path = str(tmp_path / "silent")
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(path)
        unix.listen()
        address = f"unix:{path}" if kind == "path" else f"127.0.0.1:{port.getsockname()[1]}"
        with pytest.raises(UserError, match=r"^no module answers at .*: timed out$"):
            Client(Target(address, ""), limit_s=0.01).get("/healthz")
