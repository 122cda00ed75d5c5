"""What peers say, without a network: data in, data out."""

import re
from typing import Protocol

from wizfi_emu.scenario.model import EchoPeer, HttpPeer, ServerPeer, ServingPeer

HEAD_BYTES = 16 * 1024
"""The longest head of a request; a longer one is none."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)


class Responder(Protocol):
    """How a peer behaves on one connection. ``closes``: it ends the connection after what it has said."""

    closes: bool

    def greet(self) -> bytes:
        """What it says to who connects."""

    def receive(self, data: bytes) -> bytes:
        """What it says to this."""


class Echo(Responder):
    """Sends back what it gets."""

    closes = False

    def greet(self) -> bytes:
        return b""

    def receive(self, data: bytes) -> bytes:
        return data


class Discard(Echo):
    """Says nothing."""

    def receive(self, data: bytes) -> bytes:
        return b""


class Server(Responder):
    """Looks for texts and answers them."""

    def __init__(self, peer: ServerPeer) -> None:
        self.closes = False
        self._greeting = peer.greeting.encode("latin-1")
        self._answers = [(one.to.encode("latin-1"), one) for one in peer.answers]
        self._unanswered = b""

    def greet(self) -> bytes:
        return self._greeting

    def receive(self, data: bytes) -> bytes:
        self._unanswered += data
        said = b""
        while not self.closes:
            places = [(self._unanswered.find(text), text, one) for text, one in self._answers]
            found = [place for place in places if place[0] >= 0]
            if not found:
                longest = max((len(text) for text, _ in self._answers), default=1)
                self._unanswered = self._unanswered[-(longest - 1) :] if longest > 1 else b""
                break
            at, text, one = min(found, key=lambda place: place[0] + len(place[1]))
            self._unanswered = self._unanswered[at + len(text) :]
            said += one.send.encode("latin-1")
            self.closes = one.close
        return said


class Http(Responder):
    """One request, one answer, and the end."""

    def __init__(self, peer: HttpPeer) -> None:
        self.closes = False
        self._pages = peer.pages
        self._request = b""

    def greet(self) -> bytes:
        return b""

    def receive(self, data: bytes) -> bytes:
        self._request += data
        head, end, body = self._request.partition(b"\r\n\r\n")
        if self.closes or (not end and len(head) <= HEAD_BYTES):
            return b""
        length = _LENGTH.search(head)
        if end and length is not None and len(body) < int(length[1]):
            return b""
        self.closes = True
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/"):
            return _answer("400 Bad Request", "")
        page = self._pages.get(words[1].decode("latin-1").partition("?")[0])
        return _answer("404 Not Found", "") if page is None else _answer("200 OK", page)


def _answer(status: str, page: str) -> bytes:
    body = page.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def responder_of(peer: ServingPeer) -> Responder:
    """How this peer behaves on a new connection."""
    match peer:
        case EchoPeer():
            return Echo()
        case ServerPeer():
            return Server(peer)
        case HttpPeer():
            return Http(peer)
        case _:
            return Discard()
