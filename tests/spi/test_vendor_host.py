"""The way of the vendor's library, and the Python client of the examples, against a machine in virtual time."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.desk import MS, OK, S
from tests.recording.sessions import Tape
from tests.spidesk import SpiDesk
from wizfi_emu.module.effects import SetPin, SpiSend
from wizfi_emu.module.events import SpiTransferred
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.recording.replay import replay
from wizfi_emu.stages.observer import Observer

CLIENT = Path(__file__).parent.parent.parent / "examples" / "clients" / "wizfi_spi.py"


class VirtualLine:
    """The wires of the client. Looking at the pin takes what it waits for, or a microsecond."""

    def __init__(self, desk: SpiDesk) -> None:
        self.desk = desk

    def transfer(self, mosi: bytes) -> bytes:
        return self.desk.transfer(mosi)

    def ready(self, timeout_s: float) -> bool:
        end_us = self.desk.now_us + round(timeout_s * S)
        while not self.desk.data_ready and self.desk.step_to(end_us):
            pass
        return self.desk.data_ready


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wizfi_spi", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def clock(desk: SpiDesk, byte: int) -> int:
    """A transfer with chip select around it: 10 us before and after."""
    desk.run(10)
    [miso] = desk.transfer(bytes((byte,)))
    desk.run(10)
    return miso


def write(desk: SpiDesk, data: bytes) -> Iterator[int]:
    """As the library does it, which escapes nothing: what comes back, XOFF waited out in steps of 10 ms."""
    escape = stopped = False
    for byte in data:
        miso = clock(desk, byte)
        yield miso
        stopped = escape and miso == 0x04
        escape = miso == 0xF1
        while stopped:
            desk.run(10 * MS)
            miso = clock(desk, 0xF0)
            stopped = not (escape and miso == 0x03)
            escape = miso == 0xF1


def read(desk: SpiDesk) -> bytes:
    got = bytearray()
    while desk.data_ready:
        got.append(clock(desk, 0xF0))
    return bytes(got)


def test_commands_with_echo() -> None:
    desk = SpiDesk(echo=True)
    came = bytes(write(desk, b"AT+MINFO\r"))
    assert came + read(desk) == (
        b"\xf0\xf0AT+MINFO\r\nFW version/HW version\r\n1.0.5.2/WizFi250 Rev 1.0\r\n[OK]\r\n\xf0"
    )


def test_an_answer_of_thousands_of_bytes() -> None:
    desk = SpiDesk()
    bytes(write(desk, b"AT+MHELP\r"))
    got = read(desk)
    while not got.endswith(OK + b"\xf0"):
        desk.run(MS)
        assert desk.data_ready
        got += read(desk)
    assert len(got) > 2000
    other = SpiDesk(interface=1)
    assert got.replace(b"\xf0", b"") == other.at("AT+MHELP")


def busy(duration_us: int) -> Steps[None]:
    yield Sleep(duration_us)


def test_xoff_is_waited_out() -> None:
    desk = SpiDesk()
    desk.module.kernel.start_foreground(busy(S))
    began_us = desk.now_us
    came = bytes(write(desk, b"\n" * 2100))
    assert b"\xf1\x04" in came
    assert desk.module.lost_bytes == 0
    assert S <= desk.now_us - began_us < S + 200 * MS
    assert b"\xf1\x03" not in read(desk)


def test_the_client_of_the_examples(client: ModuleType) -> None:
    desk = SpiDesk()
    spi = client.WizFiSpi(VirtualLine(desk))
    desk.module.kernel.start_foreground(busy(S))
    spi.write(b"AT\r" * 1000)
    got = b""
    while more := spi.read(0.2):
        got += more
    assert got == OK * 1000
    assert desk.module.lost_bytes == 0


def test_binary_data_of_the_client(client: ModuleType) -> None:
    desk = SpiDesk(echo=True)
    spi = client.WizFiSpi(VirtualLine(desk))
    spi.write(bytes(range(0x80, 0x100)))
    assert spi.read(0.01) == bytes(range(0x80, 0x100))


def test_a_recording_has_both_pins_and_replays() -> None:
    tape = Tape(firmware="1.0.5.2", redacted=False)
    desk = SpiDesk(echo=True)
    desk.power_off()
    desk.add(Observer(tape.recorder))
    desk.power_on()
    came = bytes(write(desk, b"AT\r")) + read(desk)
    recording = tape.end()
    items = [item for _, item in recording.items()]
    mosi = [item.data for item in items if isinstance(item, SpiTransferred)]
    miso = [item.data for item in items if isinstance(item, SpiSend)]
    assert b"".join(mosi) == b"AT\r" + b"\xf0" * 10
    assert b"".join(miso) == came
    assert [item.level for item in items if isinstance(item, SetPin) and item.pin == "data_ready"] == [True, False]
    assert replay(recording).difference is None
    assert (replay(recording).received_bytes, replay(recording).sent_bytes) == (13, 13 + 42)
