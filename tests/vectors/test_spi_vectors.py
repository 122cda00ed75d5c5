"""The recorded sessions over SPI: the same bytes as over the UART, in virtual time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.spidesk import image_with
from tests.vectors.player import Player, Vector, read_vectors
from wizfi_emu.air.load import load_world
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module.ports import AUTO_INTERFACE, SPI_INTERFACE
from wizfi_emu.module.spi import XOFF, XON, Mosi, escaped
from wizfi_emu.testing.virtual import VirtualModule

MS = 1000
BURST_BYTES = 100
VECTORS = [*read_vectors("public.jsonl"), *read_vectors("corrections.jsonl")]
SHOWS_INTERFACE = "mspi."
BOOT_TEXT = re.compile(rb"(WizFi250 Version 1\.0\.5\.2 \(WIZnet Co\.Ltd\)\r\n|\r\n\[0\]\r\n)*")
PARTS = 16


class SpiBench(VirtualModule):
    """A host that writes bursts, obeys XOFF, and clocks F0 while DATA_READY is high. It hears the UART too."""

    def __init__(self, interface: int = 2) -> None:
        self._got = bytearray()
        self.by_uart = bytearray()
        self._reader = Mosi()
        self._stopped = False
        image = image_with(interface, echo=True)
        super().__init__(load_firmware("1.0.5.2"), load_world("demo"), image=image)

    def send(self, data: bytes, end_us: int | None = None) -> bool:
        wire = escaped(data)
        while wire:
            self._clock(wire[:BURST_BYTES])
            wire = wire[BURST_BYTES:]
            self._read_while_ready()
            while self._stopped:
                self.run(10 * MS)
                self._clock(b"\xf0")
        return True

    def run_to(self, end_us: int) -> None:
        while self.step_to(end_us):
            self._read_while_ready()

    def read(self) -> bytes:
        self._read_while_ready()
        data = bytes(self._got)
        self._got.clear()
        return data

    def _read_while_ready(self) -> None:
        heard = self.line.take()
        self._got += heard
        self.by_uart += heard
        while self.data_ready:
            self._clock(b"\xf0")

    def _clock(self, mosi: bytes) -> None:
        miso, start = self.transfer(mosi), 0
        assert len(miso) == len(mosi)
        while start < len(miso):
            piece = self._reader.read(miso, start, len(miso))
            start = piece.end
            self._got += piece.data
            if piece.code in (XON, XOFF):
                self._stopped = piece.code == XOFF


def failures(vectors: list[Vector], interface: int) -> Iterator[str]:
    for vector in vectors:
        bench = SpiBench(interface)
        for problem in Player(bench=bench).play(vector["steps"]):
            yield f"{vector['id']}: {problem}"
        if interface == SPI_INTERFACE and not BOOT_TEXT.fullmatch(bench.by_uart):
            yield f"{vector['id']}: on the UART {bytes(bench.by_uart)!r}"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_sessions_over_spi(part: int) -> None:
    vectors = [vector for vector in VECTORS if not vector["id"].startswith(SHOWS_INTERFACE)][part::PARTS]
    assert "\n".join(failures(vectors, SPI_INTERFACE)) == ""


def test_sessions_that_show_the_interface() -> None:
    """A module as delivered: the first byte by SPI decides."""
    vectors = [vector for vector in VECTORS if vector["id"].startswith(SHOWS_INTERFACE)]
    assert len(vectors) > 5
    assert "\n".join(failures(vectors, AUTO_INTERFACE)) == ""
