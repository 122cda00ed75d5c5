"""What a command line means to who looks on: which data it announces, what it restarts, how long it may take."""

import re

from wizfi_emu.at.parameters import Parameters, parse_integer

SECOND_US = 1_000_000

_ANNOUNCING = re.compile(rb"AT\+(?:SSEND=(?:[^,]*,){3}|MQTTPUB=[^,]+,|MCERT=W,[CKR],)\s*(\d+)", re.IGNORECASE)
_RESTARTING = re.compile(rb"AT\+(?:MRESET|MFDEF=|MSPI=(?!\?)|USET=(?!\?)|MMAC=(?!\?))", re.IGNORECASE)
_UPDATING = re.compile(rb"AT\+FOTA", re.IGNORECASE)
_LEVEL = re.compile(rb"AT\+MMSG=\s*([0-3])\s*$", re.IGNORECASE)
_ESCAPE_TIME = re.compile(rb"AT\+SOPT1=10,\s*(\d{1,5})\s*$", re.IGNORECASE)

_PATIENCE_US = (
    (rb"AT\+WJOIN", 30 * SECOND_US),
    (rb"AT\+WWPS", 130 * SECOND_US),
    (rb"AT\+WP2P", 30 * SECOND_US),
    (rb"AT\+(?:SSEND|FDNS|FPING|MQTT|GMMP|MCERT)", 10 * SECOND_US),
    (rb"AT\+(?:WSCAN|WLEAVE|SMGMT)", 5 * SECOND_US),
)
_USUAL_PATIENCE_US = SECOND_US
"""Public drivers wait so long, and the module answers within a tenth of it."""


def word_of(line: bytes) -> str:
    """What a command is called: ``AT+SSEND``."""
    found = re.match(rb"AT(?:\+\w+)?", line, re.IGNORECASE)
    return found[0].decode().upper() if found else "a command"


def announced_bytes(line: bytes) -> int | None:
    """How many bytes of data follow the command when the module has asked for them; None for a command without."""
    found = _ANNOUNCING.match(line)
    return int(found[1][:9]) if found else None


def restarts(line: bytes) -> bool:
    """Whether the module starts anew behind its ``[OK]``."""
    return bool(_RESTARTING.match(line))


def updates(line: bytes) -> bool:
    """Whether what follows are no commands."""
    return bool(_UPDATING.match(line))


def is_uart_setup(line: bytes) -> bool:
    """Whether it is AT+USET with a setting."""
    return line[:8].upper() == b"AT+USET=" and restarts(line)


def message_level(line: bytes) -> int | None:
    """The level that AT+MMSG sets."""
    found = _LEVEL.match(line)
    return int(found[1]) if found else None


def escape_time_us(line: bytes) -> int | None:
    """The time that AT+SOPT1=10 sets."""
    found = _ESCAPE_TIME.match(line)
    return int(found[1]) * 1000 if found else None


def patience_us(line: bytes) -> int:
    """A host that has waited so long for the answer may give it up."""
    return next((limit for word, limit in _PATIENCE_US if re.match(word, line, re.IGNORECASE)), _USUAL_PATIENCE_US)


class Opening:
    """AT+SCON: which kind of socket, to whom."""

    __slots__ = ("data_mode", "kind", "remote")

    def __init__(self, line: bytes) -> None:
        parameters = Parameters(line[len(b"AT+SCON=") :])
        parameters.next()
        self.kind = (parameters.next() or b"").upper()
        self.remote = b":".join((parameters.next() or b"").strip() for _ in range(2))
        parameters.next()
        self.data_mode = (parameters.next() or b"").strip() == b"1"


def opening_of(line: bytes) -> Opening | None:
    """The socket that a command opens or registers; None for another command."""
    return Opening(line) if line[:8].upper() == b"AT+SCON=" and line[8:9] != b"?" else None


def scid_of(line: bytes) -> int | None:
    """The socket that AT+SSEND sends on; None for another command."""
    return parse_integer(Parameters(line[len(b"AT+SSEND=") :]).next()) if line[:9].upper() == b"AT+SSEND=" else None
