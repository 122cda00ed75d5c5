"""TLS to the end: certificates by AT+MCERT, both roles, real handshakes over the loopback address."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest
import trustme

from tests.wire.bench import Bench

pytestmark = pytest.mark.slow

AUTHORITY = trustme.CA()
SERVER = AUTHORITY.issue_cert("www.google.com")
LIMIT_S = 60.0


def pem(blob: trustme.Blob) -> bytes:
    return blob.bytes()


def store(module: Bench, what: bytes, text: bytes) -> None:
    """Write a certificate, key or root CA as a host does: the command with CR alone, then exactly the bytes."""
    command = b"AT+MCERT=W,%s,%d\r" % (what, len(text))
    module.terminal.exchange(command, command + b"\n")
    module.terminal.send(text)
    module.terminal.expect(b"[OK]\r\n")


def serve(module: Bench, certificate: trustme.LeafCert, answer: bytes = b"") -> bytes:
    """Connect the module as TLS client to a server with this certificate; what the module prints."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    with socket.create_server((module.peers.host, 0)) as listener:
        listener.settimeout(LIMIT_S)
        port = listener.getsockname()[1]
        module.terminal.send(b"AT+SCON=O,TCS,192.168.12.23,%d,,0\r" % port)
        connection, _ = listener.accept()
        connection.settimeout(LIMIT_S)
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                got = module.terminal.read_until_all(b"[OK]\r\n", b"\r\n[CONNECT 0]\r\n")
                if answer:
                    module.terminal.send(b"AT+SSEND=0,,,4\rGET\n")
                    got += module.terminal.read_until(b"]\r\n[OK]\r\n")
                    assert secure.recv(4) == b"GET\n"
                    secure.sendall(answer)
                    got += module.terminal.read_until(b"}" + answer + b"\r\n")
        except (ssl.SSLError, ConnectionError):
            got = b""
    return got + module.terminal.read_until_all(b"\r\n[DISCONNECT 0]\r\n")


def listen(module: Bench) -> None:
    """Open a TLS server. Its OK comes first; it listens when it has its certificate, and says so."""
    module.terminal.exchange(b"AT+MEVTMSG=1\r", b"AT+MEVTMSG=1\r\n[OK]\r\n")
    module.terminal.send(b"AT+SCON=O,TSS,,,6443,0\r")
    module.terminal.read_until_all(b"[OK]\r\n", b"\r\n[LISTEN 0]\r\n")


@pytest.mark.parametrize("firmware", ["guide", "1.0.5.2"])
def test_write_read_delete(module: Bench, firmware: str) -> None:
    terminal = module.terminal
    certificate, key = pem(SERVER.cert_chain_pems[0]), pem(SERVER.private_key_pem)
    store(module, b"C", certificate)
    store(module, b"K", key)
    terminal.exchange(b"AT+MCERT=R,C\r", b"AT+MCERT=R,C\r\n" + certificate + b"\r\n[OK]\r\n")
    terminal.exchange(b"AT+MCERT=R,K\r", b"AT+MCERT=R,K\r\n" + key + b"\r\n[OK]\r\n")
    # Firmware 1.0.5.2 shows the private key when it is asked for the root CA.
    shown = key if firmware == "1.0.5.2" else b""
    terminal.exchange(b"AT+MCERT=R,R\r", b"AT+MCERT=R,R\r\n" + shown + b"\r\n[OK]\r\n")
    terminal.exchange(b"AT+MCERT=D,C\r", b"AT+MCERT=D,C\r\n[OK]\r\n")
    terminal.exchange(b"AT+MCERT=R,C\r", b"AT+MCERT=R,C\r\n\r\n[OK]\r\n")


def test_server_shows_the_stored_certificate(joined: Bench) -> None:
    store(joined, b"C", pem(SERVER.cert_chain_pems[0]))
    store(joined, b"K", pem(SERVER.private_key_pem))
    listen(joined)
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    with (
        socket.create_connection((joined.peers.module, 6443), LIMIT_S) as plain,
        context.wrap_socket(plain, server_hostname="www.google.com") as client,
    ):
        joined.terminal.read_until(b"\r\n[CONNECT 0]\r\n")
        client.sendall(b"hello")
        joined.terminal.read_until(b",5}hello\r\n")
        joined.terminal.send(b"AT+SSEND=0,,,2\rhi")
        joined.terminal.read_until(b"]\r\n[OK]\r\n")
        assert client.recv(2) == b"hi"
    # The peer left: the server listens again, and the next client is served.
    joined.terminal.read_until(b"\r\n[DISCONNECT 0]\r\n")
    with (
        socket.create_connection((joined.peers.module, 6443), LIMIT_S) as plain,
        context.wrap_socket(plain, server_hostname="www.google.com"),
    ):
        joined.terminal.read_until(b"\r\n[CONNECT 0]\r\n")


def test_server_makes_its_own_certificate_on_first_use_and_keeps_it(joined: Bench) -> None:
    listen(joined)
    shown = ssl.get_server_certificate((joined.peers.module, 6443), timeout=LIMIT_S)
    joined.terminal.read_until(b"\r\n[DISCONNECT 0]\r\n")
    joined.terminal.send(b"AT+MCERT=R,C\r")
    assert shown.strip().encode() in joined.terminal.read_until(b"[OK]\r\n").replace(b"\r\n", b"\n")


def test_failed_handshake_ends_the_server(joined: Bench) -> None:
    listen(joined)
    with socket.create_connection((joined.peers.module, 6443), LIMIT_S) as plain:
        plain.sendall(b"this is no handshake\r\n\r\n")
        joined.terminal.expect(b"\r\n[DISCONNECT 0]\r\n")
    joined.terminal.send(b"AT+SMGMT=?\r")
    assert b"Number of Sockets : 0 " in joined.terminal.read_until(b"[OK]\r\n")


def test_client_takes_any_certificate_without_a_root_ca(joined: Bench) -> None:
    page = b"HTTP/1.1 302 Found\r\nLocation: https://www.google.co.kr/\r\n\r\n<H1>302 Moved</H1>"
    got = serve(joined, trustme.CA().issue_cert("nobody.example"), page)
    assert b"{0,192.168.12.23," in got
    assert b",%d}HTTP/1.1 302 Found" % len(page) in got


def test_client_verifies_the_chain_when_a_root_ca_is_loaded(joined: Bench) -> None:
    store(joined, b"R", pem(AUTHORITY.cert_pem))
    assert b"[CONNECT 0]" in serve(joined, SERVER)
    joined.terminal.read_until_silent()
    assert b"[CONNECT 0]" not in serve(joined, trustme.CA().issue_cert("www.google.com"))
    joined.terminal.read_until_silent()
    # The root CA is in RAM only: after a reset anything is taken again.
    joined.terminal.send(b"AT+MRESET\r")
    joined.terminal.read_until(b"(WIZnet Co.Ltd)\r\n")
    joined.join()
    assert b"[CONNECT 0]" in serve(joined, trustme.CA().issue_cert("www.google.com"))


def test_secure_socket_is_alone(joined: Bench) -> None:
    terminal = joined.terminal
    terminal.exchange(b"AT+SCON=O,TSS,,,6443,0\r", b"AT+SCON=O,TSS,,,6443,0\r\n[OK]\r\n")
    refused = b"\r\n[ERROR: INVALID INPUT]\r\n"
    terminal.exchange(b"AT+SCON=O,USN,,,5001,0\r", b"AT+SCON=O,USN,,,5001,0" + refused)
    terminal.exchange(b"AT+SCON=O,TSS,,,6444,0\r", b"AT+SCON=O,TSS,,,6444,0" + refused)


def test_handshake_has_a_limit(tmp_path: Path) -> None:
    from tests.wire.emulator import Terminal, running

    # Ten seconds of the module in one of ours.
    with (
        running("--timing", "fast", "--time-scale", "10") as emulator,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        terminal = Terminal(emulator.device)
        terminal.synchronize()
        terminal.send(b"AT+WSET=0,WizFiDemoAP\rAT+WJOIN\r")
        terminal.read_until_all(b"Gateway", b"[OK]\r\n")
        started_s = time.monotonic()
        terminal.send(b"AT+SCON=O,TCS,192.168.12.23,%d,,0\r" % silent.getsockname()[1])
        terminal.read_until(b"\r\n[DISCONNECT 0]\r\n")
        assert time.monotonic() - started_s > 0.9
        terminal.close()
