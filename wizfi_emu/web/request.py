"""Requests as the module reads them: the request line of the first TCP segment (firmware 1.0.5.2)."""

import re

from msgspec import Struct

SHORTEST_BYTES = 5
METHODS = (b"GET ", b"POST ")
_TARGET_END = re.compile(rb"[ \n\0]")
_ESCAPE = re.compile(rb"%(%|[0-9A-Fa-f]{2})")


class Request(Struct, frozen=True):
    """Path and query of the target, both decoded. ``rest`` is what a list without its end mark runs into."""

    path: bytes
    query: bytes = b""
    rest: bytes = b""


def parse_request(segment: bytes) -> Request | None:
    """The request in the first segment of a connection; None for what the module closes without an answer.

    The target ends at the first space, LF or NUL and must end in the segment. It is decoded as a whole before it is
    split, so an encoded separator separates.
    """
    method = next((method for method in METHODS if segment.startswith(method)), None)
    if method is None or len(segment) < SHORTEST_BYTES:
        return None
    end = _TARGET_END.search(segment, len(method))
    if end is None:
        return None
    target = decode(segment[len(method) : end.start()])
    # A decoded NUL ends the text, as the end of the target does not.
    shown, nul, _ = target.partition(b"\0")
    path, _, query = shown.partition(b"?")
    rest = b"" if nul else b"\n" + segment[end.end() :].partition(b"\n")[0]
    return Request(path, query, rest)


def decode(text: bytes) -> bytes:
    """Percent decoding: ``%41`` in either case, ``%%`` for ``%``; ``+`` and broken escapes stay as they are."""
    return _ESCAPE.sub(_decoded, text)


def _decoded(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return code if code == b"%" else bytes((int(code, 16),))
