"""Host sockets: how they are made and closed, and what their errors mean to the module."""

import errno
import logging
import socket

import trio

from wizfi_emu.module.events import Failure

logger = logging.getLogger("wizfi_emu.net")

# How many clients may wait for a server to listen again (guide, AT+SCON: "up to 5").
BACKLOG = 5

_FAILURES = {
    errno.ECONNREFUSED: Failure.REFUSED,
    errno.ETIMEDOUT: Failure.TIMEOUT,
    errno.ECONNRESET: Failure.RESET,
    errno.ECONNABORTED: Failure.RESET,
    errno.EPIPE: Failure.RESET,
    errno.EADDRINUSE: Failure.PORT_IN_USE,
    errno.EADDRNOTAVAIL: Failure.PORT_IN_USE,
    errno.EACCES: Failure.NOT_PERMITTED,
    errno.EPERM: Failure.NOT_PERMITTED,
    errno.EMSGSIZE: Failure.NOT_PERMITTED,
}


# After a failed accept: long enough not to be a busy loop while no descriptor is free.
ACCEPT_PAUSE_S = 0.1


class OpenError(Exception):
    """A socket could not be opened."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


def failure_of(error: OSError) -> Failure:
    """Say in the machine's words what a socket error means."""
    return _FAILURES.get(error.errno or 0, Failure.UNREACHABLE)


def open_socket(kind: socket.SocketKind, host: str, port: int, *, reuse: bool = False) -> socket.socket:
    """Make a non-blocking socket that is bound to a host address and port (0: any). Raises OSError.

    ``reuse`` allows a port on which connections are still on their way out. UDP must not have it: two sockets could
    then share a port.
    """
    raw = socket.socket(socket.AF_INET, kind)
    try:
        raw.setblocking(False)
        if reuse:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        raw.bind((host, port))
    except BaseException:
        raw.close()
        raise
    return raw


def open_listener(host: str, port: int) -> socket.socket:
    """Make a listening socket. Raises OSError."""
    raw = open_socket(socket.SOCK_STREAM, host, port, reuse=True)
    try:
        # A port can be bound beside a connection that uses it and still refuse to listen.
        raw.listen(BACKLOG)
    except BaseException:
        raw.close()
        raise
    return raw


def close_socket(raw: socket.socket) -> None:
    """Close a socket now and wake the tasks that wait for it with ClosedResourceError. Closing again does nothing."""
    if raw.fileno() != -1:
        trio.lowlevel.notify_closing(raw)
        raw.close()


def local_port(raw: socket.socket) -> int:
    """Give the port that a socket is bound to."""
    port: int = raw.getsockname()[1]
    return port


def report_port(protocol: str, host: str, port: int, error: OSError) -> None:
    """Tell the person who runs the module that a port of the host could not be had, and why."""
    remedy = "; a peer on the module's port needs an address of its own (docs/worlds.md)"
    why = f"{error.strerror or error}{remedy if error.errno == errno.EADDRINUSE else ''}"
    logger.warning("cannot use %s port %s:%d: %s", protocol, host, port, why)
