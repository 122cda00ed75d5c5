"""Recordings for Wireshark: blocks and packets by hand, whole files by tshark."""

from __future__ import annotations

import struct
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk import MS, PEER_ADDRESS, Desk, S
from tests.programs import need
from tests.recording.sessions import record, talk_to_peers, use_data_mode
from tests.recording.test_both_sides import session
from wizfi_emu.faults.model import SerialLoss, When
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.pcap.export import Encapsulation, export_pcapng
from wizfi_emu.recording.pcap.packets import ACK, SYN, Side, TcpConnection, tcp, udp
from wizfi_emu.recording.pcap.pcapng import enhanced_packet, interface_description, section_header, serial_packet

HERE, THERE = Endpoint("192.168.12.10", 30001), Endpoint("192.168.12.50", 5000)


# --- blocks and packets -----------------------------------------------------------------------------------------------


@given(st.binary(max_size=50), st.integers(0, 2**52), st.booleans())
def test_a_block_says_its_length_at_both_ends(data: bytes, time_us: int, outbound: bool) -> None:
    for block in (
        enhanced_packet(1, time_us, data, outbound=outbound),
        section_header("program", data.hex()),
        interface_description(101, "name", data.hex()),
    ):
        assert len(block) % 4 == 0
        assert struct.unpack_from("<I", block, 4) == struct.unpack_from("<I", block, len(block) - 4) == (len(block),)


def test_the_serial_header() -> None:
    assert serial_packet(5_000_007, b"AT\r", sent=True) == bytes.fromhex("00000005 00000007 01 00 0000") + b"AT\r"
    assert serial_packet(0, b"OK", sent=False)[8] == 2


@given(st.binary(max_size=2000))
def test_checksums_add_up_to_nothing(data: bytes) -> None:
    for protocol, packet in ((6, tcp(HERE, THERE, 1, 2, ACK, data)), (17, udp(HERE, THERE, data))):
        assert _sum(packet[:20]) == 0xFFFF
        assert struct.unpack_from(">H", packet, 2) == (len(packet),)
        pseudo = packet[12:20] + struct.pack(">HH", protocol, len(packet) - 20)
        assert _sum(pseudo + packet[20:]) == 0xFFFF


def _sum(data: bytes) -> int:
    padded = data + bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(total)


def test_numbers_of_a_connection_go_round() -> None:
    connection = TcpConnection(Side(HERE, next_byte=0xFFFFFFFE), Side(THERE))
    connection.send(b"abcd", by_module=True)
    assert connection.module.next_byte == 2
    [(_, acknowledgement)] = connection.acknowledge(by_module=False)
    assert struct.unpack_from(">I", acknowledgement, 28) == (2,)


def test_a_connection_ends_once() -> None:
    connection = TcpConnection(Side(HERE), Side(THERE))
    [(by_module, first)] = connection.connect(by_module=True)
    assert by_module
    assert first[33] == SYN
    assert len(connection.end(by_module=True)) == 2
    assert connection.end(by_module=True) == []
    assert len(connection.reset(by_module=False)) == 1
    assert connection.reset(by_module=False) == []
    assert connection.end(by_module=False) == []


# --- whole files ------------------------------------------------------------------------------------------------------


class Capture:
    """A pcapng file as tshark reads it."""

    def __init__(self, recording: Recording, path: Path, encapsulation: Encapsulation = "rtac-serial") -> None:
        self.path = path
        path.write_bytes(b"".join(export_pcapng(recording, encapsulation)))

    def tshark(self, *options: str) -> str:
        check = [argument for one in ("ip", "tcp", "udp") for argument in ("-o", f"{one}.check_checksum:TRUE")]
        command = [*need("tshark"), "-r", str(self.path), *check, *options]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def fields(self, *names: str, only: str = "") -> list[list[str]]:
        options = [argument for name in names for argument in ("-e", name)]
        if only:
            options += ["-Y", only]
        return [line.split("\t") for line in self.tshark("-T", "fields", *options).splitlines()]

    def stream(self, protocol: str, number: int) -> tuple[bytes, bytes]:
        """What the two ends of a stream have sent."""
        lines = self.tshark("-q", "-z", f"follow,{protocol},raw,{number}").splitlines()
        data = [line for line in lines if line and not set(line.strip()) - set("0123456789abcdef")]
        sides: tuple[list[str], list[str]] = ([], [])
        for line in data:
            sides[line.startswith("\t")].append(line.strip())
        return bytes.fromhex("".join(sides[0])), bytes.fromhex("".join(sides[1]))


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Capture]:
    recording = record(talk_to_peers)
    return recording, Capture(recording, tmp_path_factory.mktemp("capture") / "session.pcapng")


pytestmark = pytest.mark.slow


def test_every_byte_of_the_serial_line_is_there(peers: tuple[Recording, Capture]) -> None:
    recording, capture = peers
    rows = capture.fields("rtacser.eventtype", "data.data", "frame.time_epoch", only="rtacser")
    items = [(time_us, item) for time_us, item in recording.items() if isinstance(item, ev.UartReceived | fx.UartSend)]
    assert [(int(kind, 0), bytes.fromhex(data)) for kind, data, _ in rows] == [
        (1 if isinstance(item, ev.UartReceived) else 2, item.data) for _, item in items
    ]
    started = recording.header.started_us
    assert [round(float(time) * 1_000_000) for *_, time in rows] == [started + time_us for time_us, _ in items]


def both(desk: Desk) -> None:
    """Command mode, and then data mode."""
    talk_to_peers(desk)
    use_data_mode(desk)


@pytest.fixture(scope="module")
def dissected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Capture]:
    recording = record(both)
    return recording, Capture(recording, tmp_path_factory.mktemp("capture") / "session.pcapng", "at")


def test_wireshark_reads_at_commands(dissected: tuple[Recording, Capture]) -> None:
    _, capture = dissected
    told = [line.strip() for [line] in capture.fields("_ws.col.Info", only="at")]
    assert "Sent AT Command: AT+WJOIN" in told
    assert "Rcvd AT Command: [OK]" in told
    assert capture.fields("frame.number", only="_ws.malformed") == []
    data = [bytes.fromhex(data) for [data] in capture.fields("data.data", only="exported_pdu && data")]
    assert b"to the peer" in data
    assert b"to the host" in data


@pytest.mark.parametrize(("direction", "kind"), [(0, ev.UartReceived), (1, fx.UartSend)])
def test_the_lines_have_every_byte(
    dissected: tuple[Recording, Capture], direction: int, kind: type[ev.UartReceived | fx.UartSend]
) -> None:
    recording, capture = dissected
    rows = capture.fields("exported_pdu.exported_pdu", only=f"exported_pdu.p2p_dir == {direction}")
    said = b"".join(item.data for _, item in recording.items() if isinstance(item, kind))
    assert b"".join(bytes.fromhex(data) for [data] in rows) == said


def test_nothing_is_malformed(peers: tuple[Recording, Capture]) -> None:
    _, capture = peers
    assert capture.fields("frame.number", only="_ws.malformed") == []
    wrong = "tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    assert capture.fields("frame.number", only=wrong) == []
    assert Counter(row[0] for row in capture.fields("frame.interface_name")).keys() == {"serial", "wlan"}


def test_streams_can_be_followed(peers: tuple[Recording, Capture]) -> None:
    _, capture = peers
    assert capture.stream("tcp", 0) == (b"Hello", b"Hi WizFi250" * 400)
    assert capture.stream("tcp", 1) == (b"ping", b"pong")
    assert capture.stream("udp", 0) == (b"gram 1", b"gram 2")
    # A connection that was refused: SYN and RST.
    flags = capture.fields("tcp.flags", only="tcp.stream == 2")
    assert [int(flag, 0) for [flag] in flags] == [0x02, 0x14]


def test_connections_begin_and_end(peers: tuple[Recording, Capture]) -> None:
    _, capture = peers
    for number in (0, 1):
        flags = [int(flag, 0) for [flag] in capture.fields("tcp.flags", only=f"tcp.stream == {number}")]
        assert flags[:3] == [0x02, 0x12, 0x10]
        assert flags[-4:] == [0x11, 0x10, 0x11, 0x10]


def test_directions(peers: tuple[Recording, Capture]) -> None:
    _, capture = peers
    rows = capture.fields("ip.src", "frame.packet_flags_direction", only="ip")
    assert {source for source, direction in rows if int(direction, 0) == 2} == {"192.168.12.10"}
    assert {source for source, direction in rows if int(direction, 0) == 1} == {PEER_ADDRESS, "127.0.0.1"}


def data_mode_and_a_reset(desk: Desk) -> None:
    """Connections that end in other ways."""
    use_data_mode(desk)
    desk.tcp_client(peer="broken")
    desk.feed(*desk.network.break_off("broken"))
    desk.quiet(S)
    desk.tcp_client(peer="left alone")
    desk.tcp_server(6000)
    desk.visit(6000, "visitor")
    desk.feed(ev.ResetPulled())
    desk.quiet(S)
    desk.join()
    desk.tcp_client(peer="again")
    desk.quiet(100 * MS)


def time_out(desk: Desk) -> None:
    """A connection that nobody answers, and one that the module gives up."""
    desk.join()
    desk.at("AT+SCON=O,TCN,10.255.255.1,80,,0", 10 * S)
    desk.at("AT+SMGMT=ALL", S)


@pytest.mark.parametrize("session", [data_mode_and_a_reset, time_out, lambda desk: desk.quiet(0)])
def test_other_sessions_are_well_formed(session: Callable[[Desk], None], tmp_path: Path) -> None:
    recording = record(session)
    capture = Capture(recording, tmp_path / "session.pcapng")
    assert capture.fields("frame.number", only="_ws.malformed || tcp.analysis.retransmission") == []
    expected = sum(isinstance(item, ev.UartReceived | fx.UartSend) for _, item in recording.items())
    assert len(capture.fields("frame.number", only="rtacser")) == expected


def test_a_recording_with_secrets_says_so(tmp_path: Path) -> None:
    data = b"".join(export_pcapng(record(use_data_mode, redacted=False)))
    assert b"; with keys and passwords" in data
    assert b"with keys" not in b"".join(export_pcapng(record(use_data_mode)))


@pytest.mark.parametrize("encapsulation", ["at", "rtac-serial"])
def test_what_faults_did_stands_beside_what_the_line_carried(encapsulation: Encapsulation, tmp_path: Path) -> None:
    fault = SerialLoss(name="noise", direction="to-host", when=When(at=0.5), duration=1)
    _, recording = session([fault], paced=True, redacted=True)
    capture = Capture(recording, tmp_path / "session.pcapng", encapsulation)
    text = capture.tshark("-V", "-Y", "data-text-lines")
    for told in ("noise begins", "is lost", "noise applies: the module says", "noise ends"):
        assert told in text
    assert next(row[0] for row in capture.fields("frame.interface_name", only="data-text-lines")) == "around"
    assert capture.fields("frame.number", only="_ws.malformed") == []
