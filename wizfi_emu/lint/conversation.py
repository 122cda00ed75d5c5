"""Follows what host and module say to each other, from the bytes alone, and tells it as moments.

It keeps what a host can know: in which mode the module is, which command has no answer yet, which bytes the host had
at a time. It does not ask a machine, so that a log of a real module is as good as a recording.

A host on SPI says and hears the same, with codes between, and has each byte when it has clocked it. The module answers
where the host last spoke; what the other port carries meanwhile nobody reads.
"""

import re
from collections import deque
from collections.abc import Iterable
from enum import Enum

from wizfi_emu.at.line import LineEditor
from wizfi_emu.lint import commandlines as lines
from wizfi_emu.lint import moments as mo
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.spi import Mosi
from wizfi_emu.profile import Profile, decode_image, factory_profile

Item = ev.Event | fx.Effect

BITS_OF_A_BYTE = 10
LINE_AHEAD_US = 1_000
"""In real time the serial line of this program may be ahead of a wire by so much."""
BURST_GAP_US = 5_000
REACTION_US = 20
"""Nobody reads and answers in less."""
ECHO_WINDOW_US = 200_000
"""Who sends later than this behind an echo has not taken it for the answer."""
RESTART_PATIENCE_US = 3_000_000
TEXT_BYTES_MAX = 4096
"""A longer line of the module is no line."""

_HEADER = re.compile(rb"\{([0-9a-f]),[\d.]*,\d*,(\d{1,8})\}")
_HEADER_BYTES_MAX = 40
_RESULT = re.compile(rb"\[(?:OK|ERROR(?:: [^\]]*)?)\]$")
_PROMPT = re.compile(rb"\[(?:\d+,[^\]]*|\d+)\]$")
_SOCKET = re.compile(rb"\[((?:DIS)?CONNECT) ([0-9a-f])\]$")
_LINK = re.compile(rb"\[Link-(Up|Down) Event\]$")
_BANNER = b"WizFi250 Version"
_FACTORY = factory_profile("")
_ESCAPE_CHARACTER = b"\x1b"
"""It aborts AT+WJOIN, and is no command."""


class _State(Enum):
    COMMAND = "waits for a command"
    ANSWER = "works on a command"
    PAYLOAD = "takes the data of a command"
    DATA = "data mode"
    ELSEWHERE = "off, or no application that has commands"


class Conversation:
    """Tells the moments of a session, in the order in which the module has them."""

    def __init__(self, *, paced: bool, ahead_us: int = 0) -> None:
        """``paced``: the module's bytes have the time at which it gave them to its serial line.

        The host has them when the line has taken its time for them, or ``ahead_us`` before. With 0 both directions are
        exact, as in virtual time: what the host sends has the time at which its last byte has left the line.
        """
        self.moments: list[mo.Moment] = []
        self._paced = paced
        self._ahead_us = ahead_us
        self._boot_pin_low = False
        self._byte_us = BITS_OF_A_BYTE * 1_000_000 / 115200
        self._line_free_us = 0.0
        # The piece that the module sends: when it was given to the line, when it begins there, and where in the text.
        self._sent_us = 0
        self._piece_us = 0.0
        self._piece_at = 0
        self._begin(_FACTORY)

    def _begin(self, profile: Profile) -> None:
        """What is so behind a start."""
        self._by_spi = False
        self._spi_to_module, self._spi_to_host = Mosi(), Mosi()
        self._state = _State.ELSEWHERE if self._boot_pin_low else _State.COMMAND
        self._silent = profile.message_level < 2
        self._escape_us = profile.escape_time_ms * 1000
        self._session_wanted = profile.registration.is_service and profile.registration.data_mode
        self._session: int | None = None
        self._editor = LineEditor()
        self._line_open = False
        self._queue: deque[tuple[int, bytes]] = deque()
        self._text = bytearray()
        self._frame: tuple[int, bytes] | None = None
        self._frame_left = 0
        self._burst: tuple[int, int, bytearray] | None = None
        self._restarting: mo.Command | None = None
        self._restarting_since_us = 0
        self._forget_command()

    def _forget_command(self) -> None:
        self._command: mo.Command | None = None
        self._awaited: mo.Awaited = "answer"
        self._awaited_end_us = 0  # until when the host cannot have had what it waits for
        self._prompted = False
        self._payload = bytearray()
        self._payload_left = 0
        self._echo_us: int | None = None
        self._connect_us: int | None = None
        self._told_early = False
        self._line_fed = False

    # --- items ------------------------------------------------------------------------------------------------------

    def read(self, items: Iterable[tuple[int, Item]]) -> list[mo.Moment]:
        """All moments of a session."""
        for time_us, item in items:
            match item:
                case ev.UartReceived():
                    self._by_spi = False
                    self._host(time_us, item.data)
                case fx.UartSend() if not self._by_spi:
                    self._module(time_us, item.data)
                case ev.SpiTransferred():
                    if data := _said(item.data, self._spi_to_module):
                        self._by_spi = True
                        self._host(time_us, data)
                case fx.SpiSend():
                    data = _said(item.data, self._spi_to_host)
                    if data and self._by_spi:
                        self._module(time_us, data)
                case fx.ConfigureUart():
                    self._byte_us = BITS_OF_A_BYTE * 1_000_000 / max(1, item.baud)
                case ev.PinDriven(pin="boot"):
                    self._boot_pin_low = item.level is False
                case ev.PoweredOn():
                    self._power_on(time_us, item)
                case ev.PoweredOff():
                    self._end_burst()
                    self._begin(_FACTORY)
                    self._state = _State.ELSEWHERE
                case _:
                    pass
        self._end_burst()
        return self.moments

    @property
    def _on_line(self) -> bool:
        """Whether bytes take the time of the serial line."""
        return self._paced and not self._by_spi

    def _power_on(self, time_us: int, event: ev.PoweredOn) -> None:
        self._end_burst()
        image = decode_image(event.image)
        restarting, since_us = self._restarting, self._restarting_since_us
        self._begin(_FACTORY if image is None else image.profile)
        if event.cause is ev.ResetCause.RESET:
            self._restarting, self._restarting_since_us = restarting, since_us
        self._line_free_us = time_us
        self.moments.append(mo.Restarted(time_us))

    # --- the host's bytes -------------------------------------------------------------------------------------------

    def _host(self, time_us: int, data: bytes) -> None:
        if self._restarting is not None:
            if time_us - self._restarting_since_us < RESTART_PATIENCE_US:
                self._tell_early(time_us, data.lstrip(b"\n"), self._restarting, "banner")
            self._restarting = None
        if self._state is _State.ELSEWHERE:
            return
        if self._command is not None:
            self._look_whether_early(time_us, data)
        self._queue.append((time_us, data))
        self._take_queue()

    def _begins_us(self, time_us: int, data: bytes) -> float:
        """When the host began to send a piece, at the latest."""
        return time_us - len(data) * self._byte_us if self._on_line and not self._ahead_us else time_us

    def _look_whether_early(self, time_us: int, data: bytes) -> None:
        command = self._command
        assert command is not None
        waits = self._state is _State.ANSWER or self._begins_us(time_us, data) < self._awaited_end_us
        if self._state is _State.DATA:
            waits = self._connect_us is not None  # the answer of AT+SCON comes behind [CONNECT x]
        if not waits or self._told_early or time_us - command.time_us >= lines.patience_us(command.line):
            return
        if self._awaited == "prompt":
            if data.startswith(b"\n") and not self._queue and time_us <= command.time_us + 3 * self._byte_us:
                self._line_fed = True
                self.moments.append(mo.LineFeed(time_us, command))
                data = data[1:]
        else:
            data = data.strip(b"\r\n" + _ESCAPE_CHARACTER)
        if data:
            self._told_early = True
            self._tell_early(time_us, data, command, self._awaited)

    def _tell_early(self, time_us: int, data: bytes, command: mo.Command, awaited: mo.Awaited) -> None:
        if data:
            echoed = self._echo_us is not None and REACTION_US <= time_us - self._echo_us < ECHO_WINDOW_US
            connected = self._connect_us is not None and self._connect_us <= time_us
            self.moments.append(mo.Early(time_us, data, command, awaited, echoed, connected))

    def _take_queue(self) -> None:
        """Do with the host's bytes what the module does with them."""
        while self._queue and self._state is not _State.ANSWER:
            time_us, data = self._queue.popleft()
            rest = self._take(time_us, data)
            if rest:
                self._queue.appendleft((time_us, rest))

    def _take(self, time_us: int, data: bytes) -> bytes:
        """Take some bytes in the present state; those that are left are returned."""
        if self._state is _State.PAYLOAD:
            piece, rest = data[: self._payload_left], data[self._payload_left :]
            self._payload += piece
            self._payload_left -= len(piece)
            if not self._payload_left:
                self._end_payload(time_us)
                if rest:
                    self._look_whether_early(time_us, rest)
            return rest
        if self._state is _State.DATA:
            self._add_to_burst(time_us, data)
            return b""
        if not self._line_open and (begun := data.lstrip(b"\r\n")):
            self.moments.append(mo.Input(time_us, begun))
        step = self._editor.receive(data)
        self._line_open = step.line is None and bool(data.rstrip(b"\r\n")) and not data.endswith(b"\r")
        if step.line is not None:
            self._begin_command(time_us, step.line)
            if self._command is not None and data[step.consumed :]:
                self._look_whether_early(time_us, data[step.consumed :])
        return data[step.consumed :]

    def _begin_command(self, time_us: int, line: bytes) -> None:
        self._forget_command()
        command = mo.Command(time_us, line)
        self.moments.append(command)
        level = lines.message_level(line)
        if level is not None:
            self._silent = level < 2
        if self._silent:
            return  # nothing tells when it is over
        self._command = command
        self._state = _State.ANSWER
        self._awaited = "answer" if lines.announced_bytes(line) is None else "prompt"

    def _end_payload(self, time_us: int) -> None:
        assert self._command is not None
        self.moments.append(mo.Payload(time_us, self._command, bytes(self._payload)))
        self._state = _State.ANSWER
        self._awaited = "answer"
        self._told_early = self._line_fed  # then the last byte of the data is left over, which is no other mistake

    def _add_to_burst(self, time_us: int, data: bytes) -> None:
        if self._burst is not None and time_us - self._burst[1] > max(BURST_GAP_US, 3 * self._byte_us):
            self._end_burst()
        first_us, collected = (self._burst[0], self._burst[2]) if self._burst else (time_us, bytearray())
        collected += data
        self._burst = first_us, time_us, collected

    def _end_burst(self) -> None:
        if self._burst is not None:
            first_us, last_us, data = self._burst
            self.moments.append(mo.Burst(first_us, last_us, bytes(data), self._escape_us))
            self._burst = None

    # --- the module's bytes -----------------------------------------------------------------------------------------

    def _module(self, time_us: int, data: bytes) -> None:
        self._sent_us = time_us
        self._piece_us = max(self._line_free_us, time_us)
        if self._on_line:
            self._line_free_us = self._piece_us + len(data) * self._byte_us
        if self._state is _State.DATA and not self._data_mode_text(data):
            return
        self._piece_at = len(self._text)
        self._text += data
        while self._read_text():
            pass
        if len(self._text) > TEXT_BYTES_MAX:
            self._text.clear()

    def _visible_us(self, end: int) -> int:
        """When the host has the text up to here, at the earliest."""
        if not self._on_line:
            return self._sent_us
        # A byte leaves as a whole, so the last one may be ahead by its own length too.
        wire_us = self._piece_us + max(0, end - self._piece_at - 1) * self._byte_us
        return max(self._sent_us, round(wire_us) - self._ahead_us)

    def _read_text(self) -> bool:
        """Read one line or frame from the beginning of the text; False when there is none."""
        text = self._text
        if text.startswith(b"{"):
            found = _HEADER.match(text)
            if found:
                end = found.end() + int(found[2])
                if len(text) < end:
                    return False
                self.moments.append(mo.Received(self._visible_us(end), int(found[1], 16), found[0]))
                self._drop_text(end)
                return True
            if b"\n" not in text and len(text) < _HEADER_BYTES_MAX:
                return False
        end = text.find(b"\n") + 1
        if not end:
            return False
        line = bytes(text[:end]).strip(b"\r\n")
        begins_us, ends_us = self._visible_us(0), self._visible_us(end)
        self._drop_text(end)
        if line:
            self._read_line(line, begins_us, ends_us)
        return True

    def _drop_text(self, end: int) -> None:
        del self._text[:end]
        self._piece_at -= end

    def _read_line(self, line: bytes, begins_us: int, ends_us: int) -> None:
        command = self._command
        if found := _SOCKET.match(line):
            self._socket_event(ends_us, found[1] == b"CONNECT", int(found[2], 16))
        elif found := _LINK.match(line):
            self._session = None if found[1] == b"Down" else self._session
            self.moments.append(mo.LinkChanged(ends_us, found[1] == b"Up"))
        elif line.startswith(_BANNER):
            self._begin_again(ends_us)
        elif command is None or (self._state is _State.COMMAND):
            return
        elif _RESULT.match(line):
            self._answer(line, begins_us, ends_us)
        elif self._state is _State.ANSWER and self._awaited == "prompt" and _PROMPT.match(line):
            self.moments.append(mo.Prompted(ends_us, command))
            self._prompted = True
            self._awaited_end_us = ends_us
            self._payload_left = lines.announced_bytes(command.line) or 0
            self._state = _State.PAYLOAD
            if self._payload_left:
                self._take_queue()
            else:
                self._end_payload(ends_us)
        elif line == command.line:
            self._echo_us = ends_us

    def _begin_again(self, time_us: int) -> None:
        """The banner, which also a log has."""
        if self._command is not None:
            self.moments.append(mo.Restarted(time_us))
        self._restarting = None
        self._forget_command()
        self._state = _State.COMMAND
        self._take_queue()

    def _answer(self, line: bytes, begins_us: int, ends_us: int) -> None:
        command, was_data = self._command, self._state is _State.DATA
        assert command is not None
        if self._state is _State.PAYLOAD:
            self.moments.append(mo.Payload(ends_us, command, bytes(self._payload)))
        answer = mo.Answer(ends_us, command, line, self._prompted)
        self.moments.append(answer)
        # Bytes that overtake the answer on the line were sent without it.
        self._awaited_end_us = ends_us if self._awaited == "prompt" else begins_us
        self._state = _State.DATA if was_data else _State.COMMAND
        if was_data:
            self._command = None
        if answer.ok:
            self._act(command.line, ends_us)
        self._take_queue()

    def _act(self, line: bytes, time_us: int) -> None:
        """What a command that succeeded changes."""
        opening = lines.opening_of(line)
        if opening is not None:
            self._session_wanted = opening.data_mode
        elif line[:8].upper() == b"AT+SDATA":
            self._enter_data_mode()
        elif lines.restarts(line):
            self._restarting, self._restarting_since_us = self._command, time_us
        elif lines.updates(line):
            self._state = _State.ELSEWHERE
        self._escape_us = lines.escape_time_us(line) or self._escape_us

    def _socket_event(self, time_us: int, connects: bool, scid: int) -> None:
        if not connects:
            ends_session = self._state is _State.DATA and self._session in (None, scid)
            self.moments.append(mo.Disconnected(time_us, scid, ends_session))
            if ends_session:
                self._leave_data_mode()
            return
        self.moments.append(mo.Connected(time_us, scid))
        opening = lines.opening_of(self._command.line) if self._command and self._state is _State.ANSWER else None
        if opening is not None:
            self._connect_us = time_us
        if opening.data_mode if opening is not None else self._session_wanted:
            self._session = scid
            if self._state is not _State.PAYLOAD:
                self._enter_data_mode()

    # --- data mode --------------------------------------------------------------------------------------------------

    def _data_mode_text(self, data: bytes) -> bool:
        """Whether this piece is the module's own, and not a peer's data. Its own texts are pieces of their own."""
        text = data.strip(b"\r\n")
        if _RESULT.match(text):
            if self._command is not None:
                self._answer(text, self._sent_us, self._sent_us)
            else:
                self._leave_data_mode()  # +++, or nobody is there any more
            return False
        is_event = bool(_SOCKET.match(text) or _LINK.match(text) or text.startswith(_BANNER))
        if is_event:
            self._end_burst()
            if _LINK.match(text):
                self._leave_data_mode()
        return is_event

    def _enter_data_mode(self) -> None:
        if self._state is _State.COMMAND:
            self._command = None  # it has its answer
        self._state = _State.DATA

    def _leave_data_mode(self) -> None:
        self._end_burst()
        self._state = _State.COMMAND
        self._session = None
        self._text.clear()


def _said(wire: bytes, reader: Mosi) -> bytes:
    """The data of one direction of SPI; codes and escapes are the same in both."""
    data, start = b"", 0
    while start < len(wire):
        piece = reader.read(wire, start, len(wire))
        data, start = data + piece.data, piece.end
    return data
