"""The edge to the host: the serial port behind a pseudo-terminal, TCP or RFC 2217, at the speed of a line."""

from wizfi_emu.serial.factory import open_serial, parse_serial_spec
from wizfi_emu.serial.port import SerialPort

__all__ = ["SerialPort", "open_serial", "parse_serial_spec"]
