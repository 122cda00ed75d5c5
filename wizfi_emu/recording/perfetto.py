"""A recording as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing: the JSON of Chrome's trace events.

Tracks are: commands with their time until the result, the lines of both directions, mode, link, and each socket; the
bytes of the line and of the sockets so far are counters.
"""

from collections.abc import Iterable, Iterator

import msgspec

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.answers import answered_commands
from wizfi_emu.recording.bands import Band, fault_spans, modes_and_links
from wizfi_emu.recording.format import Item, Recording
from wizfi_emu.recording.labels import label
from wizfi_emu.recording.lines import Line, in_lines
from wizfi_emu.recording.online import on_the_line
from wizfi_emu.recording.show import show_bytes

COMMANDS, HOST, MODULE, MODE, LINK, FAULTS, BOARD, SOCKETS = range(1, 9)
"""Numbers of the tracks; the sockets have those from the last on."""
NAME_BYTES_MAX = 80

_TRACKS = {
    COMMANDS: "commands",
    HOST: "host to module",
    MODULE: "module to host",
    MODE: "mode",
    LINK: "link",
    FAULTS: "faults",
    BOARD: "board and radio",
}
_PROCESS = 1

Entry = dict[str, object]


def export_perfetto(recording: Recording) -> bytes:
    """The file."""
    header = recording.header
    entries = sorted(_entries(recording), key=lambda entry: (entry["ph"] != "M", entry.get("ts", 0)))
    meta = {"firmware": header.firmware.name, "world": header.world, "program": header.program}
    return msgspec.json.encode({"traceEvents": entries, "displayTimeUnit": "ms", "otherData": meta})


def _entries(recording: Recording) -> Iterator[Entry]:
    items = list(on_the_line(recording))
    end_us = max((time_us for time_us, _ in items), default=0)
    yield {"ph": "M", "pid": _PROCESS, "name": "process_name", "args": {"name": "WizFi250"}}
    for track, name in _TRACKS.items():
        yield from _track(track, name)
    for command in answered_commands(items):
        details: Entry = {"result": command.text.decode("latin-1")}
        yield _slice(COMMANDS, command.since_us, command.time_us, command.line.decode("latin-1"), details)
    modes, links = modes_and_links(recording)
    for track, bands in ((MODE, modes), (LINK, links)):
        yield from _bands(track, bands, end_us)
    for span in fault_spans(recording):
        yield _moment(FAULTS, span.since_us, span.name, {"seconds": (span.until_us - span.since_us) / 1e6})
    lines = in_lines(items)
    yield from _said(lines)
    yield from _sockets(lines, end_us)


def _track(track: int, name: str) -> Iterator[Entry]:
    yield {"ph": "M", "pid": _PROCESS, "tid": track, "name": "thread_name", "args": {"name": name}}
    yield {"ph": "M", "pid": _PROCESS, "tid": track, "name": "thread_sort_index", "args": {"sort_index": track}}


def _slice(track: int, since_us: int, until_us: int, name: str, details: Entry) -> Entry:
    duration_us = max(0, until_us - since_us)
    return {
        "ph": "X", "pid": _PROCESS, "tid": track, "ts": since_us, "dur": duration_us, "name": name, "args": details
    }  # fmt: skip


def _moment(track: int, time_us: int, name: str, details: Entry) -> Entry:
    return {"ph": "i", "s": "t", "pid": _PROCESS, "tid": track, "ts": time_us, "name": name, "args": details}


def _counter(name: str, time_us: int, value: int) -> Entry:
    return {"ph": "C", "pid": _PROCESS, "ts": time_us, "name": name, "args": {"bytes": value}}


def _bands(track: int, bands: list[Band], end_us: int) -> Iterator[Entry]:
    ends = [band.time_us for band in bands[1:]] + [end_us]
    for band, until_us in zip(bands, ends, strict=False):
        yield _slice(track, band.time_us, until_us, band.value, {})


def _said(lines: Iterable[Line]) -> Iterator[Entry]:
    bytes_of = {HOST: 0, MODULE: 0}
    for line in lines:
        item = line.item
        if isinstance(item, ev.HostBytes | fx.HostEffect):
            track = HOST if isinstance(item, ev.HostBytes) else MODULE
            bytes_of[track] += len(item.data)
            name = show_bytes(item.data[:NAME_BYTES_MAX])
            yield _slice(track, line.since_us, line.time_us, name, {"bytes": len(item.data)})
            yield _counter(f"{_TRACKS[track]}, bytes", line.time_us, bytes_of[track])
        elif not hasattr(item, "sock") and (text := _told(item)):
            yield _moment(BOARD, line.time_us, text, {})


def _told(item: Item) -> str:
    silent = ev.TimeReached | ev.FlashWritten | ev.SignalRead | fx.ReadSignal
    return "" if isinstance(item, silent) else label(item)


def _sockets(lines: Iterable[Line], end_us: int) -> Iterator[Entry]:
    """A track for each socket number, with a slice from its opening to its end and moments for what passes."""
    opened: dict[int, tuple[int, str]] = {}
    named: set[int] = set()
    for line in lines:
        item, sock = line.item, getattr(line.item, "sock", None)
        if isinstance(item, ev.PoweredOn | ev.PoweredOff | fx.Reset):
            for number, (since_us, name) in opened.items():
                yield _slice(SOCKETS + number, since_us, line.time_us, name, {})
            opened.clear()
        if not isinstance(sock, int):
            continue
        track = SOCKETS + sock
        if sock not in named:
            named.add(sock)
            yield from _track(track, f"socket {sock}")
        if isinstance(item, fx.ConnectTcp | fx.ListenTcp | fx.OpenUdp):
            opened[sock] = line.time_us, label(item)
        elif isinstance(item, fx.CloseSocket | ev.SocketFailed) and sock in opened:
            since_us, name = opened.pop(sock)
            yield _slice(track, since_us, line.time_us, name, {"end": label(item)})
        elif isinstance(item, fx.SendData | ev.SocketReceived):
            way = "sent" if isinstance(item, fx.SendData) else "received"
            yield _moment(track, line.time_us, f"{way} {len(item.data)} bytes", {"bytes": len(item.data)})
        elif not isinstance(item, ev.SocketSent):
            yield _moment(track, line.time_us, label(item), {})
    for number, (since_us, name) in opened.items():
        yield _slice(SOCKETS + number, since_us, end_us, name, {})
