"""UDP peers on real sockets at the module's host address."""

import socket
from collections.abc import Callable

import trio

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.errors import UserError
from wizfi_emu.listening import open_socket
from wizfi_emu.scenario.model import ServingPeer
from wizfi_emu.scenario.peers.actor import UdpActor

READ_BYTES = 65536


class HostUdpActor(UdpActor):
    """A UDP peer of this machine. ``tell`` is called when anything about it has changed."""

    def __init__(self, name: str, peer: ServingPeer, nursery: trio.Nursery, tell: Callable[[], None]) -> None:
        super().__init__(name, peer)
        self._listens = peer.listens
        self._nursery = nursery
        self._tell = tell
        self._host = ""
        self._socket: socket.socket | None = None
        self._sender: tuple[str, int] | None = None

    async def open(self, host: str) -> None:
        """Take the port. Raises UserError when it cannot be had."""
        self._host = host
        if self._listens:
            self.listen()
        await trio.lowlevel.checkpoint()

    def listen(self) -> None:
        try:
            opened = open_socket(socket.SOCK_DGRAM, self._host, self.port)
        except OSError as error:
            raise UserError(f"{self.name}: port {self.port} of {self._host}: {error.strerror}") from None
        self.port = opened.getsockname()[1]
        self._socket = opened
        self._nursery.start_soon(self._receive, opened)

    async def _receive(self, opened: socket.socket) -> None:
        with opened:
            while opened.fileno() >= 0:
                try:
                    await trio.lowlevel.wait_readable(opened)
                    data, self._sender = opened.recvfrom(READ_BYTES)
                except (OSError, trio.ClosedResourceError):
                    continue  # closed, or what was sent before has found nobody
                self._heard(data)
                self._tell()

    def stop(self) -> None:
        if self._socket is not None:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()
            self._socket = None

    def send(self, data: bytes, to: int) -> None:
        target = (self._host, to) if to else self._sender
        if self._socket is None or target is None:
            raise self._unknown_sender()
        opened = self._socket

        def say() -> None:
            if opened.fileno() < 0:
                return
            try:
                opened.sendto(data, target)
            except OSError as error:
                raise RefusedError(f"{self.name}: {error.strerror}") from None
            self.tell_of("says", data)

        self.later(say)
