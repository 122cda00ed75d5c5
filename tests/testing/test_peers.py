"""Peers of a running module, as tests of people use them."""

from __future__ import annotations

import pytest
import serial

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.testing.peers import Peer, Peers
from wizfi_emu.testing.running import ExpectationError, RunningModule

pytestmark = pytest.mark.slow


@pytest.fixture
def port(wizfi: RunningModule) -> serial.Serial:
    """The host's end, on the network."""
    opened = serial.Serial(wizfi.port, 115200, timeout=5)
    opened.write(b"AT+MECHO=0\rAT+WSET=0,WizFiDemoAP\rAT+WSEC=0,,12345678\rAT+WJOIN\r")
    wizfi.expect(b"  Gateway    : 192.168.12.1\r\n[OK]\r\n")
    return opened


def connect(wizfi: RunningModule, port: serial.Serial, peer: Peer) -> None:
    port.write(b"AT+SCON=O,TCN,192.168.12.50,%d,,0\r" % peer.port)
    wizfi.expect(b"[CONNECT 0]\r\n")


def say(wizfi: RunningModule, port: serial.Serial, data: bytes) -> None:
    port.write(b"AT+SSEND=0,,,%d\r" % len(data))
    wizfi.expect(b"[0,,,%d]\r\n" % len(data))
    port.write(data)
    wizfi.expect(b"[OK]\r\n")


def test_an_echo(wizfi: RunningModule, wizfi_peers: Peers, port: serial.Serial) -> None:
    echo = wizfi_peers.echo()
    connect(wizfi, port, echo)
    say(wizfi, port, b"hello")
    assert echo.expect(b"hello") == echo.got == b"hello"
    wizfi.expect(b"}hello")
    assert echo.accepted == 1
    assert any("echo gets" in line for line in wizfi.excerpt()), "an excerpt shows it"


def test_a_server(wizfi: RunningModule, wizfi_peers: Peers, port: serial.Serial) -> None:
    server = wizfi_peers.server(greeting="hi", answers={"temp?": "21.5"})
    with pytest.raises(RefusedError, match="server has no connection"):
        server.send(b"too early")
    connect(wizfi, port, server)
    server.expect_accepted()
    wizfi.expect(b"}hi")
    say(wizfi, port, b"temp?")
    wizfi.expect(b"}21.5")
    server.send(b"more")
    wizfi.expect(b"}more")
    with pytest.raises(ExpectationError, match=r"^server did not get b'nothing' within 0.1 s; it got b'temp\?'$"):
        server.expect(b"nothing", timeout=0.1)
    assert not server.closed
    port.write(b"AT+SMGMT=0\r")
    server.expect_closed()


def test_the_ends_of_connections(wizfi: RunningModule, wizfi_peers: Peers, port: serial.Serial) -> None:
    server = wizfi_peers.server(listens=False)
    with pytest.raises(ExpectationError, match=r"connected to server 0 times within 0.1 s, not 1$"):
        server.expect_accepted(timeout=0.1)
    server.listen()
    for end in (server.close, server.abort):
        connect(wizfi, port, server)
        server.expect_accepted(server.accepted)
        end()
        wizfi.expect(b"[DISCONNECT 0]\r\n")
    connect(wizfi, port, server)
    with pytest.raises(ExpectationError, match=r"did not end the connection to server in 0\.1 s$"):
        server.expect_closed(timeout=0.1)
    server.half_close()
    wizfi.expect(b"[DISCONNECT 0]\r\n")
    server.stop()
    port.write(b"AT+SCON=O,TCN,192.168.12.50,%d,,0\r" % server.port)
    wizfi.expect(b"[DISCONNECT 0]\r\n")
    assert server.accepted == 3


def test_a_client(wizfi: RunningModule, wizfi_peers: Peers, port: serial.Serial) -> None:
    client = wizfi_peers.client()
    with pytest.raises(ExpectationError, match=r"^client could not connect: port 5000 of the module: "):
        client.connect(5000)
    port.write(b"AT+SCON=O,TSN,,,5000,0\r")
    wizfi.expect(b"[OK]\r\n")
    client.connect(5000)
    wizfi.expect(b"[CONNECT 0]\r\n")
    client.send(b"hello")
    wizfi.expect(b"}hello")


def test_datagrams_and_names(wizfi: RunningModule, wizfi_peers: Peers, port: serial.Serial) -> None:
    wizfi_peers.echo()
    echo = wizfi_peers.echo(protocol="udp", delay_ms=20)
    port.write(b"AT+SCON=O,UCN,192.168.12.50,%d,,0\r" % echo.port)
    wizfi.expect(b"[CONNECT 0]\r\n")
    say(wizfi, port, b"hello")
    wizfi.expect(b"}hello")
    with pytest.raises(ExpectationError, match=r"^echo-2 did not get"):
        echo.expect(b"more", timeout=0.1)


def test_pages_and_silence(wizfi: RunningModule, wizfi_peers: Peers, port: serial.Serial) -> None:
    page = wizfi_peers.http({"/": "hello"})
    connect(wizfi, port, page)
    say(wizfi, port, b"GET / HTTP/1.0\r\n\r\n")
    wizfi.expect(b"\r\n\r\nhello")
    discard = wizfi_peers.discard()
    wizfi.forget_output()
    connect(wizfi, port, discard)
    say(wizfi, port, b"hello")
    assert discard.expect(b"hello") == b"hello"
