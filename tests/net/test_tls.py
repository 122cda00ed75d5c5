from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator

import pytest
import trio
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.net.edge import TOO_MUCH, VIRTUAL, Bench
from wizfi_emu.module.effects import CloseSocket, ConnectTcp, ListenTcp, SendData, TlsIdentity
from wizfi_emu.module.events import (
    Event,
    Failure,
    SocketAccepted,
    SocketClosed,
    SocketFailed,
    SocketOpened,
    SocketReceived,
    SocketSent,
)
from wizfi_emu.net.tls import make_identity

NO_IDENTITY = TlsIdentity(b"", b"")


class TlsBench(Bench):
    async def secure(self, name: str, context: ssl.SSLContext, *, server: bool) -> trio.SSLStream[trio.SocketStream]:
        """Do the peer's part of a handshake."""
        stream = trio.SSLStream(trio.SocketStream(self.peers.raw(name)), context, server_side=server)
        with trio.fail_after(30):
            await stream.do_handshake()
        return stream

    async def connect(self, identity: TlsIdentity, server: ssl.SSLContext) -> trio.SSLStream[trio.SocketStream]:
        """Connect the module to a secure peer."""
        port = await self.peers.tcp_listen("l")
        self.network.execute(ConnectTcp(1, VIRTUAL, port, 0, identity))
        await self.peers.tcp_accept("p", "l")
        return await self.secure("p", server, server=True)

    async def listen(self, identity: TlsIdentity) -> int:
        self.network.execute(ListenTcp(1, 0, identity))
        match await self.events():
            case [SocketOpened(1, port)]:
                await self.peers.tcp_connect("c", port)
                return port
            case other:
                pytest.fail(f"{other}")


@pytest.fixture
async def bench(nursery: trio.Nursery) -> AsyncIterator[TlsBench]:
    async with TlsBench.open(nursery) as made:
        yield made


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def identity(authority: trustme.CA) -> TlsIdentity:
    """A certificate of the authority for the module, and the authority as root CA."""
    issued = authority.issue_cert("module.example")
    certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return TlsIdentity(certificate, issued.private_key_pem.bytes(), authority.cert_pem.bytes())


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> ssl.SSLContext:
    """A peer that serves with a certificate of the authority, for a name that the module never asks for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("server.example").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def client(authority: trustme.CA) -> ssl.SSLContext:
    """A peer that trusts the authority alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    authority.configure_trust(context)
    return context


def is_opened(events: list[Event]) -> bool:
    return len(events) == 1 and isinstance(events[0], SocketOpened)


# --- client -----------------------------------------------------------------------------------------------------------


async def test_client_accepts_a_server_of_its_root_ca(
    bench: TlsBench, identity: TlsIdentity, server: ssl.SSLContext
) -> None:
    stream = await bench.connect(identity, server)
    assert is_opened(await bench.events())
    await stream.send_all(b"from server")
    assert await bench.events() == [SocketReceived(1, b"from server", VIRTUAL, bench.peers.port("l"))]
    bench.network.execute(SendData(1, b"from module"))
    assert await stream.receive_some() == b"from module"
    assert await bench.events() == [SocketSent(1)]


async def test_client_refuses_a_server_of_another_ca(
    bench: TlsBench, server: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = TlsIdentity(b"", b"", trustme.CA().cert_pem.bytes())
    with pytest.raises(trio.BrokenResourceError):
        # With TLS 1.3 a server has not heard of it yet when its handshake ends.
        await (await bench.connect(stranger, server)).receive_some()
    assert await bench.events() == [SocketFailed(1, Failure.HANDSHAKE)]
    port = bench.peers.port("l")
    assert caplog.messages == [
        f"TLS handshake with the server at {VIRTUAL}:{port} failed: unable to get local issuer certificate"
    ]


async def test_client_without_root_ca_accepts_any_server(bench: TlsBench) -> None:
    certificate, key = make_identity("somebody")
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(certificate + key).tempfile() as path:
        anybody.load_cert_chain(path)
    await bench.connect(NO_IDENTITY, anybody)
    assert is_opened(await bench.events())


async def test_client_shows_its_certificate_when_asked(
    bench: TlsBench, authority: trustme.CA, identity: TlsIdentity
) -> None:
    demanding = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("server.example").configure_cert(demanding)
    authority.configure_trust(demanding)
    demanding.verify_mode = ssl.CERT_REQUIRED
    stream = await bench.connect(identity, demanding)
    assert is_opened(await bench.events())
    assert ("DNS", "module.example") in stream.getpeercert()["subjectAltName"]


async def test_client_fails_with_a_server_that_speaks_no_tls(bench: TlsBench) -> None:
    port = await bench.peers.tcp_listen("l")
    bench.network.execute(ConnectTcp(1, VIRTUAL, port, 0, NO_IDENTITY))
    await bench.peers.tcp_accept("p", "l")
    await bench.peers.send("p", b"220 hello\r\n")
    assert await bench.events() == [SocketFailed(1, Failure.HANDSHAKE)]


async def test_client_gives_a_silent_server_up(bench: TlsBench, mock_clock: MockClock) -> None:
    port = await bench.peers.tcp_listen("l")
    bench.network.execute(ConnectTcp(1, VIRTUAL, port, 0, NO_IDENTITY, handshake_limit_us=10_000_000))
    await bench.peers.tcp_accept("p", "l")
    await wait_all_tasks_blocked(0.02)
    mock_clock.jump(9.9)
    await wait_all_tasks_blocked(0.01)
    assert bench.log.take_all() == []
    mock_clock.jump(0.2)
    assert await bench.events() == [SocketFailed(1, Failure.TIMEOUT)]


# --- server -----------------------------------------------------------------------------------------------------------


async def test_server_exchanges_data_with_a_client_that_verifies_it(
    bench: TlsBench, identity: TlsIdentity, client: ssl.SSLContext
) -> None:
    await bench.listen(identity)
    stream = await bench.secure("c", client, server=False)
    peer = (bench.peers.host, bench.peers.port("c"))
    assert await bench.events() == [SocketAccepted(1, *peer)]
    await stream.send_all(b"question")
    assert await bench.events() == [SocketReceived(1, b"question", *peer)]
    bench.network.execute(SendData(1, b"answer"))
    assert await stream.receive_some() == b"answer"


async def test_server_fails_and_its_port_closes_when_a_client_does_not_trust_it(
    bench: TlsBench, identity: TlsIdentity
) -> None:
    port = await bench.listen(identity)
    distrusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    distrusting.check_hostname = False
    with pytest.raises(trio.BrokenResourceError):
        await bench.secure("c", distrusting, server=False)
    # The client leaves without a word, or with one: both end the handshake.
    bench.peers.close("c")
    assert await bench.events() == [SocketFailed(1, Failure.HANDSHAKE)]
    bench.peers.tcp_refused(port)


async def test_server_gives_a_silent_client_up(bench: TlsBench, identity: TlsIdentity, mock_clock: MockClock) -> None:
    await bench.listen(identity)
    await wait_all_tasks_blocked(0.02)
    mock_clock.jump(10.1)
    assert await bench.events() == [SocketFailed(1, Failure.TIMEOUT)]
    await bench.peers.expect_closed("c")


async def test_server_with_the_identity_that_a_module_makes(bench: TlsBench) -> None:
    certificate, key = make_identity("WizFi250 00:08:DC:00:00:01")
    await bench.listen(TlsIdentity(certificate, key))
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.load_verify_locations(cadata=certificate.decode())
    await bench.secure("c", trusting, server=False)
    assert isinstance((await bench.events())[0], SocketAccepted)


# --- both -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_megabyte_each_way(
    bench: TlsBench, nursery: trio.Nursery, identity: TlsIdentity, server: ssl.SSLContext
) -> None:
    stream = await bench.connect(identity, server)
    assert is_opened(await bench.events())
    data = os.urandom(1_000_000)
    nursery.start_soon(stream.send_all, data)
    for start in range(0, len(data), 100_000):
        bench.network.execute(SendData(1, data[start : start + 100_000]))
    received, sent, echoed = bytearray(), 0, bytearray()
    while len(echoed) < len(data):
        echoed += await stream.receive_some()
    while len(received) < len(data) or sent < 10:
        match (await bench.events())[0]:
            case SocketReceived(1, piece):
                received += piece
            case SocketSent(1, None):
                sent += 1
            case other:
                pytest.fail(f"{other}")
    assert bytes(received) == data
    assert bytes(echoed) == data


async def test_close_delivers_and_says_so_inside_tls(
    bench: TlsBench, identity: TlsIdentity, server: ssl.SSLContext
) -> None:
    stream = await bench.connect(identity, server)
    assert is_opened(await bench.events())
    bench.network.execute(SendData(1, b"last words"))
    bench.network.execute(CloseSocket(1))
    assert await stream.receive_some() == b"last words"
    # A connection that ends without close notify would raise BrokenResourceError here.
    assert await stream.receive_some() == b""
    await stream.aclose()
    await wait_all_tasks_blocked(0.01)
    assert bench.log.take_all() == []


@pytest.mark.parametrize("polite", [True, False])
async def test_peer_may_close_with_or_without_saying_so_inside_tls(
    bench: TlsBench, identity: TlsIdentity, server: ssl.SSLContext, polite: bool
) -> None:
    stream = await bench.connect(identity, server)
    assert is_opened(await bench.events())
    await stream.send_all(b"bye")
    await (stream if polite else stream.transport_stream).aclose()
    assert await bench.events(2) == [
        SocketReceived(1, b"bye", VIRTUAL, bench.peers.port("l")),
        SocketClosed(1),
    ]
    bench.network.execute(CloseSocket(1))


async def test_peer_that_breaks_the_connection(bench: TlsBench, identity: TlsIdentity, server: ssl.SSLContext) -> None:
    await bench.connect(identity, server)
    assert is_opened(await bench.events())
    bench.peers.break_off("p")
    assert await bench.events() == [SocketClosed(1, Failure.RESET)]


@pytest.mark.slow
async def test_send_limit_ends_the_connection(
    bench: TlsBench, identity: TlsIdentity, server: ssl.SSLContext, mock_clock: MockClock
) -> None:
    await bench.connect(identity, server)
    assert is_opened(await bench.events())
    bench.network.execute(SendData(1, TOO_MUCH, limit_us=5_000_000))
    await wait_all_tasks_blocked(0.02)
    mock_clock.jump(5.1)
    assert await bench.events(2) == [SocketSent(1, Failure.TIMEOUT), SocketClosed(1, Failure.TIMEOUT)]
    bench.network.execute(CloseSocket(1))


async def test_reset_during_the_handshake(bench: TlsBench) -> None:
    port = await bench.peers.tcp_listen("l")
    bench.network.execute(ConnectTcp(1, VIRTUAL, port, 0, NO_IDENTITY))
    await bench.peers.tcp_accept("p", "l")
    await bench.peers.received("p", 1)
    bench.network.reset()
    # The rest of the greeting, then the end.
    assert len(await bench.peers.received("p", 65536)) < 65536
    assert bench.log.take_all() == []


# --- certificates -----------------------------------------------------------------------------------------------------


def encrypted(key: bytes) -> bytes:
    loaded = serialization.load_pem_private_key(key, None)
    return loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


@pytest.mark.parametrize("defect", ["none", "no key", "garbage", "encrypted", "other key", "root"])
async def test_defect_certificates_fail_without_showing_what_is_in_them(
    bench: TlsBench, identity: TlsIdentity, defect: str, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = identity.certificate, identity.private_key
    broken = {
        "none": NO_IDENTITY,
        "no key": TlsIdentity(certificate, b""),
        "garbage": TlsIdentity(b"garb\xffage", b"\x00garbage"),
        "encrypted": TlsIdentity(certificate, encrypted(key)),
        "other key": TlsIdentity(certificate, make_identity("x")[1]),
        "root": TlsIdentity(certificate, key, b"garb\xffage"),
    }[defect]
    if defect == "root":
        port = await bench.peers.tcp_listen("l")
        bench.network.execute(ConnectTcp(1, VIRTUAL, port, 0, broken))
    else:
        await bench.listen(broken)
    assert await bench.events() == [SocketFailed(1, Failure.HANDSHAKE)]
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("the stored certificate or key cannot be used: ")
    assert "garb" not in caplog.text
    assert not any(line in caplog.text for line in key.decode().splitlines())


async def test_certificates_leave_no_descriptor(bench: TlsBench, identity: TlsIdentity, client: ssl.SSLContext) -> None:
    before = len(os.listdir("/proc/self/fd"))
    await bench.listen(identity)
    await bench.secure("c", client, server=False)
    await bench.events()
    # The listening port and both ends of the connection.
    assert len(os.listdir("/proc/self/fd")) == before + 3


def test_identity_is_a_self_signed_certificate_with_its_key() -> None:
    certificate, key = make_identity("WizFi250 00:08:DC:00:00:01")
    loaded = x509.load_pem_x509_certificate(certificate)
    assert loaded.subject.rfc4514_string() == "CN=WizFi250 00:08:DC:00:00:01"
    loaded.verify_directly_issued_by(loaded)
    assert serialization.load_pem_private_key(key, None).public_key() == loaded.public_key()


@pytest.mark.parametrize(("name", "used"), [("", "WizFi250"), ("x" * 100, "x" * 64)])
def test_identity_needs_a_name_of_a_possible_length(name: str, used: str) -> None:
    certificate, _ = make_identity(name)
    assert x509.load_pem_x509_certificate(certificate).subject.rfc4514_string() == f"CN={used}"
