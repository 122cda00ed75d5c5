"""IPv4 packets as a network would have carried them: TCP, UDP."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from wizfi_emu.net.addresses import Endpoint

SEGMENT_BYTES = 1460
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

_TTL = 64
_DO_NOT_FRAGMENT = 0x4000
_WINDOW = 0xFFFF
_TCP, _UDP = 6, 17
_SEQUENCE = 0xFFFFFFFF
_IP_HEADER = struct.Struct(">BBHHHBBH4s4s")
_TCP_HEADER = struct.Struct(">HHIIBBHHH")
_UDP_HEADER = struct.Struct(">HHHH")


@dataclass(slots=True)
class Side:
    """One end of a TCP connection and the number of its next byte."""

    endpoint: Endpoint
    next_byte: int = 0
    ended: bool = False


@dataclass(slots=True)
class TcpConnection:
    """A connection between the module and a peer. Every method gives packets, each with whether the module sends it."""

    module: Side
    peer: Side
    closed: bool = False

    def connect(self, *, by_module: bool) -> list[tuple[bool, bytes]]:
        return [(by_module, self._segment(by_module, SYN))]

    def accept(self, *, by_module: bool) -> list[tuple[bool, bytes]]:
        """SYN and ACK of the end that was asked, and the ACK of the other one."""
        return [(by_module, self._segment(by_module, SYN | ACK)), (not by_module, self._segment(not by_module, ACK))]

    def send(self, data: bytes, *, by_module: bool) -> list[tuple[bool, bytes]]:
        pieces = [data[start : start + SEGMENT_BYTES] for start in range(0, len(data), SEGMENT_BYTES)]
        return [(by_module, self._segment(by_module, PSH | ACK, piece)) for piece in pieces]

    def acknowledge(self, *, by_module: bool) -> list[tuple[bool, bytes]]:
        """The ACK of everything that the other end has sent."""
        return [(by_module, self._segment(by_module, ACK))]

    def end(self, *, by_module: bool) -> list[tuple[bool, bytes]]:
        """The FIN of one end and its ACK."""
        side = self._side(by_module)
        if side.ended or self.closed:
            return []
        side.ended = True
        return [(by_module, self._segment(by_module, FIN | ACK)), *self.acknowledge(by_module=not by_module)]

    def reset(self, *, by_module: bool) -> list[tuple[bool, bytes]]:
        if self.closed:
            return []
        self.closed = True
        return [(by_module, self._segment(by_module, RST | ACK))]

    def _side(self, is_module: bool) -> Side:
        return self.module if is_module else self.peer

    def _segment(self, by_module: bool, flags: int, data: bytes = b"") -> bytes:
        sender, receiver = self._side(by_module), self._side(not by_module)
        acknowledged = receiver.next_byte if flags & ACK else 0
        packet = tcp(sender.endpoint, receiver.endpoint, sender.next_byte, acknowledged, flags, data)
        sender.next_byte = (sender.next_byte + len(data) + bool(flags & (SYN | FIN))) & _SEQUENCE
        return packet


def tcp(source: Endpoint, target: Endpoint, sequence: int, acknowledged: int, flags: int, data: bytes) -> bytes:
    offset = _TCP_HEADER.size // 4 << 4
    fields = (source.port, target.port, sequence, acknowledged, offset, flags, _WINDOW)
    blank = _TCP_HEADER.pack(*fields, 0, 0) + data
    checksum = _checksum(_pseudo_header(source, target, _TCP, len(blank)) + blank)
    return _ipv4(source, target, _TCP, _TCP_HEADER.pack(*fields, checksum, 0) + data)


def udp(source: Endpoint, target: Endpoint, data: bytes) -> bytes:
    size = _UDP_HEADER.size + len(data)
    blank = _UDP_HEADER.pack(source.port, target.port, size, 0) + data
    checksum = _checksum(_pseudo_header(source, target, _UDP, size) + blank) or 0xFFFF
    return _ipv4(source, target, _UDP, _UDP_HEADER.pack(source.port, target.port, size, checksum) + data)


def _ipv4(source: Endpoint, target: Endpoint, protocol: int, payload: bytes) -> bytes:
    ends = IPv4Address(source.address).packed, IPv4Address(target.address).packed
    fields = (0x45, 0, _IP_HEADER.size + len(payload), 0, _DO_NOT_FRAGMENT, _TTL, protocol)
    checksum = _checksum(_IP_HEADER.pack(*fields, 0, *ends))
    return _IP_HEADER.pack(*fields, checksum, *ends) + payload


def _pseudo_header(source: Endpoint, target: Endpoint, protocol: int, size: int) -> bytes:
    return IPv4Address(source.address).packed + IPv4Address(target.address).packed + struct.pack(">HH", protocol, size)


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
