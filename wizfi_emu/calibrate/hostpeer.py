"""A peer of the module on this machine: one listening socket, and one connection at a time."""

import socket
from collections.abc import Callable

from wizfi_emu.calibrate.play import NOBODY
from wizfi_emu.errors import UserError
from wizfi_emu.listening import listen_tcp, show_host_port

ACCEPT_LIMIT_S = 5.0
SILENCE_S = 0.3
"""After so long without a byte nothing more is under way."""
HEARD_BYTES_MAX = 65_536
"""What is kept of one hearing."""
READ_BYTES = 4096


class HostPeer:
    """Listens at an address of this machine until it is closed. Raises UserError for one that it cannot have."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._listener = listen_tcp(host, port)
        except OSError as error:
            place = show_host_port(host, port)
            expected = "expected an address of this machine and a free port"
            raise UserError(f"--peer {place}: {error.strerror}; {expected}") from None
        self._listener.setblocking(True)
        self._connection: socket.socket | None = None
        self.place = f"{host},{self._listener.getsockname()[1]}"

    def accept(self) -> bytes:
        self._listener.settimeout(ACCEPT_LIMIT_S)
        try:
            self._connection, _ = self._listener.accept()
        except TimeoutError:
            return NOBODY
        self._connection.settimeout(SILENCE_S)
        return b""

    def send(self, data: bytes) -> bytes:
        return self._act(lambda connection: connection.sendall(data))

    def hear(self) -> bytes:
        heard = bytearray()

        def take(connection: socket.socket) -> None:
            try:
                while piece := connection.recv(READ_BYTES):
                    heard.extend(piece[: HEARD_BYTES_MAX - len(heard)])
            except TimeoutError:
                pass

        return self._act(take) or bytes(heard)

    def close(self) -> bytes:
        said = self._act(lambda connection: connection.close())
        self._connection = None
        return said

    def forget(self) -> None:
        """Leave the connection, and those that nobody has accepted."""
        self.close()
        self._listener.settimeout(0)
        try:
            while True:
                self._listener.accept()[0].close()
        except BlockingIOError:
            pass

    def stop(self) -> None:
        """Listen no more."""
        self.close()
        self._listener.close()

    def _act(self, act: Callable[[socket.socket], object]) -> bytes:
        if self._connection is None:
            return NOBODY
        try:
            act(self._connection)
        except OSError:
            return NOBODY
        return b""
