"""The peer on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from wizfi_emu.calibrate.hostpeer import HostPeer
from wizfi_emu.calibrate.play import NOBODY
from wizfi_emu.errors import UserError


@pytest.fixture(name="peer")
def make_peer() -> Iterator[HostPeer]:
    peer = HostPeer("127.0.0.1", 0)
    yield peer
    peer.stop()


def connect(peer: HostPeer) -> socket.socket:
    host, _, port = peer.place.partition(",")
    return socket.create_connection((host, int(port)), timeout=5)


@pytest.mark.slow
def test_it_takes_a_connection_sends_hears_and_leaves(peer: HostPeer) -> None:
    with connect(peer) as module:
        assert peer.accept() == b""
        module.sendall(b"hello")
        assert peer.hear() == b"hello"
        assert peer.send(b"hi") == b""
        assert module.recv(10) == b"hi"
        assert peer.close() == b""
        assert module.recv(10) == b""


def test_without_a_connection_nobody_is_there(peer: HostPeer) -> None:
    assert (peer.send(b"x"), peer.hear(), peer.close()) == (NOBODY, NOBODY, NOBODY)


def test_connections_that_nobody_took_are_forgotten(peer: HostPeer) -> None:
    with connect(peer) as old:
        peer.forget()
        assert old.recv(10) == b""
    with connect(peer) as module:
        assert peer.accept() == b""
        peer.send(b"hi")
        assert module.recv(10) == b"hi"


def test_an_address_that_cannot_be_had(peer: HostPeer) -> None:
    with pytest.raises(UserError, match="expected an address of this machine and a free port"):
        HostPeer("127.0.0.1", int(peer.place.partition(",")[2]))
