"""The web server's port of the network in memory."""

import itertools
from collections import deque

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

HOST_PORT = 80


class MemoryWebPort:
    """The port while it is open. Of the clients that wait the first one is served."""

    def __init__(self) -> None:
        self._clients = itertools.count(1)
        self._waiting: deque[tuple[int, tuple[bytes, ...]]] = deque()
        self._served = 0
        self.is_open = False
        self.answers: dict[int, bytes] = {}
        """What each client has received so far."""
        self.closed: set[int] = set()
        """The clients whose connection is over."""

    def open(self, host: str) -> list[ev.Event]:
        self.close()
        self.is_open = True
        return [ev.WebServerOpened(host, HOST_PORT)]

    def close(self) -> None:
        self.is_open = False
        self.closed.update(number for number, _ in self._waiting)
        self.closed.add(self._served)
        self._waiting.clear()
        self._served = 0

    def connect(self, *segments: bytes) -> tuple[int, list[ev.Event]]:
        """A client comes and sends its segments; gives its number too."""
        number = next(self._clients)
        self.answers[number] = b""
        if not self.is_open:
            self.closed.add(number)
            return number, []
        self._waiting.append((number, segments))
        return number, self._next() if not self._served else []

    def answer(self, effect: fx.AnswerWebClient) -> list[ev.Event]:
        """Send to the client that is served; a client that is gone gets nothing."""
        if effect.client != self._served:
            return []
        self.answers[effect.client] += effect.data
        if not effect.last:
            return []
        self.closed.add(effect.client)
        self._served = 0
        return self._next()

    def _next(self) -> list[ev.Event]:
        if not self._waiting:
            return []
        self._served, segments = self._waiting.popleft()
        return [ev.WebDataReceived(self._served, segment) for segment in segments]
