"""Web requests in the segments in which they come: the secrets of their targets and of their headers."""

import re

from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_request

_SECRET_HEADER = re.compile(
    rb"^(?:Cookie|Authorization|Proxy-Authorization)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
_HEAD_END = re.compile(rb"\n\r?\n")
_LINE = re.compile(rb"^[^ \t\r\n]", re.MULTILINE)
_LINE_END = re.compile(rb"[\r\n]*\Z")
_VISIBLE = re.compile(rb"[!-~\x80-\xff]+")
NAME_BYTES = 64
"""Of a header that may go on in the next segment so much is kept: longer than the names that are looked for."""


class RequestMasker:
    """Masks the targets of requests, and what browsers and their users add for other servers of the same address."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._client = 0
        self._in_head = False
        self._last = b""  # the beginning of the last header so far; the next segment may continue it

    def mask(self, client: int, data: bytes) -> bytes:
        """The next segment of a client's request; clients come one after another."""
        if client != self._client:
            self._client, self._in_head, self._last = client, True, b""
            data = mask_request(data, self._masks)
        return self._mask_head(data) if self._in_head else data

    def _mask_head(self, data: bytes) -> bytes:
        text = self._last + data
        end = _HEAD_END.search(text)
        size = len(text) if end is None else end.start()
        masked = _SECRET_HEADER.sub(self._mask_header, text[:size]) + text[size:]
        known, self._last = len(self._last), _shortened(text[_last_header(text) :])
        self._in_head = end is None
        return masked[known:]

    def _mask_header(self, header: re.Match[bytes]) -> bytes:
        value = header.start(1) - header.start()
        return header[0][:value] + _VISIBLE.sub(lambda text: self._masks.private_key(text[0]), header[1])


def _last_header(text: bytes) -> int:
    return max((found.start() for found in _LINE.finditer(text)), default=0)


def _shortened(header: bytes) -> bytes:
    """The beginning of a header, and its line end if it has come."""
    if len(header) <= NAME_BYTES:
        return header
    end = _LINE_END.search(header)
    assert end is not None
    return header[:NAME_BYTES].rstrip(b"\r\n") + end[0]
