"""A module in memory whose control interface is served on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import msgspec
import trio

from tests.device.devices import OnTable, on_table
from wizfi_emu.control.client import Client, Target, _connect
from wizfi_emu.control.listen import ControlSocket, parse_control_spec
from wizfi_emu.control.server import serve

PATIENCE_S = 60

Json = Any
"""A JSON value of which the test knows what it is."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return msgspec.json.decode(self.body)


@dataclass
class Served:
    """The module, and how it is reached."""

    table: OnTable
    socket: ControlSocket
    ended: trio.Event
    """The server has ended."""

    @property
    def client(self) -> Client:
        """As ``ctl`` talks to it; blocking."""
        return Client(Target(self.socket.address, self.socket.token))

    async def get(self, path: str) -> Json:
        return await trio.to_thread.run_sync(self.client.get, path)

    async def post(self, path: str, body: dict[str, object]) -> Json:
        return await trio.to_thread.run_sync(self.client.post, path, body)

    async def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """A request with exactly these headers (``_`` stands for ``-``) and what HTTP itself needs."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return await trio.to_thread.run_sync(self._ask, method, path, body, fields)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = _connect(self.socket.address)
        connection.timeout = PATIENCE_S
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        finally:
            connection.close()

    async def open_events(self, query: str = "") -> Events:
        """The live stream."""
        return await trio.to_thread.run_sync(self._open_events, query)

    def _open_events(self, query: str) -> Events:
        connection = _connect(self.socket.address)
        connection.timeout = PATIENCE_S
        connection.request("GET", f"/api/events{query}", headers={"Authorization": f"Bearer {self.socket.token}"})
        return Events(connection, connection.getresponse())


class Events:
    """An open stream; every read waits for what comes."""

    def __init__(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        self.connection = connection
        self.response = response

    async def next(self, *kinds: str) -> tuple[str, Json]:
        """The next event of one of the kinds, or of any."""
        while True:
            kind, data = await trio.to_thread.run_sync(self._next)
            if not kinds or kind in kinds:
                return kind, data

    async def until_state(self, **wanted: object) -> Json:
        """The first state with these values."""
        while True:
            _, state = await self.next("state")
            if all(state[name] == value for name, value in wanted.items()):
                return state

    def _next(self) -> tuple[str, Json]:
        lines = [self.response.readline() for _ in range(3)]
        assert lines[0].startswith(b"event: "), lines
        assert lines[1].startswith(b"data: "), lines
        assert lines[2] == b"\n", lines
        return lines[0][7:-1].decode(), msgspec.json.decode(lines[1][6:-1])

    def close(self) -> None:
        self.response.close()
        self.connection.close()


@asynccontextmanager
async def served(address: str = "127.0.0.1:0") -> AsyncIterator[Served]:
    """A module that is controlled there."""
    async with on_table() as table:
        with _listening(address) as socket:
            scope = trio.CancelScope()
            ended = trio.Event()

            async def run() -> None:
                try:
                    with scope:
                        await serve(socket, table.handle)
                finally:
                    ended.set()

            table.nursery.start_soon(run)
            try:
                yield Served(table, socket, ended)
            finally:
                scope.cancel()


@contextmanager
def _listening(address: str) -> Iterator[ControlSocket]:
    socket = ControlSocket(parse_control_spec(address))
    try:
        yield socket
    finally:
        socket.close()
