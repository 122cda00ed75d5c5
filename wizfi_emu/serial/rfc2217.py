"""The server's side of RFC 2217, serial settings over telnet. Bytes in, bytes out; no sockets.

Telnet (RFC 854) marks commands with the byte 255, IAC; as data it is doubled. Three options matter: BINARY (bytes pass
unchanged), SGA (no line turns) and COM-PORT (the serial settings). Data is taken as binary from the first byte: no
client of COM-PORT does without it.

The virtual line has no settings that could fail, so every setting is accepted and the answer repeats it. The module's
own baud rate is not affected: both ends of a real line are set up separately as well. A break is what a UART receives
of one: a byte of zeros.
"""

import re
from enum import IntEnum

MAX_SUBNEGOTIATION_BYTES = 1024
"""A longer one is not from an RFC 2217 client; its opening is ignored and what follows counts as data."""

SIGNATURE = b"wizfi-emu"

SE, SB, WILL, WONT, DO, DONT, IAC = 240, 250, 251, 252, 253, 254, 255
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44
OPTIONS = frozenset({BINARY, SUPPRESS_GO_AHEAD, COM_PORT})

ESCAPED_RUN = re.compile(rb"(?:\xff\xff)+")
SUBNEGOTIATION = re.compile(rb"\xff\xfa((?:[^\xff]++|\xff\xff)*+)\xff([^\xff])", re.DOTALL)


class ComPort(IntEnum):
    """COM-PORT commands of the client; the server's have the same number and 100 more."""

    SIGNATURE = 0
    SET_BAUDRATE = 1
    SET_DATASIZE = 2
    SET_PARITY = 3
    SET_STOPSIZE = 4
    SET_CONTROL = 5
    NOTIFY_LINESTATE = 6
    NOTIFY_MODEMSTATE = 7
    FLOWCONTROL_SUSPEND = 8
    FLOWCONTROL_RESUME = 9
    SET_LINESTATE_MASK = 10
    SET_MODEMSTATE_MASK = 11
    PURGE_DATA = 12


SERVER = 100
MODEM_STATE = 0xB0  # carrier, data set ready and clear to send are on: a module is there
CLEAR_TO_SEND, CLEAR_TO_SEND_CHANGED = 0x10, 0x01
LINE_STATE = b"\x60"  # both transmit registers are empty
PURGE_RECEIVED = frozenset({1, 3})  # of the line to the client: what the module has sent

# SET-CONTROL asks for the state of a group with one value and sets it with the others. Groups: flow control outbound,
# break, DTR, RTS, flow control inbound. The first answer is: no flow control, no break, DTR and RTS on.
CONTROL_GROUPS = {0: (1, 2, 3, 17, 19), 4: (5, 6), 7: (8, 9), 10: (11, 12), 13: (14, 15, 16, 18)}
CONTROL_GROUP_OF = {value: group for group, values in CONTROL_GROUPS.items() for value in values}
CONTROL_DEFAULTS = {0: 1, 4: 6, 7: 8, 10: 11, 13: 14}
RTS_GROUP, RTS_ON = 10, 11
DTR_ON, BREAK_ON = 8, 5

SETTING_DEFAULTS = {
    ComPort.SET_BAUDRATE: (115200).to_bytes(4, "big"),
    ComPort.SET_DATASIZE: b"\x08",
    ComPort.SET_PARITY: b"\x01",  # none
    ComPort.SET_STOPSIZE: b"\x01",
}


def escape(data: bytes) -> bytes:
    """Data as it travels over telnet."""
    return data.replace(b"\xff", b"\xff\xff")


class Rfc2217Session:
    """One client's connection: takes what it sends, gives the data in it and what to answer.

    ``suspended``: the client wants no data now. ``stopped``: it was told to send none. ``purged``: it has asked to
    forget what is under way to it; whoever acts on that resets it. ``setups`` counts the commands it has sent,
    ``raised`` how often it has switched DTR on after it was off.
    """

    def __init__(self, *, stopped: bool = False) -> None:
        self.suspended = False
        self.stopped = stopped
        self.purged = False
        self.setups = 0
        self.raised = 0
        self._breaks = 0
        self._tail = b""
        # Option negotiation as in RFC 1143, without its queue: what is on, and what was asked for and not yet answered.
        self._active: set[tuple[int, int]] = set()
        self._asked = {(verb, option) for option in (BINARY, SUPPRESS_GO_AHEAD) for verb in (WILL, DO)}
        self._settings = dict(SETTING_DEFAULTS)
        self._controls = dict(CONTROL_DEFAULTS)
        self._answers = bytearray()
        for verb, option in sorted(self._asked):
            self._answers += bytes((IAC, verb, option))

    @property
    def baud(self) -> int:
        """The rate that the client has set."""
        return int.from_bytes(self._settings[ComPort.SET_BAUDRATE], "big")

    @property
    def ready(self) -> bool:
        """Whether the client's RTS is on."""
        return self._controls[RTS_GROUP] == RTS_ON

    def stop(self, stopped: bool) -> None:
        """Tell the client to send nothing more, or to go on: by CTS, and by flow control of the protocol's own."""
        if stopped == self.stopped:
            return
        self.stopped = stopped
        if (DO, COM_PORT) in self._active:
            self._answer(ComPort.NOTIFY_MODEMSTATE, bytes((self._modem_state | CLEAR_TO_SEND_CHANGED,)))
            self._answer(ComPort.FLOWCONTROL_SUSPEND if stopped else ComPort.FLOWCONTROL_RESUME, b"")

    @property
    def _modem_state(self) -> int:
        return MODEM_STATE & ~CLEAR_TO_SEND if self.stopped else MODEM_STATE

    def data_to_send(self) -> bytes:
        """Take the answers that are due, as they go over the connection."""
        answers = bytes(self._answers)
        self._answers.clear()
        return answers

    def receive_data(self, data: bytes) -> bytes:
        """Take bytes of the connection; the data in them. An unfinished command waits for the next call."""
        if self._tail:
            data = self._tail + data
            self._tail = b""
        clean = bytearray()
        start = 0
        while (found := data.find(IAC, start)) >= 0:
            clean += data[start:found]
            if run := ESCAPED_RUN.match(data, found):
                start = run.end()
                clean += b"\xff" * ((start - found) // 2)
                continue
            end = self._receive_command(data, found)
            if end is None:
                self._tail = data[found:]
                return bytes(clean)
            start = end
            clean += bytes(self._breaks)
            self._breaks = 0
        return bytes(clean + data[start:]) if start else data

    def _receive_command(self, data: bytes, start: int) -> int | None:
        """Act on the command at ``start``; where it ends, or None when the rest of it is still to come."""
        length = len(data) - start
        if length < 2:
            return None
        verb = data[start + 1]
        if verb == SB:
            match = SUBNEGOTIATION.match(data, start)
            if match is None:
                return None if length <= MAX_SUBNEGOTIATION_BYTES else start + 2
            if match[2][0] != SE:
                return match.start(2) - 1  # a command inside: the subnegotiation was broken off
            self._subnegotiate(match[1].replace(b"\xff\xff", b"\xff"))
            return match.end()
        if verb not in (WILL, WONT, DO, DONT):
            return start + 2
        if length < 3:
            return None
        self._negotiate(verb, data[start + 2])
        return start + 3

    def _negotiate(self, verb: int, option: int) -> None:
        # The client's WILL is about what we call DO, its DO about our WILL.
        self.setups += 1
        yes, no = (DO, DONT) if verb in (WILL, WONT) else (WILL, WONT)
        key = (yes, option)
        answers_us = key in self._asked
        self._asked.discard(key)
        if verb in (WILL, DO) and option in OPTIONS:
            if key not in self._active:
                self._active.add(key)
                if not answers_us:
                    self._answers += bytes((IAC, yes, option))
                if key == (DO, COM_PORT):
                    self._answer(ComPort.NOTIFY_MODEMSTATE, bytes((self._modem_state,)))
        elif verb in (WILL, DO):
            self._answers += bytes((IAC, no, option))
        elif key in self._active:
            self._active.discard(key)
            self._answers += bytes((IAC, no, option))

    def _subnegotiate(self, body: bytes) -> None:
        self.setups += 1
        if len(body) < 2 or body[0] != COM_PORT or body[1] > max(ComPort):
            return
        command, value = ComPort(body[1]), body[2:]
        match command:
            case ComPort.SIGNATURE:
                if not value:  # otherwise the client tells its own
                    self._answer(command, SIGNATURE)
            case ComPort.SET_BAUDRATE | ComPort.SET_DATASIZE | ComPort.SET_PARITY | ComPort.SET_STOPSIZE:
                if any(value) and len(value) == len(self._settings[command]):  # 0 only asks
                    self._settings[command] = value
                self._answer(command, self._settings[command])
            case ComPort.SET_CONTROL:
                self._control(value)
            case ComPort.NOTIFY_LINESTATE:
                self._answer(command, LINE_STATE)
            case ComPort.NOTIFY_MODEMSTATE:
                self._answer(command, bytes((self._modem_state,)))
            case ComPort.FLOWCONTROL_SUSPEND:
                self.suspended = True
            case ComPort.FLOWCONTROL_RESUME:
                self.suspended = False
            case ComPort.PURGE_DATA:
                self.purged = self.purged or (len(value) == 1 and value[0] in PURGE_RECEIVED)
                self._answer(command, value)
            case ComPort.SET_LINESTATE_MASK | ComPort.SET_MODEMSTATE_MASK:
                self._answer(command, value)

    def _control(self, value: bytes) -> None:
        if len(value) != 1:
            return
        code = value[0]
        group = CONTROL_GROUP_OF.get(code)
        if group is not None:
            changes = self._controls[group] != code
            self._controls[group] = code
            self.raised += changes and code == DTR_ON
            self._breaks += changes and code == BREAK_ON
        self._answer(ComPort.SET_CONTROL, bytes((self._controls.get(code, code),)))

    def _answer(self, command: ComPort, value: bytes) -> None:
        self._answers += bytes((IAC, SB, COM_PORT, SERVER + command)) + escape(value) + bytes((IAC, SE))
