"""What peers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.scenario.model import Answer, DiscardPeer, EchoPeer, HttpPeer, ServerPeer
from wizfi_emu.scenario.peers.responders import Responder, responder_of


def say(responder: Responder, *pieces: bytes) -> bytes:
    return responder.greet() + b"".join(responder.receive(piece) for piece in pieces)


def test_echo_and_discard() -> None:
    assert say(responder_of(EchoPeer()), b"a", b"b") == b"ab"
    assert say(responder_of(DiscardPeer()), b"a", b"b") == b""


SERVER = ServerPeer(
    greeting="hello\n", answers=(Answer("ping", "pong"), Answer("pin", "number"), Answer("bye", "bye\n", close=True))
)


def test_a_server_answers_what_it_knows() -> None:
    responder = responder_of(SERVER)
    assert say(responder, b"x ping ping") == b"hello\nnumbernumber"
    assert not responder.closes


@given(st.lists(st.integers(1, 4), max_size=20))
def test_however_it_comes(sizes: list[int]) -> None:
    text = b"xxbye and no more ping"
    responder, start, said = responder_of(SERVER), 0, b""
    for size in [*sizes, len(text)]:
        said += responder.receive(text[start : start + size])
        start += size
    assert said == b"bye\n"
    assert responder.closes


def test_a_server_without_answers_says_nothing() -> None:
    assert say(responder_of(ServerPeer()), b"x") == b""


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"200 OK", b"It works.\n"),
        (b"GET /?a=b HTTP/1.1\r\nHost: x\r\n\r\n", b"200 OK", b"It works.\n"),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"200 OK", b"It works.\n"),
        (b"GET /other HTTP/1.1\r\n\r\n", b"404 Not Found", b""),
        (b"nonsense\r\n\r\n", b"400 Bad Request", b""),
        (b"x" * 20_000, b"400 Bad Request", b""),
    ],
)
def test_a_web_server(request_: bytes, status: bytes, body: bytes) -> None:
    responder = responder_of(HttpPeer())
    answer = responder.receive(request_)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.endswith(b"\r\n\r\n" + body)
    assert responder.closes
    assert responder.receive(b"more") == b""


@pytest.mark.parametrize("request_", [b"GET / HT", b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nabc"])
def test_it_waits_for_the_rest(request_: bytes) -> None:
    responder = responder_of(HttpPeer())
    assert responder.receive(request_) == b""
    assert not responder.closes
