"""Faults of the SPI line: bytes on MOSI and MISO, and the pin."""

from __future__ import annotations

import pytest

from tests.desk import MS, OK
from tests.spidesk import SpiDesk
from wizfi_emu.faults.model import BrownOut, DataReadyStuck, SpiFlip, SpiLoss, When


def said(wire: bytes) -> bytes:
    return wire.replace(b"\xf0", b"")


def test_what_is_lost_on_mosi_says_nothing() -> None:
    desk = SpiDesk(echo=True)
    faults = desk.faults()
    faults.add(SpiLoss(direction="mosi", duration=0.01))
    assert desk.transfer(b"AT+FOO") == b"\xf0" * 6
    assert faults.show()[0].hits == 6
    desk.run(20 * MS)
    assert said(desk.transfer(b"AT\r") + desk.read_spi()) == b"AT\r\n" + OK


def test_what_is_lost_on_miso_is_gone() -> None:
    desk = SpiDesk()
    desk.faults().add(SpiLoss(direction="miso"))
    assert desk.transfer(b"AT\r" + b"\xf0" * 20) == b"\xf0" * 23
    assert not desk.data_ready


@pytest.mark.parametrize(("direction", "heard"), [("mosi", False), ("miso", True)])
def test_one_bit_of_each_byte(direction: str, heard: bool) -> None:
    desk = SpiDesk()
    desk.faults().add(SpiFlip(direction=direction))  # type: ignore[arg-type]  # a word of the parameters
    wire = desk.transfer(b"AT\r")
    assert len(wire) == 3
    assert (desk.module.ports.miso is not None and desk.module.ports.miso.queued_bytes > 0) is heard
    assert all(byte.bit_count() in (3, 5) for byte in wire) is (direction == "miso")


def test_some_bytes_by_chance_the_same_ones_in_a_burst_and_one_by_one() -> None:
    whole, pieces = SpiDesk(), SpiDesk()
    for desk in (whole, pieces):
        desk.faults(seed=3).add(SpiLoss(probability=0.3))
    mosi = b"AT+MINFO\r" + b"\xf0" * 60
    assert whole.transfer(mosi) == b"".join(pieces.transfer(bytes((byte,))) for byte in mosi)


def test_a_pin_that_is_stuck_low_hides_the_answer() -> None:
    desk = SpiDesk()
    faults = desk.faults()
    name = faults.add(DataReadyStuck())
    desk.transfer(b"AT\r")
    assert not desk.data_ready
    faults.heal(name)
    assert desk.data_ready
    assert said(desk.read_spi()) == OK


def test_a_pin_that_is_stuck_high_has_its_host_clock_for_ever() -> None:
    desk = SpiDesk()
    seen: list[bool] = []
    desk.on_data_ready = seen.append
    faults = desk.faults()
    name = faults.add(DataReadyStuck(level=1))
    assert len(desk.read_spi(500)) == 500
    desk.transfer(b"AT\r" + b"\xf0" * 20)
    desk.power_off()
    desk.power_on()
    assert desk.data_ready
    faults.heal(name)
    assert seen == [True, False]
    assert faults.show() == []


def test_the_supply_fails_at_an_answer() -> None:
    desk = SpiDesk()
    desk.transfer(b"AT\r")
    desk.faults().add(BrownOut(when=When(pattern="[OK")))
    assert desk.data_ready
    assert desk.transfer(b"\xf0" * 8) == b"\xff" * 8
    assert not desk.has_power
    assert not desk.data_ready
    desk.run(200 * MS)
    assert said(desk.spi(b"AT\r")) == OK


def test_a_command_over_spi_begins_a_fault() -> None:
    desk = SpiDesk()
    faults = desk.faults()
    faults.add(SpiLoss(direction="miso", when=When(pattern="AT+MI", source="host")))
    for byte in b"AT+MINFO\r":
        desk.transfer(bytes((byte,)))
    assert said(desk.read_spi()) == b""
    assert faults.show()[0].state == "active"
