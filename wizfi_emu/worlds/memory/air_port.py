"""The air-command service of the network in memory."""

import itertools
from collections import deque

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.worlds.memory.streams import MemoryStream


class MemoryAirPort:
    """The service while it is open. The first of ``_streams`` is served, the others wait."""

    def __init__(self) -> None:
        self._clients = itertools.count(1)
        self._opened: fx.OpenAirPort | None = None
        self._streams: deque[MemoryStream] = deque()
        self._client = 0
        self._senders: dict[int, Endpoint] = {}

    def listens(self, protocol: str, port: int) -> bool:
        return self._opened is not None and (self._opened.protocol, self._opened.port) == (protocol, port)

    def open(self, effect: fx.OpenAirPort) -> None:
        """Open the port, instead of one that was open."""
        self.close()
        self._opened = effect

    def close(self) -> None:
        self._opened = None
        for stream in self._streams:
            stream.end()
        self._streams.clear()
        self._senders.clear()

    def connect(self, stream: MemoryStream) -> list[ev.Event]:
        self._streams.append(stream)
        return self._serve() if len(self._streams) == 1 else []

    def serves(self, stream: MemoryStream) -> bool:
        return stream in self._streams

    def receive(self, stream: MemoryStream, data: bytes) -> list[ev.Event]:
        if stream is self._streams[0]:
            return [ev.AirCommandReceived(self._client, data)]
        stream.early += data
        return []

    def leave(self, stream: MemoryStream) -> list[ev.Event]:
        """A client leaves; the next one is served."""
        stream.peer_left = True
        if stream is not self._streams[0]:
            return []
        return self._next()

    def receive_datagram(self, sender: Endpoint, data: bytes) -> list[ev.Event]:
        number = next(self._clients)
        self._senders[number] = sender
        return [ev.AirCommandReceived(number, data)]

    def answer(self, effect: fx.AnswerAirCommand) -> Endpoint | None:
        """Send an answer to a TCP client, or give the UDP peer that it is for."""
        if effect.client in self._senders:
            return self._senders.pop(effect.client)
        if self._streams and effect.client == self._client:
            self._streams[0].to_peer += effect.data
        return None

    def _next(self) -> list[ev.Event]:
        self._streams.popleft().end()
        return self._serve() if self._streams else []

    def _serve(self) -> list[ev.Event]:
        self._client = next(self._clients)
        stream = self._streams[0]
        early, stream.early = bytes(stream.early), bytearray()
        events: list[ev.Event] = [ev.AirCommandReceived(self._client, early)] if early else []
        return events + self._next() if stream.peer_left else events
