"""Headers that browsers add for other servers of the same address."""

from __future__ import annotations

import pytest

from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.requests import RequestMasker

HEAD = (
    b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\ncookie:  token=secret; other=secret\r\nX-Cookie: kept\r\n"
    b"Authorization: Bearer secret\r\n\tsecret\r\nProxy-Authorization : secret\r\nAccept: */*\r\n\r\n"
)
MASKED = (
    b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\ncookie:  xxxxxxxxxxxxx xxxxxxxxxxxx\r\nX-Cookie: kept\r\n"
    b"Authorization: xxxxxx xxxxxx\r\n\txxxxxx\r\nProxy-Authorization : xxxxxx\r\nAccept: */*\r\n\r\n"
)
BODY = b"Cookie: this is what the user sends\r\n"


def masked(*segments: bytes, masker: RequestMasker | None = None, client: int = 1) -> bytes:
    masker = masker or RequestMasker(Masks())
    return b"".join(masker.mask(client, segment) for segment in segments)


def test_cookies_and_credentials() -> None:
    masks = Masks()
    assert RequestMasker(masks).mask(1, HEAD + BODY) == MASKED + BODY
    assert masks.used


@pytest.mark.parametrize("size", [1, 2, 7, 30])
def test_in_pieces(size: int) -> None:
    """The first segment has the whole target."""
    start = HEAD.index(b"\r") + 1
    rest = [(HEAD + BODY)[at : at + size] for at in range(start, len(HEAD + BODY), size)]
    one = masked(HEAD[:start], *rest)
    assert b"secret" not in one
    assert one.endswith(b"Accept: */*\r\n\r\n" + BODY)
    assert len(one) == len(HEAD + BODY)


def test_a_line_that_is_long() -> None:
    pieces = (b"GET / HTTP/1.1\r\nCookie: a", b"secret" * 1000, b"secret", b"\r\nHost: x\r\n\r\n")
    assert masked(*pieces) == b"GET / HTTP/1.1\r\nCookie: x" + b"x" * 6006 + b"\r\nHost: x\r\n\r\n"


def test_each_client_has_a_request_of_its_own() -> None:
    masker = RequestMasker(Masks())
    assert masked(HEAD[:60], masker=masker) == MASKED[:60]
    assert masked(HEAD, masker=masker, client=2) == MASKED
    assert masked(HEAD, BODY, masker=masker, client=3) == MASKED + BODY
