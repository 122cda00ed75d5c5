"""Serves the interface over HTTP/1.1 on a listening socket until cancelled: Starlette on Hypercorn's trio server."""

import logging

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

from wizfi_emu.control.api import make_app
from wizfi_emu.control.handle import ModuleHandle
from wizfi_emu.control.listen import ControlSocket
from wizfi_emu.control.token_auth import TokenAuth

CLIENTS_MAX = 64
"""Connections at a time. A browser opens six."""

log = logging.getLogger("wizfi_emu.control")


async def serve(socket: ControlSocket, module: ModuleHandle) -> None:
    """Serve until cancelled. A client that does not read cannot hold up the end."""
    config = Config()
    config.accesslog = None
    config.errorlog = log
    config.include_server_header = False
    app = ASGIWrapper(TokenAuth(make_app(module), token=socket.token, host=socket.host))  # type: ignore[arg-type]  # one ASGI, two names
    context = WorkerContext(None)
    streams: set[trio.SocketStream] = set()

    async def serve_client(stream: trio.SocketStream) -> None:
        if len(streams) >= CLIENTS_MAX:
            log.warning("a client is turned away: there are %d already", CLIENTS_MAX)
            await stream.aclose()
            return
        streams.add(stream)
        try:
            await TCPServer(app, config, context, ConnectionState({}), stream)  # type: ignore[arg-type]  # reads and writes are all it does
        finally:
            streams.discard(stream)

    listener = trio.SocketListener(trio.socket.from_stdlib_socket(socket.raw))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve_client, [listener])
        try:
            await trio.sleep_forever()
        finally:
            # Hypercorn shields what it sends from cancellation.
            for stream in streams:
                stream.socket.close()
