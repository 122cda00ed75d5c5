"""The table of a logic analyser or a sniffer (CSV) as chunks.

The columns are found by their names, in any order; what else is there is passed over.

==========  =========================================================================================================
column      names
==========  =========================================================================================================
time        time, timestamp, start, start_time, t; with a unit ([s], [ms], [us], [ns]) if it is not seconds
direction   direction, dir, channel, source, name, analyzer name, line, type
data        data, value, byte, hex, ascii, text, char, payload
data        tx and rx (or host and module): one column for each direction
==========  =========================================================================================================

Data is hexadecimal (``41 54``, ``4154``, ``0x41``) when every cell can be read so, otherwise text with the escapes of
analysers (``\\r``, ``\\x0d``, ``'13'``, COMMA, SPACE). Which direction is the module's is told by what it says,
otherwise by its name. A table of one direction is that of the module when it holds answers: then the echo shows the
commands.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from wizfi_emu.errors import UserError
from wizfi_emu.scenario.importing.lines import Chunk
from wizfi_emu.scenario.importing.stamps import Clock, parse_time

UNDERSTOOD = "expected columns time, data and direction, or time, tx and rx"
PAUSE_S = 0.1
"""After such a pause what the host sends is no longer one piece."""

_TIMES = {"time", "timestamp", "start", "start_time", "start time", "t"}
_DIRECTIONS = {"direction", "dir", "channel", "source", "name", "analyzer name", "analyzer", "line", "type"}
_DATA = {"data", "value", "byte", "bytes", "hex", "ascii", "text", "char", "payload"}
_HOSTS = {"tx", "txd", "host", "mcu", "send", "sent", "out", "write", ">", "->", "host->module", "to module"}
_MODULES = {
    "rx",
    "rxd",
    "module",
    "wizfi",
    "wizfi250",
    "dut",
    "recv",
    "received",
    "in",
    "read",
    "<",
    "<-",
    "module->host",
}
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_UNIT = re.compile(r"(?<!\s)\s*[\[(](s|ms|us|µs|ns)[\])]$|_(s|ms|us|ns)$")
_HEX = re.compile(r"\s*(?:0x)?[0-9A-Fa-f]{2}(?:[\s:,-]*(?:0x)?[0-9A-Fa-f]{2})*\s*")
_WORDS = {"COMMA": b",", "SPACE": b" ", "CR": b"\r", "LF": b"\n", "NUL": b"\0", "TAB": b"\t", "ESC": b"\x1b"}
_ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\", "'": b"'", '"': b'"'}
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_QUOTED = re.compile(r"(['\"])(.*)\1", re.DOTALL)
_QUOTED_BYTE = re.compile(r"(['\"])(\\x[0-9A-Fa-f]{2}|\\.|[^\\])\1", re.DOTALL)
_CODE = re.compile(r"'(\d{1,3})'")
_ECHOED = re.compile(rb"AT(?:\+.*)?\r\n", re.IGNORECASE | re.DOTALL)
_ANSWERS = (b"[OK]\r\n", b"[ERROR", b"WizFi250 Version", b"[CONNECT ", b"[Link-Up Event]")


@dataclass(frozen=True, slots=True)
class _Row:
    time_s: float | None
    direction: str
    data: bytes


def read_capture(data: bytes, name: str, *, host: str = "") -> list[Chunk]:
    """Read a table; ``name`` is what an error calls it, ``host`` what the table calls the direction of the host.

    Raises UserError that says which columns are understood, and for a direction that cannot be told.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        table = list(reader)
    except csv.Error as error:
        raise UserError(f"{name}:{reader.line_num}: not a row of a table: {error}") from None
    rows = [row for row in table[1:] if any(cell.strip() for cell in row)]
    if not table or not rows:
        raise UserError(f"{name}: {UNDERSTOOD}, found no rows")
    found = list(_read_rows(table[0], rows, name))
    said: dict[str, bytearray] = {}
    for row in found:
        said.setdefault(row.direction, bytearray()).extend(row.data)
    hosts = _host_of(said, name, host)
    if not hosts:
        return list(_from_module_alone(found))
    return list(_merged(found, hosts))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _read_rows(header: list[str], rows: list[list[str]], name: str) -> Iterator[_Row]:
    names = [cell.strip().strip('"').lower() for cell in header]
    bare = [_UNIT.sub("", cell) for cell in names]
    time = _find(bare, _TIMES)
    unit = _UNIT.search(names[time]) if time is not None else None
    factor = _UNITS[unit[1] or unit[2]] if unit else 1.0
    direction, data = _find(bare, _DIRECTIONS), _find(bare, _DATA)
    if data is not None:
        # Only what says something is read; markers of errors and idle lines have no data.
        columns = [(data, "")]
    else:
        columns = [(index, cell) for index, cell in enumerate(bare) if cell in _HOSTS | _MODULES]
    if time is None or not columns:
        raise UserError(f"{name}: {UNDERSTOOD}, found {', '.join(header)}")
    for index, _ in columns:
        _take_quotes_off([row for row in rows if len(row) > index and row[index]], index, name)
    is_hex = {index: _is_hex(names[index], [row[index] for row in rows if len(row) > index]) for index, _ in columns}
    clock = Clock()
    for row in rows:
        for index, label in columns:
            cell = row[index] if len(row) > index else ""
            if cell:
                time_s = parse_time(row[time]) if len(row) > time else None
                which = label or (row[direction].strip() if direction is not None and len(row) > direction else "")
                bytes_ = bytes.fromhex(re.sub(r"0x|[^0-9A-Fa-f]", "", cell)) if is_hex[index] else _text(cell)
                yield _Row(None if time_s is None else clock(time_s * factor), which, bytes_)


def _find(names: list[str], known: set[str]) -> int | None:
    return next((index for index, name in enumerate(names) if name in known), None)


def _is_hex(name: str, cells: list[str]) -> bool:
    if name in ("ascii", "text", "char"):
        return False
    return all(_HEX.fullmatch(cell) for cell in cells if cell.strip())


def _take_quotes_off(rows: list[list[str]], index: int, name: str) -> None:
    """Where every text of a column stands in quotation marks, they are the table's. A single byte's are always.

    Raises UserError where some texts with escapes have them and others have none: which are data cannot be told.
    """
    longer = [row for row in rows if not _QUOTED_BYTE.fullmatch(row[index]) and not _CODE.fullmatch(row[index])]
    quoted = [row for row in longer if _QUOTED.fullmatch(row[index])]
    if quoted and len(quoted) == len(longer):
        for row in quoted:
            row[index] = row[index][1:-1]
    elif any("\\" in row[index] for row in quoted):
        raise UserError(
            f"{name}: {len(quoted)} of {len(rows)} texts are in quotation marks; expected all of them or none"
        )


def _text(cell: str) -> bytes:
    if cell in _WORDS:
        return _WORDS[cell]
    code = _CODE.fullmatch(cell)
    if code and int(code[1]) < 256:
        return bytes((int(code[1]),))
    if one := _QUOTED_BYTE.fullmatch(cell):
        cell = one[2]

    def unescape(found: re.Match[str]) -> str:
        byte = (
            bytes.fromhex(found[1]) if found[1] else _ESCAPES.get(found[2], found[0].encode("utf-8", "surrogateescape"))
        )
        return byte.decode("utf-8", "surrogateescape")

    return _ESCAPE.sub(unescape, cell).encode("utf-8", "surrogateescape")


def _host_of(said: Mapping[str, bytes | bytearray], name: str, host: str) -> set[str]:
    """The directions that are the host's; none when the table holds only the module."""
    if host:
        if host not in said:
            raise UserError(f"{name}: no direction {host!r}; there are {', '.join(map(repr, said))}")
        return {host}
    modules = {which for which, data in said.items() if any(answer in data for answer in _ANSWERS)}
    if len(modules) == 1:
        return set(said) - modules
    if len(said) == 1:
        return set(said)
    hosts = {which for which in said if which.lower() in _HOSTS}
    if len(hosts) != 1 or not any(which.lower() in _MODULES for which in said):
        raise UserError(f"{name}: which direction is the host's? Name it with --host: {', '.join(map(repr, said))}")
    return hosts


def _merged(rows: list[_Row], hosts: set[str]) -> Iterator[Chunk]:
    """What the host sends as lines or in one go, and then line by line what the module sent until the next of these."""
    sent, sent_s, last_s = b"", None, None
    answer: list[_Row] = []
    for row in rows:
        if row.direction not in hosts:
            answer.append(row)
            continue
        paused = row.time_s is not None and last_s is not None and row.time_s - last_s >= PAUSE_S
        # A command may be typed slowly, with its echo between the characters.
        typing = sent[:1] in (b"A", b"a")
        if not sent or sent.endswith(b"\r") or (paused and not typing):
            yield from _exchange(sent, sent_s, answer)
            sent, sent_s, answer = b"", row.time_s, []
        sent += row.data
        last_s = row.time_s
    yield from _exchange(sent, sent_s, answer)


def _exchange(sent: bytes, time_s: float | None, answer: list[_Row]) -> Iterator[Chunk]:
    if sent:
        yield Chunk(True, sent, time_s)
    yield from _lines(answer)


def _lines(rows: list[_Row]) -> Iterator[Chunk]:
    """The module's lines, each with the time of its end."""
    times = [row.time_s for row in rows for _ in row.data]
    position = 0
    for line in b"".join(row.data for row in rows).splitlines(keepends=True):
        position += len(line)
        yield Chunk(False, line, times[position - 1])


def _from_module_alone(rows: list[_Row]) -> Iterator[Chunk]:
    """The module's lines; those that are echoed commands are the host's too."""
    for chunk in _lines(rows):
        if _ECHOED.fullmatch(chunk.data):
            yield Chunk(True, chunk.data[:-1], chunk.time_s)
        yield chunk
