"""The log of a terminal program, or a session as the guide prints it, as chunks.

A line that begins as a command, ``+++`` and the data that a command announces are the host's, everything else the
module's. Where lines are marked with their direction (``>`` and ``<``, ``TX`` and ``RX`` ...), the marks count instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wizfi_emu.errors import UserError
from wizfi_emu.scenario.importing.lines import Chunk
from wizfi_emu.scenario.importing.stamps import Clock, find_stamps, parse_time

_COMMAND = re.compile(r"(?:AT(?:$|[+&?=\s])|A/$)", re.IGNORECASE)
_ESCAPE = "+++"
_REMARK = re.compile(r"(?<=\s)\(\s|<\s?=\s|(?<=\s)(?:<--?|//|#)\s")
_ECHO = re.compile(r"AT\+MECHO=([01])", re.IGNORECASE)
_BYTE = re.compile(r"\{0x([0-9a-fA-F]{2})\}")
_RESULT = re.compile(r"\[(?:OK ?|ERROR.*)\]$")
_BY_ITSELF = re.compile(
    r"\[|\{|WizFi250 Version|Joining :|Successfully joined|Failed to join|\s*(?:IP Addr|Gateway)\s*:|Found P2P|STA MAC"
)
_RECEIVED = re.compile(r"\{\d+,[\d.]*,\d*,(\d{1,8})\}")
_ANNOUNCING = re.compile(r"AT\+(?:SSEND=(?:[^,]*,){3}|MQTTPUB=[^,]+,|MCERT=W,[CKR],)\s*(\d{1,8})(?!\d)", re.IGNORECASE)
_MARK = re.compile(
    r"(?P<host>TXD?|->|=>|>+|SEND|SENT|OUT|HOST|MCU)[:\s]\s?|(?:RXD?|<-|<=|<+|RECV|RECEIVED|IN|MODULE)[:\s]\s?",
    re.IGNORECASE,
)
_ENOUGH = 0.8
FILLED_BYTES_MAX = 1024 * 1024
"""Data that commands have announced and the log does not show is made up, so much of it in all."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    time_s: float | None
    by_host: bool | None


@dataclass(slots=True)
class TerminalLog:
    """A log that was read. ``left_out``: numbers of lines that are neither commands nor known to be the module's."""

    chunks: list[Chunk] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


def read_terminal_log(data: bytes, name: str = "log", *, echo: bool = True) -> TerminalLog:
    """Read a log. ``echo``: the module echoes commands, so that one command line stands for both directions.

    Raises UserError, in which ``name`` stands for the log, when too much that was announced is not there.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return _Reader(_lines(text), name, echo).read()


def _lines(text: str) -> list[_Line]:
    # Only line ends end a line: a form feed or the like is data.
    rows = [row.rstrip("\r") for row in text.split("\n")]
    stamp = find_stamps([row for row in rows if row.strip()])
    clock = Clock()
    stamped: list[tuple[int, str, float | None]] = []
    for number, row in enumerate(rows, 1):
        found = stamp.match(row) if stamp else None
        time_s = parse_time(found["stamp"]) if found else None
        stamped.append((number, row[found.end() :] if found else row, None if time_s is None else clock(time_s)))
    marked = _are_marked([row for _, row, _ in stamped if row.strip()])
    margin = 0 if marked else _margin(row for _, row, _ in stamped)
    lines = []
    for number, row, time_s in stamped:
        found = _MARK.match(row) if marked else None
        by_host = bool(found["host"]) if found else None
        rest = row[found.end() :] if found else row[min(margin, len(row) - len(row.lstrip(" "))) :]
        lines.append(_Line(number, rest, time_s, by_host))
    return lines


def _are_marked(rows: list[str]) -> bool:
    marks = [bool(found["host"]) for row in rows if (found := _MARK.match(row))]
    return len(marks) >= _ENOUGH * len(rows) and len(set(marks)) == 2


def _margin(rows: Iterator[str]) -> int:
    """How far the first command is indented, as in a document."""
    for row in rows:
        if _COMMAND.match(row.lstrip(" ")):
            return len(row) - len(row.lstrip(" "))
    return 0


class _Reader:
    """Sorts lines into what the host and what the module said."""

    def __init__(self, lines: list[_Line], name: str, echo: bool) -> None:
        self._name = name
        self._lines = lines
        self._echo = echo
        self._position = 0
        self._filled = 0
        self._log = TerminalLog()
        self._answering = False

    def read(self) -> TerminalLog:
        while self._position < len(self._lines):
            line = self._lines[self._position]
            self._position += 1
            if line.by_host is not None:
                self._read_marked(line)
            else:
                self._read_line(line)
        return self._log

    def _read_marked(self, line: _Line) -> None:
        data = _bytes(line.text)
        is_text = not line.by_host or _COMMAND.match(line.text)
        if line.by_host:
            self._host(line, data + b"\r" if is_text else data, echo=bool(is_text))
        elif data:
            # Where both directions were seen, the echo is there as a line of the module's.
            self._module(line, data + b"\r\n")

    def _read_line(self, line: _Line) -> None:
        text = _without_remark(line.text)
        if not text.strip():
            return
        if _COMMAND.match(text):
            self._host(line, _bytes(text.rstrip(" ")) + b"\r", echo=True)
            self._answering = True
            announced = _ANNOUNCING.match(text)
            if announced:
                self._read_data(line, int(announced[1]))
        elif text.strip() == _ESCAPE:
            self._host(line, _ESCAPE.encode(), echo=False)
            self._answering = True
        elif _RECEIVED.match(text):
            self._read_received(line, text)
        elif self._answering or _BY_ITSELF.match(text) or line.time_s is not None:
            self._module(line, _bytes(text) + b"\r\n")
            self._answering = self._answering and not _RESULT.match(text.strip())
        else:
            self._log.left_out.append(line.number)

    def _read_data(self, command: _Line, count: int) -> None:
        """The bytes that a command has announced: the next lines, unless the log does not show them."""
        data = bytearray()
        last = command
        while len(data) < count and self._position < len(self._lines):
            line = self._lines[self._position]
            text = _without_remark(line.text)
            if not data and (not text.strip() or re.fullmatch(r"\[\d+,.*\]|\[\d+\]", text)):
                self._position += 1
                if text.strip():
                    self._module(line, _bytes(text) + b"\r\n")
                continue
            if _COMMAND.match(text) or (not data and _RESULT.match(text.strip())):
                break
            self._position += 1
            last = line
            piece = _bytes(text)
            # Where the log writes line ends as {0x0d}{0x0a}, the end of its own line is none.
            data += piece if not data or data.endswith((b"\r", b"\n")) else b"\r\n" + piece
        missing = max(0, count - len(data))
        self._filled += missing
        if self._filled > FILLED_BYTES_MAX:
            raise UserError(
                f"{self._name}:{command.number}: announces {count} bytes, {missing} of them are not there; "
                f"at most {FILLED_BYTES_MAX} bytes are made up in all"
            )
        self._host(last, bytes(data[:count]) + b"x" * missing, echo=False)

    def _read_received(self, line: _Line, text: str) -> None:
        """A header and the data behind it, which may go on over more lines."""
        found = _RECEIVED.match(text)
        assert found is not None
        count = int(found[1])
        data = bytearray(_bytes(text[found.end() :]))
        while len(data) + 2 <= count and self._position < len(self._lines):
            following = _without_remark(self._lines[self._position].text)
            if _COMMAND.match(following) or _BY_ITSELF.match(following):
                break
            self._position += 1
            data += b"\r\n" + _bytes(following)
        self._module(line, _bytes(found[0]) + bytes(data).rstrip(b"\r\n") + (b"" if len(data) < count else b"\r\n"))

    def _host(self, line: _Line, data: bytes, *, echo: bool) -> None:
        if data:
            self._log.chunks.append(Chunk(True, data, line.time_s))
            if echo and self._echo and line.by_host is None:
                self._module(line, data + b"\n")
            switch = _ECHO.match(line.text)
            if switch:
                self._echo = switch[1] == "1"

    def _module(self, line: _Line, data: bytes) -> None:
        self._log.chunks.append(Chunk(False, data, line.time_s))


def _without_remark(text: str) -> str:
    found = _REMARK.search(text)
    return text[: found.start()].rstrip() if found else text


def _bytes(text: str) -> bytes:
    return _BYTE.sub(lambda found: chr(int(found[1], 16)), text).encode("latin-1")
