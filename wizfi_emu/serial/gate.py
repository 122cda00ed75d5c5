"""Who may be a host on a TCP port: looks at the first bytes of a connection. Pure.

A page that somebody opens in a browser can send requests to every port of this machine, and a line in the body of one
would be a command. Such a request is told from data that happens to be HTTP by the headers that only browsers send.
Where that is not enough, a host has to begin with a token on a line of its own.
"""

import hmac
import re

HEAD_BYTES_MAX = 16 * 1024
"""What may be the head of a request is held back up to here; browsers send less."""
HEAD_PAUSE_S = 0.5
"""... and so long: a browser sends its head in one go."""
TOKEN_LIMIT_S = 10.0
"""How long a host may take for its token; others are turned away meanwhile."""

_METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"DELETE ", b"PATCH ")
_METHOD_BYTES_MAX = max(map(len, _METHODS))
_BROWSER = re.compile(rb"\r\n(?:Origin|Referer|Sec-Fetch-\w+):|\r\nUser-Agent: *Mozilla/", re.IGNORECASE)


class TurnedAwayError(Exception):
    """The host may not come in; the text says why."""


class Gate:
    """One connection, from its first byte until it is clear who is there."""

    def __init__(self, token: bytes = b"") -> None:
        """``token`` is what a host has to begin with; empty: nothing."""
        self.is_open = False
        self._token = token
        self._held = bytearray()

    @property
    def patience_s(self) -> float:
        """How long to wait for more, before `expire`; infinite where there is nothing to wait for."""
        if self.is_open or not (self._held or self._token):
            return float("inf")
        return TOKEN_LIMIT_S if self._token else HEAD_PAUSE_S

    @property
    def admitted(self) -> bool:
        """Whether the host may see what the module sends."""
        return self.is_open or not self._token

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the connection; those that the module gets now. Raises TurnedAwayError."""
        if self.is_open:
            return data
        self._held += data
        if self._token:
            return self._look_for_token()
        self._refuse_browser()
        start = bytes(self._held[:_METHOD_BYTES_MAX])
        if len(self._held) <= HEAD_BYTES_MAX and b"\r\n\r\n" not in self._held:
            for method in _METHODS:
                if start.startswith(method) or method.startswith(start):
                    return b""
        return self._open()

    def expire(self) -> bytes:
        """Nothing more came: what the module gets now. Raises TurnedAwayError."""
        if self._token and not self.is_open:
            raise TurnedAwayError("the token is missing")
        self._refuse_browser()
        return self._open()

    def _open(self) -> bytes:
        self.is_open = True
        held, self._held = bytes(self._held), bytearray()
        return held

    def _look_for_token(self) -> bytes:
        line, end, rest = self._held.partition(b"\n")
        given = bytes(line.removesuffix(b"\r"))
        if not end and len(given) <= len(self._token):
            return b""
        if not hmac.compare_digest(given, self._token):
            raise TurnedAwayError("the token is wrong")
        self._held = rest
        return self._open()

    def _refuse_browser(self) -> None:
        if self._held.startswith(_METHODS) and _BROWSER.search(self._held):
            raise TurnedAwayError("this is a web page in a browser")


def open_gate() -> Gate:
    """One that everybody has passed already."""
    gate = Gate()
    gate.is_open = True
    return gate
