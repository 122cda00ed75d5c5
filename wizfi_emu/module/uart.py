"""The serial setting as AT+USET and the web page give it."""

from collections.abc import Sequence

from wizfi_emu.at.parameters import parse_integer, parse_keyword
from wizfi_emu.profile.fields import UartSetting

DATA_BITS = (7, 8)
STOP_BITS = (b"0.5", b"1", b"1.5", b"2")


def parse_uart(texts: Sequence[bytes | None], custom_code: str) -> UartSetting | None:
    """The setting of baud rate, parity, data bits, stop bits and flow control; None for what AT+USET refuses."""
    baud_text, parity_text, bits_text, stop, flow_text = texts
    baud, bits = parse_integer(baud_text), parse_integer(bits_text)
    parity = parse_keyword(parity_text, "N", "E", "O")
    flow = parse_keyword(flow_text, "N", "HW")
    if baud is None or parity is None or bits not in DATA_BITS or stop not in STOP_BITS or flow is None:
        return None
    if bits == 7 and parity == "N":
        return None
    if custom_code == "POSBANK":
        flow = "HW"
    return UartSetting(baud, parity, bits, (stop or b"").decode(), flow)
