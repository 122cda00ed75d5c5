"""A UDP peer with the module's own port: at an address of its own it is reached, at the module's it is in the way."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from tests.wire.emulator import Terminal, running
from wizfi_emu.testing.running import own_host_address

pytestmark = pytest.mark.slow

JOIN = (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN")
PATIENCE_S = 60.0


def joined(terminal: Terminal) -> None:
    terminal.synchronize()
    for command in JOIN:
        terminal.send(command + b"\r")
        terminal.read_until(b"[OK]\r\n")


def udp_socket(host: str) -> socket.socket:
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.settimeout(PATIENCE_S)
    peer.bind((host, 0))
    return peer


def test_with_an_address_of_its_own() -> None:
    options = ("--world", "peers", "--timing", "fast", "--host-address", own_host_address())
    with (
        running(*options) as emulator,
        closing(Terminal(emulator.device)) as terminal,
        udp_socket("127.0.0.23") as peer,
    ):
        joined(terminal)
        port = peer.getsockname()[1]
        terminal.send(b"AT+SCON=O,UCN,192.168.12.23,%d,%d,0\r" % (port, port))
        terminal.read_until(b"[OK]\r\n\r\n[CONNECT 0]\r\n")
        terminal.send(b"AT+SSEND=0,,,16\rHello_UDP_Client")
        terminal.read_until(b"[0,,,16]\r\n[OK]\r\n")
        data, module = peer.recvfrom(100)
        assert (data, module[1]) == (b"Hello_UDP_Client", port)
        peer.sendto(data, module)
        terminal.read_until(b"{0,192.168.12.23,%d,16}Hello_UDP_Client\r\n" % port)


def test_at_the_module_s_own_address() -> None:
    host = own_host_address()
    with (
        running("--timing", "fast", "--host-address", host) as emulator,
        closing(Terminal(emulator.device)) as terminal,
        udp_socket(host) as peer,
    ):
        joined(terminal)
        port = peer.getsockname()[1]
        terminal.send(b"AT+SCON=O,UCN,192.168.12.23,%d,%d,0\r" % (port, port))
        terminal.read_until(b"[OK]\r\n")
        terminal.send(b"AT+SMGMT=?\r")
        terminal.read_until(b"Number of Sockets : 0 ")
        assert f"cannot use UDP port {host}:{port}: Address already in use; a peer on the module's port" in emulator.log
