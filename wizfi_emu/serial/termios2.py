"""The settings of a terminal, also a rate that has no name in termios."""

import fcntl
import struct
from typing import NamedTuple

TCGETS2 = 0x802C542A
"""asm-generic/ioctls.h, for all processors but MIPS, POWER and SPARC. Python's termios knows named rates only."""
TCSETS2, TCSETSW2 = 0x402C542B, 0x402C542C
CBAUD, BOTHER, IBSHIFT = 0o10017, 0o10000, 16
CSIZE, CS7, CS8, CSTOPB, PARENB, PARODD, CRTSCTS = 0o60, 0o40, 0o60, 0o100, 0o400, 0o1000, 0o20000000000

_TERMIOS2 = struct.Struct("4I20B2I")  # four sets of flags, line discipline and 19 characters, rates in and out


class LineSettings(NamedTuple):
    """How a terminal's line is set up: bit/s, parity ``N``/``E``/``O``, 7 or 8 data bits, and whether RTS/CTS count."""

    baud: int
    parity: str
    data_bits: int
    two_stop_bits: bool
    flow: bool


def read_baud(terminal: int) -> int | None:
    """Bit/s that the terminal sends at; None where the system does not tell."""
    try:
        return read_settings(terminal).baud
    except OSError:
        return None


def write_baud(terminal: int, baud: int) -> None:
    """Let the terminal send and receive at a rate. Raises OSError where the system cannot."""
    write_settings(terminal, read_settings(terminal)._replace(baud=baud))


def read_settings(terminal: int) -> LineSettings:
    """What the line is set to. Raises OSError where the system does not tell."""
    flags = _TERMIOS2.unpack(fcntl.ioctl(terminal, TCGETS2, bytes(_TERMIOS2.size)))
    control, rate = flags[2], flags[-1]
    parity = "N" if not control & PARENB else "O" if control & PARODD else "E"
    bits = {CS7: 7, CS8: 8}.get(control & CSIZE, 8)
    return LineSettings(rate, parity, bits, bool(control & CSTOPB), bool(control & CRTSCTS))


def write_settings(terminal: int, settings: LineSettings, *, drain: bool = False) -> None:
    """Set up the line. ``drain``: only after what was written has left it, which blocks.

    A terminal that cannot do something leaves it as it was, without a word; ``read_settings`` tells. Raises OSError
    where the system cannot at all.
    """
    flags_in, flags_out, control, *rest = _TERMIOS2.unpack(fcntl.ioctl(terminal, TCGETS2, bytes(_TERMIOS2.size)))
    control &= ~(CBAUD | CBAUD << IBSHIFT | CSIZE | CSTOPB | PARENB | PARODD | CRTSCTS)
    control |= BOTHER | (CS7 if settings.data_bits == 7 else CS8)
    control |= CSTOPB if settings.two_stop_bits else 0
    control |= {"N": 0, "E": PARENB, "O": PARENB | PARODD}[settings.parity]
    control |= CRTSCTS if settings.flow else 0
    packed = _TERMIOS2.pack(flags_in, flags_out, control, *rest[:-2], settings.baud, settings.baud)
    fcntl.ioctl(terminal, TCSETSW2 if drain else TCSETS2, packed)
