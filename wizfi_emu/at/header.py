"""The header around received data in command mode (guide, AT+SFORM)."""

from wizfi_emu.profile.fields import ReceiveForm


def _character(flag: str, code: int) -> bytes:
    """The code 0 prints nothing."""
    return bytes((code,)) if flag == "1" and code else b""


def frame_received(form: ReceiveForm, scid: int, address: str, port: int, data: bytes, *, repeat_header: bool) -> bytes:
    """Header, data and trailer as one block.

    The delimiter's flag alone decides about all three delimiters. ``repeat_header`` is the behaviour of firmware
    1.0.5.2 when the flag of the first end character is 0: the header is printed a second time instead.
    """
    flags = form.flags
    delimiter = _character(flags[2], form.delimiter)
    header = b"".join(
        (
            _character(flags[0], form.start),
            b"%x" % scid if flags[1] == "1" else b"",
            delimiter,
            address.encode() if flags[3] == "1" else b"",
            delimiter,
            b"%d" % port if flags[4] == "1" else b"",
            delimiter,
            b"%d" % len(data) if flags[5] == "1" else b"",
            _character(flags[6], form.end),
        )
    )
    repeated = repeat_header and flags[7] == "0"
    closing = header if repeated else _character(flags[7], form.close1)
    return header + data + closing + _character(flags[8], form.close2)
