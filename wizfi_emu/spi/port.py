"""The server of one module's SPI line: transfers on one address, DATA_READY on the one beside it."""

import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.listening import UnixListener, listen_tcp, reaches_beyond_this_machine, show_host_port
from wizfi_emu.module.spi import Wiring
from wizfi_emu.serial.gate import Gate, TurnedAwayError
from wizfi_emu.spi.ready import ReadyChannel
from wizfi_emu.spi.spec import SpiSpec
from wizfi_emu.spi.wires import Wires

BURST_BYTES_MAX = 64 * 1024
"""Most that is one burst. A client that does not read its answers is not read from either."""
ACCEPT_PAUSE_S = 0.1
"""After a failed accept (no descriptor free): long enough not to be a busy loop."""
PORT_TRIES = 20
"""How often two neighbouring ports are looked for when the system chooses."""
READY = ".ready"

Transfer = Callable[[bytes], bytes]


@dataclass(slots=True)
class _Host:
    sock: socket.socket
    gone: trio.Event = field(default_factory=trio.Event)


_log = logging.getLogger("wizfi_emu.spi")


class SpiPort:
    """One host at a time clocks transfers; while one is connected, others are turned away.

    ``address`` and ``ready_address`` are what clients connect to, with real ports. Raises ``UserError`` when one of
    them cannot be had. Whoever makes it closes it.
    """

    def __init__(self, spec: SpiSpec) -> None:
        self.wiring = spec.wiring
        self.transferred_bytes = 0
        self._host: _Host | None = None
        self._ready = ReadyChannel()
        self._wires = Wires(spec.wiring)
        self._token = spec.token.encode()
        self._needs_gate = not spec.path
        with ExitStack() as stack:
            if spec.path:
                self._transfers, self._watchers = (
                    stack.enter_context(closing(UnixListener(Path(path), f"--spi unix:{path}"))).raw
                    for path in (spec.path, spec.path + READY)
                )
                self.address, self.ready_address = f"unix:{spec.path}", f"unix:{spec.path}{READY}"
            else:
                self._transfers, self._watchers = _listen_beside(spec)
                stack.callback(self._transfers.close)
                stack.callback(self._watchers.close)
                self.address, self.ready_address = (
                    f"tcp://{show_host_port(*raw.getsockname()[:2])}" for raw in (self._transfers, self._watchers)
                )
                if reaches_beyond_this_machine(self._transfers):
                    _log.warning("whoever reaches %s, also from other machines, is the module's host", self.address)
            self._close = stack.pop_all().close

    @property
    def connected(self) -> bool:
        """Whether a host is there."""
        return self._host is not None

    def close(self) -> None:
        """Close the sockets, and remove the files of Unix sockets."""
        for raw in (self._transfers, self._watchers):
            trio.lowlevel.notify_closing(raw)
        self._close()

    def set_ready(self, level: bool) -> None:
        """DATA_READY has another level."""
        self._ready.set(level)

    async def serve(self, transfer: Transfer, module: Callable[[], Wiring]) -> None:
        """Serve clients until cancelled. ``module`` tells how the module takes the wires now."""

        async def attend(sock: socket.socket) -> None:
            await self._attend(sock, transfer, module)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._accept, self._transfers, attend, nursery)
            nursery.start_soon(self._accept, self._watchers, self._ready.attend, nursery)

    async def _accept(
        self, listener: socket.socket, attend: Callable[[socket.socket], Awaitable[None]], nursery: trio.Nursery
    ) -> None:
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                continue
            except OSError as error:
                _log.warning("%s: cannot accept a client: %s", self.address, error.strerror)
                await trio.sleep(ACCEPT_PAUSE_S)
                continue
            sock.setblocking(False)
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            nursery.start_soon(attend, sock)

    async def _attend(self, sock: socket.socket, transfer: Transfer, module: Callable[[], Wiring]) -> None:
        while self._host is not None:
            if not _has_left(self._host.sock):
                _log.warning("%s: a second host is turned away", self.address)
                sock.close()
                return
            await self._host.gone.wait()
        self._host = host = _Host(sock)
        _log.info("%s: a host has connected", self.address)
        try:
            async with trio.SocketStream(trio.socket.from_stdlib_socket(sock)) as stream:
                await self._talk(stream, transfer, module)
        finally:
            self._host = None
            host.gone.set()

    async def _talk(self, stream: trio.SocketStream, transfer: Transfer, module: Callable[[], Wiring]) -> None:
        try:
            await self._exchange(stream, transfer, module)
        except TurnedAwayError as error:
            _log.warning("%s: a host is turned away: %s", self.address, error)
            return
        except trio.BrokenResourceError:
            pass  # it has left without reading all
        _log.info("%s: the host has left", self.address)

    async def _exchange(self, stream: trio.SocketStream, transfer: Transfer, module: Callable[[], Wiring]) -> None:
        gate = Gate(self._token)
        gate.is_open = not self._needs_gate
        while True:
            mosi = b""
            with trio.move_on_after(gate.patience_s) as waiting:
                mosi = await stream.receive_some(BURST_BYTES_MAX)
                if not mosi:
                    return
            mosi = gate.expire() if waiting.cancelled_caught else gate.receive(mosi)
            if mosi:
                self.transferred_bytes += len(mosi)
                wiring = module()
                miso = transfer(self._wires.to_module(mosi, wiring))
                await stream.send_all(self._wires.to_host(miso, wiring))


def _has_left(sock: socket.socket) -> bool:
    """Whether the other end has closed, and nothing that it has sent waits: the next host may come at once."""
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _listen_beside(spec: SpiSpec) -> tuple[socket.socket, socket.socket]:
    """Two listening sockets at neighbouring ports."""
    for tries_left in reversed(range(PORT_TRIES if spec.port == 0 else 1)):
        port = spec.port
        try:
            first = listen_tcp(spec.host, port)
            try:
                port = first.getsockname()[1] + 1
                return first, listen_tcp(spec.host, port)
            except BaseException:
                first.close()
                raise
        except (OSError, OverflowError) as error:
            if not tries_left:
                said = getattr(error, "strerror", None) or "there is no port behind it for DATA_READY"
                raise UserError(f"--spi tcp://{show_host_port(spec.host, port)}: {said}") from None
    raise AssertionError("the last try raises")
