"""Serial ports that a host connects to: over TCP, plain or with the settings of RFC 2217, or at a Unix socket."""

import ipaddress
import logging
import socket
from pathlib import Path

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.listening import UnixListener, show_host_port
from wizfi_emu.serial.gate import Gate, open_gate
from wizfi_emu.serial.rfc2217 import Rfc2217Session
from wizfi_emu.serial.stream import StreamPort

ACCEPT_PAUSE_S = 0.1
"""After a failed accept (no descriptor free): long enough not to be a busy loop."""

log = logging.getLogger(__name__)


class ListeningPort(StreamPort):
    """A ``SerialPort`` that one host at a time connects to; while one is connected, others are turned away.

    Closes its listener. ``guarded``: web pages are turned away, and with a ``token`` everybody whose first line it is
    not.
    """

    def __init__(
        self,
        name: str,
        listener: socket.socket,
        *,
        paced: bool,
        rfc2217: bool = False,
        guarded: bool = True,
        token: str = "",
        dtr_resets: bool = False,
    ) -> None:
        self._listener = listener
        self._token = token.encode()
        self._guarded = guarded
        self._rfc2217 = rfc2217
        super().__init__(name, paced=paced, dtr_resets=dtr_resets)

    async def _serve(self) -> None:
        async with trio.open_nursery() as nursery:
            while True:
                await trio.lowlevel.wait_readable(self._listener)
                try:
                    sock, _ = self._listener.accept()
                except BlockingIOError:
                    continue
                except OSError as error:
                    log.warning("%s: cannot accept a host: %s", self.name, error.strerror)
                    await trio.sleep(ACCEPT_PAUSE_S)
                    continue
                if self._connection is not None:
                    log.warning("%s: a second host is turned away", self.name)
                    sock.close()
                    continue
                session = Rfc2217Session(stopped=self._stopped) if self._rfc2217 else None
                gate = Gate(self._token) if self._guarded else open_gate()
                nursery.start_soon(self._read, self._admit(sock, session, gate))

    def _release(self) -> None:
        trio.lowlevel.notify_closing(self._listener)
        self._listener.close()
        super()._release()


class TcpPort(ListeningPort):
    """At a TCP port of this machine."""

    def __init__(
        self, listener: socket.socket, *, paced: bool, rfc2217: bool, token: str = "", dtr_resets: bool = False
    ) -> None:
        host, port = listener.getsockname()[:2]
        scheme = "rfc2217" if rfc2217 else "tcp"
        super().__init__(
            f"{scheme}://{show_host_port(host, port)}",
            listener,
            paced=paced,
            rfc2217=rfc2217,
            token=token,
            dtr_resets=dtr_resets,
        )


class UnixPort(ListeningPort):
    """At a Unix socket, which only its owner may open. Raises UserError when the path cannot be had."""

    def __init__(self, path: Path, *, paced: bool) -> None:
        self._unix = UnixListener(path, f"--serial unix:{path}")
        super().__init__(f"unix:{path}", self._unix.raw, paced=paced, guarded=False)

    def _release(self) -> None:
        super()._release()
        self._unix.close()


async def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. ``UserError`` when the address cannot be had."""
    try:
        family, kind, _, _, address = (await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
        listener = socket.socket(family, kind)
        try:
            # A port that was in use a moment ago may be used again.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            listener.bind(address)
            listener.listen(1)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    reached, real_port = listener.getsockname()[:2]
    if not ipaddress.ip_address(reached).is_loopback:
        log.warning("whoever reaches %s:%d, also from other machines, is the module's host", reached, real_port)
    return listener
