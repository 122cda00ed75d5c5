"""A TCP connection of the host: a trio stream that can also send at once, without waiting."""

import socket
import struct
from collections.abc import Awaitable, Callable

import trio

from wizfi_emu.net._host import close_socket

WaitRoom = Callable[[], Awaitable[None]]
"""Returns when the machine has room for data from the network, and is always a checkpoint.
ClosedResourceError: there will be none any more."""

RECEIVE_BYTES = 65536
NO_LINGER = struct.pack("ii", 1, 0)


class TcpStream(trio.abc.Stream):
    """One connected socket. It belongs to the stream from now on.

    At most one task reads and one writes. ``abort`` wakes both with ClosedResourceError. While ``wait_room`` is set it
    is awaited between the moment when data is there and the moment when it is read.
    """

    def __init__(self, raw: socket.socket) -> None:
        # The firmware decides what goes out when; the host must not collect small packets.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw = raw
        self.wait_room: WaitRoom | None = None
        self._was_full = False

    def send_now(self, data: bytes | bytearray | memoryview) -> int:
        """Give the host's stack as much as it takes now, and the number of bytes that it took. Raises OSError."""
        try:
            return self.raw.send(data)
        except BlockingIOError:
            return 0

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send everything. Raises BrokenResourceError, its cause being the OSError, or ClosedResourceError."""
        await trio.lowlevel.checkpoint()
        with memoryview(data) as rest:
            sent = 0
            while sent < len(rest):
                try:
                    taken = self.send_now(rest[sent:])
                except OSError as error:
                    raise self._translated(error) from error
                sent += taken
                if not taken:
                    await trio.lowlevel.wait_writable(self.raw)

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.wait_writable(self.raw)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Read what is there, at least one byte; empty at the end. Raises as ``send_all``."""
        limit = max_bytes or RECEIVE_BYTES
        while True:
            if self.raw.fileno() == -1:
                raise trio.ClosedResourceError
            # After a full read more is likely there. Not to ask saves one of two turns of the event loop for each read,
            # and turns are what bulk data costs; the wait for room is the checkpoint then.
            if not self._was_full or self.wait_room is None:
                await trio.lowlevel.wait_readable(self.raw)
            if self.wait_room is not None:
                await self.wait_room()
            try:
                data = self.raw.recv(limit)
            except BlockingIOError:
                self._was_full = False
                continue
            except OSError as error:
                raise self._translated(error) from error
            self._was_full = len(data) == limit
            return data

    def end(self) -> None:
        """Send FIN after the data that the host's stack has taken."""
        try:
            self.raw.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The connection is broken already, there is nobody to tell.

    def reset_at_close(self) -> None:
        """Let ``abort`` send RST, in place of an orderly end; what is not sent yet is lost."""
        try:
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        except OSError:
            pass  # Closed already.

    def shut_down(self) -> None:
        """Give the connection up: the reader sees its end."""
        try:
            self.raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # Broken already; the reader sees that too.

    async def aclose(self) -> None:
        """End our direction. The descriptor stays until ``abort``: closing it with unread data would send RST."""
        self.end()
        await trio.lowlevel.checkpoint()

    def abort(self) -> None:
        close_socket(self.raw)

    def _translated(self, error: OSError) -> Exception:
        closed = self.raw.fileno() == -1
        return trio.ClosedResourceError() if closed else trio.BrokenResourceError(error.strerror)
