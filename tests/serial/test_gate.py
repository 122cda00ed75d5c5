"""Who may be a host: browsers are told from data, and tokens from everything else."""

from __future__ import annotations

import pytest

from wizfi_emu.serial.gate import HEAD_BYTES_MAX, HEAD_PAUSE_S, TOKEN_LIMIT_S, Gate, TurnedAwayError

POST = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:7000\r\nConnection: keep-alive\r\nContent-Length: 4\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nContent-Type: text/plain\r\nOrigin: null\r\n\r\nAT\r\n"
)
NEVER = float("inf")


@pytest.mark.parametrize("data", [b"AT\r", b"+++", b"\r", b"\xff\x00", b"PING", b"get / HTTP/1.1\r\n", b"GETAT\r"])
def test_a_host_is_let_through_at_once(data: bytes) -> None:
    gate = Gate()
    assert gate.admitted
    assert gate.receive(data) == data
    assert gate.is_open
    assert gate.receive(POST) == POST, "only the beginning counts"
    assert gate.patience_s == NEVER


@pytest.mark.parametrize("size", [1, 5, 100, 1000])
def test_a_browser_is_turned_away_before_anything_of_it_gets_in(size: int) -> None:
    gate = Gate()
    let_through = bytearray()

    def visit() -> None:
        for start in range(0, len(POST), size):
            let_through.extend(gate.receive(POST[start : start + size]))

    with pytest.raises(TurnedAwayError, match="web page"):
        visit()
    assert let_through == b""


@pytest.mark.parametrize(
    "header",
    [
        b"Origin: http://evil.example",
        b"origin: null",
        b"Referer: http://evil.example/",
        b"Sec-Fetch-Mode: no-cors",
        b"User-Agent: Mozilla/5.0",
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"DELETE", b"PATCH"])
def test_what_shows_a_browser(method: bytes, header: bytes) -> None:
    with pytest.raises(TurnedAwayError):
        Gate().receive(method + b" / HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")


def test_a_request_that_a_host_sends_as_data() -> None:
    """In data mode the first bytes of a host that connects again may be a request of its own."""
    gate = Gate()
    request = b"GET /data HTTP/1.1\r\nHost: api.example\r\nUser-Agent: firmware/1\r\n\r\n"
    assert gate.receive(request[:20]) == b""
    assert gate.patience_s == HEAD_PAUSE_S
    assert gate.receive(request[20:]) == request


def test_what_is_held_back_is_let_through_after_a_pause() -> None:
    gate = Gate()
    assert gate.receive(b"P") == b""
    assert gate.expire() == b"P"
    assert gate.is_open


def test_a_head_without_an_end_is_held_back_to_a_limit() -> None:
    gate = Gate()
    head = b"GET / HTTP/1.1\r\n" + b"x" * HEAD_BYTES_MAX
    assert gate.receive(head[:HEAD_BYTES_MAX]) == b""
    assert gate.receive(head[HEAD_BYTES_MAX:]) == head


def test_a_head_that_stops_shows_a_browser_all_the_same() -> None:
    gate = Gate()
    with pytest.raises(TurnedAwayError):
        gate.receive(b"POST / HTTP/1.1\r\nOrigin: null\r\n")
    with pytest.raises(TurnedAwayError):
        gate.expire()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_a_token(size: int, end: bytes) -> None:
    gate = Gate(b"secret")
    data = b"secret" + end + b"AT\r"
    assert (gate.admitted, gate.patience_s) == (False, TOKEN_LIMIT_S)
    assert b"".join(gate.receive(data[start : start + size]) for start in range(0, len(data), size)) == b"AT\r"
    assert gate.admitted


@pytest.mark.parametrize("data", [b"wrong!\n", b"secre\n", b"secret!\n", b"\n", b"secret! without an end", POST])
def test_another_token(data: bytes) -> None:
    with pytest.raises(TurnedAwayError, match="the token is wrong"):
        Gate(b"secret").receive(data)


def test_no_token() -> None:
    gate = Gate(b"secret")
    assert gate.receive(b"secret") == b""
    with pytest.raises(TurnedAwayError, match="missing"):
        gate.expire()
