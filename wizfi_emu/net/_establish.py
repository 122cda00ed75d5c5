"""How TCP connections begin: the connect to a peer, the client that was accepted, and the TLS handshake of both."""

import errno
import os
import socket

import trio

from wizfi_emu.listening import open_socket
from wizfi_emu.module.effects import ConnectTcp, ListenTcp, TlsIdentity
from wizfi_emu.module.events import Failure, SocketAccepted, SocketOpened
from wizfi_emu.net._connection import Established
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._host import OpenError, close_socket, failure_of, local_port, report_port
from wizfi_emu.net._stream import TcpStream
from wizfi_emu.net.addresses import Endpoint


async def connect(context: NetContext, effect: ConnectTcp, target: Endpoint) -> Established:
    """Connect to a host endpoint. Raises OpenError."""
    try:
        with trio.fail_after(context.seconds(effect.connect_limit_us)):
            raw = await _connect_from(context, effect, target)
    except trio.TooSlowError:
        raise OpenError(Failure.TIMEOUT) from None
    except OSError as error:
        raise OpenError(failure_of(error)) from error
    opened = SocketOpened(effect.sock, local_port(raw))
    peer = Endpoint(effect.address, effect.port)
    tcp, data = await _secured(context, raw, effect.tls, effect.handshake_limit_us, peer, server=False)
    return Established(tcp, data, opened)


async def accept(context: NetContext, effect: ListenTcp, raw: socket.socket, peer: Endpoint) -> Established:
    """Take over a client that was accepted. Raises OpenError."""
    tcp, data = await _secured(context, raw, effect.tls, effect.handshake_limit_us, peer, server=True)
    return Established(tcp, data, SocketAccepted(effect.sock, peer.address, peer.port))


async def wait_for_timeout(context: NetContext, effect: ConnectTcp) -> Established:
    """Connect to an address that never answers. Raises OpenError."""
    await trio.sleep(context.seconds(effect.connect_limit_us))
    raise OpenError(Failure.TIMEOUT)


async def _connect_from(context: NetContext, effect: ConnectTcp, target: Endpoint) -> socket.socket:
    source = context.addresses.source_for(target.address)
    try:
        return await connect_raw(source, effect.local_port, target)
    except OSError as error:
        if not effect.local_port or failure_of(error) not in (Failure.PORT_IN_USE, Failure.NOT_PERMITTED):
            raise
        report_port("TCP", source, effect.local_port, error)
        if not effect.port_optional:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)) from error
    return await connect_raw(source, 0, target)


async def connect_raw(source: str, port: int, target: Endpoint) -> socket.socket:
    """Connect from a host address and port (0: any). Raises OSError."""
    raw = open_socket(socket.SOCK_STREAM, source, port, reuse=port != 0)
    try:
        try:
            raw.connect(target)
        except BlockingIOError:
            await trio.lowlevel.wait_writable(raw)
            code = raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code)) from None
        if raw.getsockname() == target:
            # Remote addresses are local ones here, so a free port can end up connected to itself.
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    except BaseException:
        close_socket(raw)
        raise
    return raw


async def _secured(
    context: NetContext,
    raw: socket.socket,
    identity: TlsIdentity | None,
    limit_us: int,
    peer: Endpoint,
    *,
    server: bool,
) -> tuple[TcpStream, TcpStream | trio.SSLStream[TcpStream]]:
    tcp = TcpStream(raw)
    if identity is None:
        return tcp, tcp
    # Most modules never open a secure socket.
    from wizfi_emu.net.tls import secure

    try:
        return tcp, await secure(tcp, identity, peer, server=server, limit_s=context.seconds(limit_us))
    except BaseException:
        tcp.abort()
        raise
