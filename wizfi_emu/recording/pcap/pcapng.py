"""The blocks of a pcapng file (PCAP Next Generation, IETF draft-ietf-opsawg-pcapng) that an export needs.

Little endian, times in microseconds.
"""

import struct

LINKTYPE_RAW = 101
"""Packets that begin with their IP header."""
LINKTYPE_RTAC_SERIAL = 250
"""Bytes of a serial line behind a header of 12 bytes (see `serial_packet`)."""
LINKTYPE_WIRESHARK_UPPER_PDU = 252
"""Bytes behind tags that say which of Wireshark's dissectors reads them (see `dissected_packet`)."""

_BYTE_ORDER = 0x1A2B3C4D
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_END, _COMMENT, _NAME, _DESCRIPTION, _FLAGS, _APPLICATION = 0, 1, 2, 3, 2, 4
_INBOUND, _OUTBOUND = 1, 2
_SERIAL_HEADER = struct.Struct(">IIBBH")  # seconds, microseconds, event, control lines, reserved
_SENT, _RECEIVED = 1, 2  # a transmission, or a reception, begins
_TAG_END, _TAG_DISSECTOR, _TAG_PROTOCOL, _TAG_DIRECTION = 0, 12, 33, 35  # Wireshark, epan/exported_pdu.h


def section_header(application: str, comment: str) -> bytes:
    body = struct.pack("<IHHq", _BYTE_ORDER, 1, 0, -1)
    return _block(_SECTION, body + _options((_COMMENT, comment.encode()), (_APPLICATION, application.encode())))


def interface_description(link_type: int, name: str, description: str) -> bytes:
    """An interface; they count from 0 in the order of the file."""
    body = struct.pack("<HHI", link_type, 0, 0)
    return _block(_INTERFACE, body + _options((_NAME, name.encode()), (_DESCRIPTION, description.encode())))


def enhanced_packet(interface: int, time_us: int, data: bytes, *, outbound: bool) -> bytes:
    body = struct.pack("<IIIII", interface, time_us >> 32, time_us & 0xFFFFFFFF, len(data), len(data)) + _padded(data)
    return _block(_PACKET, body + _options((_FLAGS, struct.pack("<I", _OUTBOUND if outbound else _INBOUND))))


def serial_packet(time_us: int, data: bytes, *, sent: bool) -> bytes:
    """Bytes of a serial line as LINKTYPE_RTAC_SERIAL has them; ``sent``: by the end that captures."""
    seconds, micros = divmod(time_us, 1_000_000)
    return _SERIAL_HEADER.pack(seconds, micros, _SENT if sent else _RECEIVED, 0, 0) + data


def dissected_packet(dissector: str, data: bytes, *, sent: bool, protocol: str = "") -> bytes:
    """Bytes for a dissector of Wireshark as LINKTYPE_WIRESHARK_UPPER_PDU has them; ``sent``: by who captures.

    ``protocol``: what that column shows, for a dissector that says nothing itself.
    """
    direction = struct.pack(">I", 0 if sent else 1)
    tags = (_TAG_DISSECTOR, dissector.encode()), (_TAG_PROTOCOL, protocol.encode()), (_TAG_DIRECTION, direction)
    fields = [struct.pack(">HH", tag, len(_padded(value))) + _padded(value) for tag, value in tags if value]
    return b"".join(fields) + struct.pack(">HH", _TAG_END, 0) + data


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _options(*options: tuple[int, bytes]) -> bytes:
    fields = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options if value]
    return b"".join(fields) + struct.pack("<HH", _END, 0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
