"""The request line as the module reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.web.request import Request, decode, parse_request


@pytest.mark.parametrize(
    ("segment", "request_"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Request(b"/", b"", b"\nHTTP/1.1\r")),
        (b"POST /a?b HTTP/1.0\r\n\r\nbody", Request(b"/a", b"b", b"\nHTTP/1.0\r")),
        (b"GET /\n", Request(b"/", b"", b"\n")),
        (b"GET /\0", Request(b"/", b"", b"\n")),
        (b"GET /\r\n", Request(b"/\r", b"", b"\n")),
        (b"GET  ", Request(b"", b"", b"\n")),
        (b"GET /a?b?c= ", Request(b"/a", b"b?c=", b"\n")),
        (b"GET /a%3fb?c ", Request(b"/a", b"b?c", b"\n")),
        (b"GET /a?SD:x%20y%2Fz ", Request(b"/a", b"SD:x y/z", b"\n")),
        (b"GET /a?x%00y^ HTTP/1.1\r\n", Request(b"/a", b"x", b"")),
        (b"GET /a?x%0Ay ", Request(b"/a", b"x\ny", b"\n")),
    ],
)
def test_what_is_a_request(segment: bytes, request_: Request) -> None:
    assert parse_request(segment) == request_


@pytest.mark.parametrize(
    "segment",
    [b"", b"GET", b"GET ", b"GET /", b"get / ", b"HEAD / ", b"PUT / ", b"GET /" + b"a" * 1455, b"\0" * 9, b"POST /x"],
)
def test_what_is_closed_without_an_answer(segment: bytes) -> None:
    assert parse_request(segment) is None


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (b"%41%5a%5A", b"AZZ"),
        (b"100%%", b"100%"),
        (b"%%41", b"%41"),
        (b"a+b", b"a+b"),
        (b"%4", b"%4"),
        (b"%zz%", b"%zz%"),
        (b"%ff%FE", b"\xff\xfe"),
        (b"%25%32%35", b"%25"),
    ],
)
def test_decoding(encoded: bytes, text: bytes) -> None:
    assert decode(encoded) == text


@given(st.binary(max_size=1460))
def test_no_segment_breaks_it(segment: bytes) -> None:
    request = parse_request(segment)
    assert request is None or b"\0" not in request.path + request.query


@given(st.binary(max_size=200))
def test_every_byte_can_be_sent_encoded(data: bytes) -> None:
    data = data.replace(b"\0", b"")
    target = b"/a?" + b"".join(b"%%%02x" % byte for byte in data)
    assert parse_request(b"GET " + target + b" ") == Request(b"/a", data, b"\n")
