"""A recording as a pcapng file: the serial line and the packets of the sockets on one time line.

The packets are made up from what the machine ordered and was told, with right lengths, numbers and checksums: the
addresses are those that the host saw, and what the host's operating system really sent may be cut differently. Data of
secure sockets is in the clear. Air commands, the web server and MQTT have no packets: their peers' addresses are not
known to the machine.

The serial line is written as lines for Wireshark's dissector of AT commands, and in data mode as bytes; or piece by
piece, as a capture of a serial line has it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from heapq import merge
from typing import Literal

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.recording.bands import modes_and_links
from wizfi_emu.recording.format import Item, Recording
from wizfi_emu.recording.lines import in_lines
from wizfi_emu.recording.online import on_the_line
from wizfi_emu.recording.pcap.packets import Side, TcpConnection, udp
from wizfi_emu.recording.pcap.pcapng import (
    LINKTYPE_RAW,
    LINKTYPE_RTAC_SERIAL,
    LINKTYPE_WIRESHARK_UPPER_PDU,
    dissected_packet,
    enhanced_packet,
    interface_description,
    section_header,
    serial_packet,
)
from wizfi_emu.recording.words import lane_of, words_of
from wizfi_emu.stages.notes import Note

SERIAL, NETWORK, SPI = range(3)
NO_ADDRESS = "0.0.0.0"

Encapsulation = Literal["at", "rtac-serial"]
"""How the serial line is written: lines for the dissector ``at`` (link type 252), or pieces (link type 250)."""

_Packets = list[tuple[bool, bytes]]


def export_pcapng(recording: Recording, encapsulation: Encapsulation = "at") -> Iterator[bytes]:
    """The file, block by block. The serial line is captured at the host: what it sends is outbound."""
    header = recording.header
    secrets = "" if header.redacted else "; with keys and passwords"
    yield section_header(
        f"wizfi-emu {header.program}", f"firmware {header.firmware.name}, world {header.world}{secrets}"
    )
    link_type = LINKTYPE_WIRESHARK_UPPER_PDU if encapsulation == "at" else LINKTYPE_RTAC_SERIAL
    yield interface_description(link_type, "serial", "the module's serial line; Sent, or Tx, is the host")
    yield interface_description(LINKTYPE_RAW, "wlan", "the packets of the module's sockets")
    around = SPI
    if any(isinstance(item, ev.SpiTransferred) for _, item in recording.items()):
        yield interface_description(LINKTYPE_RTAC_SERIAL, "spi", "the module's SPI line; Tx is MOSI, Rx is MISO")
        around = SPI + 1
    if recording.notes:
        yield interface_description(LINKTYPE_WIRESHARK_UPPER_PDU, "around", "what faults, power and world do, in words")
    sockets = _Sockets(_local_ports(recording))
    serial_line = _SerialLine(recording)
    rows: Iterator[tuple[int, Item | Note]] = merge(
        recording.notes, _rows(recording, encapsulation), key=lambda row: row[0]
    )
    for time_us, item in rows:
        at_us = header.started_us + round(time_us / header.time_scale)
        if isinstance(item, Note):
            yield enhanced_packet(around, at_us, _remark(item), outbound=False)
        elif isinstance(item, ev.HostBytes | fx.HostEffect):
            sent = isinstance(item, ev.HostBytes)
            if not isinstance(item, ev.UartReceived | fx.UartSend):
                yield enhanced_packet(SPI, at_us, serial_packet(at_us, item.data, sent=sent), outbound=sent)
            elif encapsulation == "at":
                yield enhanced_packet(SERIAL, at_us, serial_line.packet(time_us, item.data, sent=sent), outbound=sent)
            else:
                yield enhanced_packet(SERIAL, at_us, serial_packet(at_us, item.data, sent=sent), outbound=sent)
        else:
            for by_module, packet in sockets.see(item):
                yield enhanced_packet(NETWORK, at_us, packet, outbound=by_module)


def _rows(recording: Recording, encapsulation: Encapsulation) -> Iterator[tuple[int, Item]]:
    if encapsulation != "at":
        yield from on_the_line(recording)
        return
    for line in in_lines(on_the_line(recording)):
        yield line.time_us, line.item


def _remark(note: Note) -> bytes:
    """A note as a packet whose protocol says what it is about."""
    text = words_of(note).encode()
    return dissected_packet("data-text-lines", text, sent=False, protocol=lane_of(note).upper())


class _SerialLine:
    """The lines of the serial line as packets: AT commands, and in data mode bytes."""

    def __init__(self, recording: Recording) -> None:
        self._modes, _ = modes_and_links(recording)
        self._times = [band.time_us for band in self._modes]

    def packet(self, time_us: int, data: bytes, *, sent: bool) -> bytes:
        number = bisect_right(self._times, time_us) - 1
        if number < 0 or self._modes[number].value != "data":
            return dissected_packet("at", data, sent=sent)
        return dissected_packet("data", data, sent=sent, protocol="DATA")


def _local_ports(recording: Recording) -> dict[tuple[int, int], int]:
    """The real local port of each socket, which an effect that opens one need not know; by life and socket."""
    ports = {}
    life = 0
    for _, item in recording.items():
        if isinstance(item, ev.PoweredOn):
            life += 1
        elif isinstance(item, ev.SocketOpened):
            ports[life, item.sock] = item.local_port
    return ports


class _Sockets:
    """Follows the sockets of the machine."""

    def __init__(self, ports: dict[tuple[int, int], int]) -> None:
        self._ports = ports
        self._life = 0
        self._address = NO_ADDRESS
        self._tcp: dict[int, TcpConnection] = {}
        self._opening: set[int] = set()
        self._listening: dict[int, Endpoint] = {}
        self._udp: dict[int, Endpoint] = {}

    def see(self, item: Item) -> _Packets:
        """The packets of an event or effect."""
        match item:
            case fx.UseAddress():
                self._address = item.address or NO_ADDRESS
            case fx.ConnectTcp():
                module = self._endpoint(item.sock, item.local_port)
                connection = self._tcp[item.sock] = TcpConnection(Side(module), Side(Endpoint(item.address, item.port)))
                self._opening.add(item.sock)
                return connection.connect(by_module=True)
            case fx.ListenTcp():
                self._listening[item.sock] = self._endpoint(item.sock, item.port)
            case fx.OpenUdp():
                self._udp[item.sock] = self._endpoint(item.sock, item.local_port)
            case ev.SocketAccepted() if item.sock in self._listening:
                peer = Endpoint(item.peer_address, item.peer_port)
                connection = self._tcp[item.sock] = TcpConnection(Side(self._listening.pop(item.sock)), Side(peer))
                return connection.connect(by_module=False) + connection.accept(by_module=True)
            case fx.SendData() if item.sock in self._udp:
                return [(True, udp(self._udp[item.sock], Endpoint(item.address, item.port), item.data))]
            case ev.SocketReceived() if item.sock in self._udp:
                peer = Endpoint(item.peer_address, item.peer_port)
                return [(False, udp(peer, self._udp[item.sock], item.data))]
            case fx.CloseSocket():
                return self._close(item.sock)
            case ev.PoweredOn() | ev.PoweredOff() | fx.Reset():
                return self._drop_all(item)
            case _:
                return self._see_connection(item)
        return []

    def _see_connection(self, item: Item) -> _Packets:
        connection = self._tcp.get(getattr(item, "sock", -1))
        if connection is None:
            return []
        match item:
            case ev.SocketOpened():
                self._opening.discard(item.sock)
                return connection.accept(by_module=False)
            case ev.SocketFailed():
                del self._tcp[item.sock]
                answered = item.failure in (ev.Failure.REFUSED, ev.Failure.RESET, ev.Failure.HANDSHAKE)
                return connection.reset(by_module=False) if answered else []
            case fx.SendData():
                return connection.send(item.data, by_module=True)
            case ev.SocketSent(failure=None):
                return connection.acknowledge(by_module=False)
            case ev.SocketReceived():
                return connection.send(item.data, by_module=False) + connection.acknowledge(by_module=True)
            case ev.SocketClosed():
                broken = item.failure is not None
                return connection.reset(by_module=False) if broken else connection.end(by_module=False)
            case _:
                return []

    def _close(self, sock: int) -> _Packets:
        self._listening.pop(sock, None)
        self._udp.pop(sock, None)
        connection = self._tcp.pop(sock, None)
        if connection is None:
            return []
        if sock in self._opening:
            self._opening.discard(sock)
            return connection.reset(by_module=True)
        return connection.end(by_module=True) + connection.end(by_module=False)

    def _drop_all(self, item: Item) -> _Packets:
        packets = [packet for connection in self._tcp.values() for packet in connection.reset(by_module=True)]
        self._life += isinstance(item, ev.PoweredOn)
        self._address = NO_ADDRESS
        for sockets in (self._tcp, self._listening, self._udp):
            sockets.clear()
        self._opening.clear()
        return packets

    def _endpoint(self, sock: int, port: int) -> Endpoint:
        return Endpoint(self._address, self._ports.get((self._life, sock), port))
