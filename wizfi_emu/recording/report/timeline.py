"""A recording as rows between lanes, and bands: what the page draws."""

from base64 import b64encode
from collections import deque
from typing import NamedTuple

import msgspec

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.recording.answers import answered_commands
from wizfi_emu.recording.bands import Band, Span, fault_spans, modes_and_links
from wizfi_emu.recording.format import EVENTS, Item, Recording
from wizfi_emu.recording.kinds import KINDS, NOTE_KINDS
from wizfi_emu.recording.labels import label, note_label
from wizfi_emu.recording.lines import Line, in_lines
from wizfi_emu.recording.online import on_the_line
from wizfi_emu.stages.notes import LineChanged, Note, PowerSwitched, WorldChanged

HOST, MODULE, NETWORK = 0, 1, 2
LANES = ("host", "module", "access point")
PEER_LANES_MAX = 8
OTHER_PEERS = "other peers"
ROW_BYTES_MAX = 4096
"""More bytes of one row are counted but not in the page."""

GROUPS = ("serial", "sockets", "radio", "board", "pins", "faults")
SERIAL, SOCKETS, RADIO, BOARD, PINS, FAULTS = range(len(GROUPS))

_UNSHOWN = (ev.TimeReached, ev.FlashWritten, ev.SignalRead, fx.ReadSignal)
_PEERS = (
    ("air client", ev.AirCommandReceived | fx.AnswerAirCommand),
    ("web client", ev.WebDataReceived | fx.AnswerWebClient),
    ("broker", fx.MqttEffect | ev.MqttEvent | ev.MqttEnded),
)
_RADIO_ANSWERS = (
    ev.JoinEnded
    | ev.AddressOffered
    | ev.AccessPointStarted
    | ev.ScanEnded
    | ev.PingEnded
    | ev.NameResolved
    | ev.WpsEnded
)


class Timeline(msgspec.Struct):
    """The page's data; the lists of equal length are columns of rows.

    ``times_us`` are differences to the row before, ``spans_us`` how long before its time a row begins (a line that was
    typed). ``lanes_from`` and ``lanes_to`` are indices of ``lanes``, equal for what a lane does by itself. ``texts``
    and ``kinds`` are indices of ``strings``. ``socks`` are numbers of sockets, -1 for none. ``sizes`` is -1 for rows
    without bytes; ``data`` holds the first of them in Base64.

    ``answers``: rows with the result of a command, the command's row, and how long the result took.
    """

    meta: dict[str, str]
    duration_us: int
    groups: tuple[str, ...]
    lanes: list[str]
    strings: list[str] = []
    modes: list[Band] = []
    links: list[Band] = []
    faults: list[Span] = []
    answers: list[tuple[int, int, int]] = []
    times_us: list[int] = []
    spans_us: list[int] = []
    rows_groups: list[int] = []
    lanes_from: list[int] = []
    lanes_to: list[int] = []
    kinds: list[int] = []
    texts: list[int] = []
    socks: list[int] = []
    sizes: list[int] = []
    data: list[str] = []


class _Row(NamedTuple):
    group: int
    source: int
    target: int


def make_timeline(recording: Recording, name: str) -> Timeline:
    header = recording.header
    meta = {
        "recording": name,
        "firmware": f"{header.firmware.name} ({header.firmware.version})",
        "world": header.world,
        "timing": header.timing,
        "program": header.program,
        "secrets": "replaced" if header.redacted else "as they were",
    }
    return _Builder(recording, meta).timeline


class _Builder:
    def __init__(self, recording: Recording, meta: dict[str, str]) -> None:
        self._strings: dict[str, int] = {}
        self._lanes = list(LANES)
        self._peers: dict[int, int] = {}
        self._last_us = 0
        items = list(on_the_line(recording))
        end_us = max([time_us for time_us, _ in (*items[-1:], *recording.notes[-1:])], default=0)
        self.timeline = Timeline(meta, end_us, GROUPS, self._lanes)
        self._results = {(answer.time_us, answer.text): answer for answer in answered_commands(items)}
        self._commands: dict[int, int] = {}
        notes = deque(recording.notes)
        for line in in_lines(items):
            while notes and notes[0][0] <= line.time_us:
                self._add_note(*notes.popleft())
            self._add(line)
        for time_us, note in notes:
            self._add_note(time_us, note)
        self.timeline.faults.extend(fault_spans(recording))
        self.timeline.strings.extend(self._strings)
        modes, links = modes_and_links(recording)
        self.timeline.modes.extend(modes)
        self.timeline.links.extend(links)

    def _add(self, line: Line) -> None:
        time_us, item = line.time_us, line.item
        row = self._place(item)
        if row is None:
            return
        self._find_answer(time_us, item)
        sock = getattr(item, "sock", -1)
        self._append(time_us, time_us - line.since_us, row, KINDS[type(item)], label(item), sock, _data_of(item))

    def _add_note(self, time_us: int, note: Note) -> None:
        match note:
            case LineChanged():
                row = _Row(FAULTS, MODULE, HOST) if note.way == "to-host" else _Row(FAULTS, HOST, MODULE)
            case WorldChanged():
                row = _Row(RADIO, NETWORK, NETWORK)
            case PowerSwitched():
                row = _Row(BOARD, MODULE, MODULE)
            case _:
                row = _Row(FAULTS, MODULE, MODULE)
        sock = getattr(note, "sock", -1)
        self._append(time_us, 0, row, NOTE_KINDS[type(note)], note_label(note), sock, None)

    def _append(
        self, time_us: int, span_us: int, row: _Row, kind: str, text: str, sock: int, data: bytes | None
    ) -> None:
        columns = self.timeline
        columns.times_us.append(time_us - self._last_us)
        columns.spans_us.append(span_us)
        columns.rows_groups.append(row.group)
        columns.lanes_from.append(row.source)
        columns.lanes_to.append(row.target)
        columns.kinds.append(self._string(kind))
        columns.texts.append(self._string(text))
        columns.socks.append(sock)
        columns.sizes.append(-1 if data is None else len(data))
        columns.data.append(b64encode((data or b"")[:ROW_BYTES_MAX]).decode("ascii"))
        self._last_us = time_us

    def _find_answer(self, time_us: int, item: Item) -> None:
        """Note where a command is, and where its result."""
        number = len(self.timeline.times_us)
        if isinstance(item, ev.UartReceived):
            self._commands[time_us] = number
        elif isinstance(item, fx.UartSend):
            answer = self._results.get((time_us, item.data.strip()))
            if answer is not None and answer.since_us in self._commands:
                self.timeline.answers.append((number, self._commands[answer.since_us], answer.took_us))

    def _string(self, text: str) -> int:
        """The index of a text, each of which is there once."""
        return self._strings.setdefault(text, len(self._strings))

    def _place(self, item: Item) -> _Row | None:
        if isinstance(item, _UNSHOWN) or (isinstance(item, ev.SocketSent) and item.failure is None):
            return None
        if isinstance(item, ev.HostBytes | fx.HostEffect):
            if not said(item):
                return None  # SPI, and nobody says anything
            return _Row(SERIAL, HOST, MODULE) if isinstance(item, ev.HostBytes) else _Row(SERIAL, MODULE, HOST)
        if isinstance(item, ev.UartLost):
            return _Row(SERIAL, HOST, MODULE)
        is_event = type(item).__name__ in EVENTS
        if isinstance(item, fx.UseAddress):
            return _Row(RADIO, MODULE, MODULE)
        if isinstance(item, fx.RadioEffect | ev.RadioEvent | _RADIO_ANSWERS):
            return _Row(RADIO, NETWORK, MODULE) if is_event else _Row(RADIO, MODULE, NETWORK)
        peer = self._peer(item)
        if peer is not None:
            return _Row(SOCKETS, peer, MODULE) if is_event else _Row(SOCKETS, MODULE, peer)
        if hasattr(item, "sock"):
            return _Row(SOCKETS, MODULE, MODULE)
        if isinstance(item, fx.SetPin | ev.PinDriven | ev.AdcDriven):
            return _Row(PINS, MODULE, MODULE)
        return _Row(BOARD, MODULE, MODULE)

    def _peer(self, item: Item) -> int | None:
        """The lane of the peer that an event or effect has to do with, if it has one."""
        for name, kinds in _PEERS:
            if isinstance(item, kinds):
                return self._lane(name)
        match item:
            case ev.PoweredOn():
                self._peers.clear()
            case fx.ConnectTcp():
                self._peers[item.sock] = self._lane(item.address)
            case ev.SocketAccepted() | ev.SocketReceived():
                self._peers[item.sock] = self._lane(item.peer_address)
            case fx.SendData() if item.address:
                self._peers[item.sock] = self._lane(item.address)
            case _:
                pass
        return self._peers.get(getattr(item, "sock", -1))

    def _lane(self, name: str) -> int:
        if name not in self._lanes:
            if len(self._lanes) - len(LANES) >= PEER_LANES_MAX:
                name = OTHER_PEERS
            if name not in self._lanes:
                self._lanes.append(name)
        return self._lanes.index(name)


def _data_of(item: Item) -> bytes | None:
    data = getattr(item, "data", getattr(item, "payload", None))
    return data if isinstance(data, bytes) else None
