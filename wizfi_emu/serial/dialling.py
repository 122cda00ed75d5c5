"""The serial port that connects to its host: to a simulator or a serial server that listens itself."""

import logging
import socket

import trio

from wizfi_emu.listening import show_host_port
from wizfi_emu.serial.stream import StreamPort

DIAL_PAUSE_S = 1.0
"""Between two tries: a host that is started beside the module is there within a few of them."""

DIAL_LIMIT_S = 10.0
"""How long one try may take."""

log = logging.getLogger(__name__)


class DiallingPort(StreamPort):
    """A ``SerialPort`` that connects to a TCP port, and again when the connection has ended, until it is closed."""

    def __init__(self, host: str, port: int, *, paced: bool) -> None:
        self._address = (host, port)
        super().__init__(f"tcp-client://{show_host_port(host, port)}", paced=paced)

    async def _serve(self) -> None:
        told = ""
        while True:
            sock = None
            reason = f"no answer in {DIAL_LIMIT_S:.0f} s"
            try:
                with trio.move_on_after(DIAL_LIMIT_S):
                    sock = await _dial(*self._address)
            except OSError as error:
                reason = error.strerror or str(error)
            if sock is not None:
                told = ""
                await self._read(self._admit(sock))
            elif told != reason:
                told = reason
                log.warning("%s: %s; trying again every %g s", self.name, reason, DIAL_PAUSE_S)
            await trio.sleep(DIAL_PAUSE_S)


async def _dial(host: str, port: int) -> socket.socket:
    """A connection. Raises OSError."""
    family, kind, _, _, address = (await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    sock = trio.socket.socket(family, kind)
    try:
        await sock.connect(address)
        return socket.socket(family, kind, fileno=sock.detach())
    except BaseException:
        sock.close()
        raise
