"""One HTTP request to the update server, read as it arrives: the request line, and the file of a form."""

from __future__ import annotations

from enum import Enum, auto

HEADER_BYTES_MAX = 8192
_LENGTH = b"Content-Length: "
_BOUNDARY = b"Content-Type: multipart/form-data; boundary="


class Progress(Enum):
    """Where a request is."""

    HEADER = auto()
    BODY = auto()
    COMPLETE = auto()
    BROKEN = auto()


class Upload:
    """Feed it segments with `receive`; look at ``progress``, then at ``path`` and ``file``.

    ``file`` is the content of the form's first part, None when there is no form. A body over ``limit_bytes`` is read
    to its end without being kept, and ``too_big`` is set.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.progress = Progress.HEADER
        self.path = ""
        self.too_big = False
        self._limit_bytes = limit_bytes
        self._received = bytearray()
        self._boundary = b""
        self._missing = 0
        self._file: bytes | None = None

    @property
    def file(self) -> bytes | None:
        """The uploaded file."""
        return self._file

    def receive(self, data: bytes) -> None:
        """Take one segment. Empty data: the client sends no more."""
        if self.progress is Progress.HEADER:
            self._receive_header(data)
        elif self.progress is Progress.BODY:
            self._receive_body(data)
        if not data and self.progress in (Progress.HEADER, Progress.BODY):
            self.progress = Progress.BROKEN

    def _receive_header(self, data: bytes) -> None:
        self._received += data
        header, end, body = bytes(self._received).partition(b"\r\n\r\n")
        if not end:
            if len(self._received) > HEADER_BYTES_MAX:
                self.progress = Progress.BROKEN
            return
        lines = header.split(b"\r\n")
        words = lines[0].split(b" ")
        if len(words) < 2 or words[0] not in (b"GET", b"POST"):
            self.progress = Progress.BROKEN
            return
        self.path = words[1].partition(b"?")[0].decode("latin-1")
        length = next((line[len(_LENGTH) :] for line in lines if line.startswith(_LENGTH)), b"0")
        self._boundary = next((line[len(_BOUNDARY) :] for line in lines if line.startswith(_BOUNDARY)), b"")
        if not length.isdigit():
            self.progress = Progress.BROKEN
            return
        self._missing = int(length)
        # The form around the file is small; what is much larger than an image is no image.
        self.too_big = self._missing > self._limit_bytes + HEADER_BYTES_MAX
        self._received.clear()
        self.progress = Progress.BODY
        self._receive_body(body)

    def _receive_body(self, data: bytes) -> None:
        self._missing -= len(data)
        if not self.too_big:
            self._received += data
        if self._missing <= 0:
            self._file = self._file_of_form(bytes(self._received))
            self._received.clear()
            self.progress = Progress.COMPLETE

    def _file_of_form(self, body: bytes) -> bytes | None:
        if not self._boundary:
            return None
        part = body.partition(b"--" + self._boundary)[2]
        header, end, content = part.partition(b"\r\n\r\n")
        if not end or b"Content-Disposition" not in header:
            return None
        return content.partition(b"\r\n--" + self._boundary)[0]
