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


async def accept(raw: socket.socket) -> socket.socket:
    """Wait for the next client of a listening socket."""
    while True:
        await trio.lowlevel.wait_readable(raw)
        try:
            client, _ = raw.accept()
        except OSError:
            await trio.sleep(ACCEPT_PAUSE_S)  # It has left already, or the program is out of descriptors.
        else:
            client.setblocking(False)
            return client


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
