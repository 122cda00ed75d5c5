"""What of a burst over SPI is data, and where its masks go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.desk import Desk
from tests.recording.sessions import record
from wizfi_emu.module.effects import SpiSend, WriteFlash
from wizfi_emu.module.events import SpiTransferred
from wizfi_emu.module.spi import Mosi
from wizfi_emu.recording.redaction.bursts import SpiBurst
from wizfi_emu.recording.replay import replay

KEY = b"topSecret!"
SAFE = [b"AT\xf0\r", b"\xf1\x00", b"\xf0", b"\xf1", b"\x02", b"x\xf0\xf0y"]


def masked(*bursts: bytes) -> list[bytes]:
    """Every data byte an x."""
    reader, found = Mosi(), []
    for mosi in bursts:
        burst = SpiBurst(mosi, reader)
        burst.data[:] = b"x" * len(burst.data)
        found.append(burst.masked())
    return found


def test_data_is_masked_where_it_stands() -> None:
    assert masked(b"ab\xf0c\xf1\x03d") == [b"xx\xf0x\xf1\x03x"]
    assert masked(b"\xf0\xf0") == [b"\xf0\xf0"]


def test_an_escaped_byte_stays_one() -> None:
    assert masked(b"a\xf1", b"\xf0\x01b") == [b"x\xf1", b"\xf0\x00x"]


@given(st.lists(st.sampled_from(SAFE), max_size=12), st.integers(1, 7))
def test_what_is_not_changed_stays_as_it_was(parts: list[bytes], size: int) -> None:
    mosi, reader = b"".join(parts), Mosi()
    bursts = [SpiBurst(mosi[at : at + size], reader) for at in range(0, len(mosi), size)]
    assert b"".join(burst.masked() for burst in bursts) == mosi


def test_nobody_listens() -> None:
    assert SpiBurst(b"AT\r", None).data == b""
    assert SpiBurst(b"AT\r", None).masked() == b"AT\r"


def test_a_key_that_comes_by_spi_is_in_no_recording() -> None:
    def session(desk: Desk) -> None:
        for mosi in (
            b"\xf0AT+WSEC=0,,",
            *(bytes((byte,)) for byte in KEY),
            b"\r",
            b"\xf0" * 60,
            b"AT\r" + b"\xf0" * 20,
        ):
            desk.transfer(mosi)
            desk.run(1000)

    recording = record(session)
    mosi = b"".join(event.data for _, event in recording.items() if isinstance(event, SpiTransferred))
    miso = b"".join(effect.data for _, effect in recording.items() if isinstance(effect, SpiSend))
    assert len(mosi) == len(miso) == 12 + len(KEY) + 1 + 60 + 23
    assert mosi.startswith(b"\xf0AT+WSEC=0,,")
    assert b"AT+WSEC=0,," in miso
    assert KEY not in mosi + miso
    images = [effect.image for _, effect in recording.items() if isinstance(effect, WriteFlash)]
    assert images
    assert not any(KEY in image for image in images)
    assert replay(recording).difference is None
