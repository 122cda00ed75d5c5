"""One listening port of the module, shared by all socks that wait on it or serve a client from it."""

import errno
import socket
from functools import partial

import trio

from wizfi_emu.module.effects import ListenTcp
from wizfi_emu.module.events import SocketOpened
from wizfi_emu.net._connection import Connection
from wizfi_emu.net._context import HostSide, NetContext
from wizfi_emu.net._establish import accept
from wizfi_emu.net._host import close_socket, local_port, logger
from wizfi_emu.net.addresses import Endpoint

# Accepting fails for the process, not for the client, which stays in the backlog until descriptors are free again.
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_EXHAUSTED_PAUSE_S = 0.1


class ListenPort:
    """A listening socket. Clients go to the waiting socks in the order in which these asked.

    While none waits, clients stay in the host's backlog. The socket is closed when the last sock is released.
    """

    def __init__(self, context: NetContext, raw: socket.socket) -> None:
        self.port = local_port(raw)
        self._context = context
        self._raw = raw
        self._users: set[int] = set()
        self._waiting: dict[int, ListenTcp] = {}
        self._accepting = False
        context.held.add(self)

    @property
    def open(self) -> bool:
        return self._raw.fileno() != -1

    def wait(self, effect: ListenTcp) -> None:
        """Let one more sock wait for a client."""
        self._users.add(effect.sock)
        self._waiting[effect.sock] = effect
        self._context.ports[effect.sock] = self
        if not self._accepting:
            self._accepting = True
            self._context.start(self._accept)
        self._context.feed(SocketOpened(effect.sock, self.port))

    def release(self, sock: int) -> None:
        self._waiting.pop(sock, None)
        self._users.discard(sock)
        if not self._users:
            self.abort()

    def host_side(self) -> HostSide:
        return HostSide(Endpoint(self._context.addresses.listen_address, self.port))

    def abort(self) -> None:
        """Close the port now: clients are refused from here on."""
        self._waiting.clear()
        close_socket(self._raw)
        self._context.held.discard(self)

    async def _accept(self) -> None:
        while self._waiting:
            try:
                await trio.lowlevel.wait_readable(self._raw)
            except trio.ClosedResourceError:
                return
            # The last one may have been released, and the port even closed, since the client came.
            if not self._waiting:
                break
            try:
                client, address = self._raw.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    logger.warning("cannot accept a client on port %d: %s", self.port, error.strerror)
                    await trio.sleep(_EXHAUSTED_PAUSE_S)
                continue
            client.setblocking(False)
            peer = self._context.addresses.virtual_endpoint(*address)
            effect = self._waiting.pop(next(iter(self._waiting)))
            Connection(self._context, effect.sock, peer, partial(accept, self._context, effect, client, peer))
        self._accepting = False
