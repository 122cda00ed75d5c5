"""One HTTP request to the update server, read as it arrives: the request line, and the file of a form."""

from enum import Enum, auto

HEADER_BYTES_MAX = 8192
LENGTH_DIGITS_MAX = 12
_LENGTH = b"Content-Length: "
_BOUNDARY = b"Content-Type: multipart/form-data; boundary="
_END = b"\r\n\r\n"


class Progress(Enum):
    """Where a request is."""

    HEADER = auto()
    BODY = auto()
    COMPLETE = auto()
    BROKEN = auto()


class Upload:
    """Feed it segments with `receive`; look at ``progress``, and when that is COMPLETE at the rest.

    How the request is cut into segments makes no difference. ``path`` is known from BODY on. ``file`` is the content of
    the form's first part, None when there is no form or it is not closed. Of a body that no file of ``limit_bytes``
    needs, the rest is read and dropped; then, or when the file itself is larger, ``too_big`` is set and ``file`` is its
    beginning, ``limit_bytes`` long.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.progress = Progress.HEADER
        self.path = ""
        self.file: bytes | None = None
        self.too_big = False
        self._limit_bytes = limit_bytes
        # The form around the file is small.
        self._room = limit_bytes + HEADER_BYTES_MAX
        self._received = bytearray()
        self._boundary = b""
        self._missing = 0

    @property
    def is_over(self) -> bool:
        return self.progress in (Progress.COMPLETE, Progress.BROKEN)

    def receive(self, data: bytes) -> None:
        """Take one segment. Empty data: the client sends no more."""
        if self.is_over:
            return
        if not data:
            self.progress = Progress.BROKEN
        elif self.progress is Progress.HEADER:
            self._receive_header(data)
        else:
            self._receive_body(data)

    def _receive_header(self, data: bytes) -> None:
        # An end may be cut between this segment and those before it.
        searched = max(0, len(self._received) - len(_END) + 1)
        self._received += data
        end = self._received.find(_END, searched)
        if end > HEADER_BYTES_MAX or (end < 0 and len(self._received) >= HEADER_BYTES_MAX + len(_END)):
            self.progress = Progress.BROKEN
            return
        if end < 0:
            return
        header, body = bytes(self._received[:end]), bytes(self._received[end + len(_END) :])
        self._received.clear()
        if not self._read_header(*header.split(b"\r\n")):
            self.progress = Progress.BROKEN
            return
        self.progress = Progress.BODY
        self._receive_body(body)

    def _read_header(self, request: bytes, *lines: bytes) -> bool:
        """Take the header apart; False when it is none. Its names are matched exactly, as on the module."""
        words = request.split(b" ")
        length = _value(lines, _LENGTH) or b"0"
        if len(words) < 2 or not length.isdigit() or len(length) > LENGTH_DIGITS_MAX:
            return False
        self.path = words[1].partition(b"?")[0].decode("latin-1")
        self._boundary = _value(lines, _BOUNDARY)
        self._missing = int(length)
        return True

    def _receive_body(self, data: bytes) -> None:
        mine = data[: self._missing]
        kept = mine[: self._room]
        self._missing -= len(mine)
        self._room -= len(kept)
        self._received += kept
        self.too_big = self.too_big or len(kept) < len(mine)
        if not self._missing:
            self._read_form()
            self.progress = Progress.COMPLETE

    def _read_form(self) -> None:
        body = bytes(self._received)
        self._received.clear()
        if not self._boundary:
            return
        part = body.partition(b"--" + self._boundary)[2]
        _, end, content = part.partition(_END)
        content, closed, _ = content.partition(b"\r\n--" + self._boundary)
        self.too_big = self.too_big or len(content) > self._limit_bytes
        if end and (closed or self.too_big):
            self.file = content[: self._limit_bytes]


def _value(lines: tuple[bytes, ...], name: bytes) -> bytes:
    return next((line[len(name) :] for line in lines if line.startswith(name)), b"")
