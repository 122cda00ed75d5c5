"""The rate of a terminal, also one that has no name in termios."""

import fcntl
import struct

TCGETS2 = 0x802C542A
"""asm-generic/ioctls.h, for all processors but MIPS, POWER and SPARC. Python's termios knows named rates only."""
TCSETS2 = 0x402C542B
CBAUD, BOTHER, IBSHIFT = 0o10017, 0o10000, 16

_TERMIOS2 = struct.Struct("4I20B2I")  # four sets of flags, line discipline and 19 characters, rates in and out


def read_baud(terminal: int) -> int | None:
    """Bit/s that the terminal sends at; None where the system does not tell."""
    try:
        settings = fcntl.ioctl(terminal, TCGETS2, bytes(_TERMIOS2.size))
    except OSError:
        return None
    rate: int = _TERMIOS2.unpack(settings)[-1]
    return rate


def write_baud(terminal: int, baud: int) -> None:
    """Let the terminal send and receive at a rate. Raises OSError where the system cannot."""
    flags_in, flags_out, control, *rest = _TERMIOS2.unpack(fcntl.ioctl(terminal, TCGETS2, bytes(_TERMIOS2.size)))
    control = control & ~(CBAUD | CBAUD << IBSHIFT) | BOTHER
    fcntl.ioctl(terminal, TCSETS2, _TERMIOS2.pack(flags_in, flags_out, control, *rest[:-2], baud, baud))
