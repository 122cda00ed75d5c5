"""Sessions in virtual time that tests record."""

from __future__ import annotations

from collections.abc import Callable

from tests.desk import MS, PEER_ADDRESS, Desk, firmware_named
from wizfi_emu.recording.format import FORMAT, Header, Recording, decode_recording
from wizfi_emu.recording.recorder import Recorder, RedactingRecorder, new_recorder

GUIDE = "guide"


class Tape:
    """Records a bench into memory."""

    def __init__(self, *, firmware: str = GUIDE, redacted: bool = True) -> None:
        self.written: list[bytes] = []
        self.header = Header(
            format=FORMAT,
            program="0.0.0",
            firmware=firmware_named(firmware),
            world="demo",
            timing="wire",
            redacted=redacted,
            started_us=1_700_000_000_000_000,
        )
        self.recorder: Recorder = new_recorder(self.written.append, self.header)

    @property
    def data(self) -> bytes:
        """The file as far as it is written."""
        return b"".join(self.written)

    def end(self) -> Recording:
        """The end of the session. Fails when masks made a difference."""
        self.recorder.close()
        assert not (isinstance(self.recorder, RedactingRecorder) and self.recorder.diverged)
        return decode_recording(self.data, "tape")


def record(session: Callable[[Desk], object], *, firmware: str = GUIDE, redacted: bool = True) -> Recording:
    """The recording of a session."""
    tape = Tape(firmware=firmware, redacted=redacted)
    session(Desk(firmware, echo=True, observers=[tape.recorder]))
    return tape.end()


def talk_to_peers(desk: Desk) -> None:
    """Join, a TCP client, a TCP server with a client that comes and goes, a UDP client, data in both directions."""
    desk.join()
    desk.tcp_client(peer="server")
    desk.at("AT+SSEND=0,,,5")
    desk.exchange(b"Hello", 100 * MS)
    desk.hear(b"Hi WizFi250" * 400, "server")
    desk.quiet(20 * MS)
    desk.tcp_server()
    desk.visit(peer="visitor")
    desk.hear(b"ping", "visitor")
    desk.at("AT+SSEND=1,,,4")
    desk.exchange(b"pong", 100 * MS)
    desk.part("visitor")
    desk.quiet(200 * MS)
    port = desk.udp_client(peer="udp")
    desk.at(f"AT+SSEND=2,{PEER_ADDRESS},{port},6")
    desk.exchange(b"gram 1", 100 * MS)
    udp = desk.module.slots.get(2)
    assert udp is not None
    desk.datagram(udp.local_port, b"gram 2", "udp")
    desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},9,,0")
    desk.at("AT+SMGMT=0")
    desk.at("AT+SMGMT=ALL")
    desk.quiet(500 * MS)


def use_data_mode(desk: Desk) -> None:
    """A data-mode session with an escape."""
    if not desk.module.link.is_up:
        desk.join()
    desk.tcp_client(data_mode=True)
    desk.exchange(b"to the peer", 300 * MS)
    desk.hear(b"to the host")
    desk.exchange(b"+++", 2000 * MS)
    desk.at("AT+SMGMT=ALL")
    desk.quiet(500 * MS)
