"""DATA_READY for whoever watches it: ``1`` or ``0`` at each change, the present level first."""

import logging
import socket

import trio

WATCHERS_MAX = 8
"""A host, and a few who look on."""
UNREAD_BYTES_MAX = 4096
"""Changes that a watcher has not taken, beyond what the system keeps for it. With more it is turned away."""

_log = logging.getLogger("wizfi_emu.spi")


class Watcher:
    """One connection. A level is written at once, so it is there before the bytes of its transfer are."""

    def __init__(self, sock: socket.socket) -> None:
        # The system's own buffer would hide for long that nobody reads.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES_MAX)
        self._sock = sock
        self._unread = bytearray()
        self._more = trio.Event()
        self._turned_away = False

    def tell(self, level: bool) -> None:
        text = b"1" if level else b"0"
        if not self._unread:
            try:
                self._sock.send(text)
                return
            except BlockingIOError:
                pass
            except OSError:
                return  # it has left; the reader sees it too
        if len(self._unread) == UNREAD_BYTES_MAX and not self._turned_away:
            self._turned_away = True
            _log.warning("SPI: somebody does not read the changes of DATA_READY, and is turned away")
            self._sock.shutdown(socket.SHUT_RDWR)
        if not self._turned_away:
            self._unread += text
            self._more.set()

    async def attend(self) -> None:
        """Send what could not be sent at once, until it leaves."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._until_it_leaves, nursery.cancel_scope)
            while True:
                await self._more.wait()
                await trio.lowlevel.wait_writable(self._sock)
                try:
                    del self._unread[: self._sock.send(self._unread)]
                except BlockingIOError:
                    continue
                except OSError:
                    return
                if not self._unread:
                    self._more = trio.Event()

    async def _until_it_leaves(self, scope: trio.CancelScope) -> None:
        while True:
            await trio.lowlevel.wait_readable(self._sock)
            try:
                if not self._sock.recv(4096):  # nothing is said on this channel; what comes all the same is nobody's
                    break
            except BlockingIOError:
                continue
            except OSError:
                break
        scope.cancel()


class ReadyChannel:
    """All watchers of the pin."""

    def __init__(self) -> None:
        self.level = False
        self._watchers: list[Watcher] = []

    def set(self, level: bool) -> None:
        """The pin has another level."""
        self.level = level
        for watcher in self._watchers:
            watcher.tell(level)

    async def attend(self, sock: socket.socket) -> None:
        """Tell one connection the level and its changes, until it leaves."""
        with sock:
            if len(self._watchers) == WATCHERS_MAX:
                _log.warning("SPI: more than %d watch DATA_READY; one is turned away", WATCHERS_MAX)
                return
            watcher = Watcher(sock)
            watcher.tell(self.level)
            self._watchers.append(watcher)
            try:
                await watcher.attend()
            finally:
                self._watchers.remove(watcher)
                trio.lowlevel.notify_closing(sock)
