"""What arrives when the two ends of the wires do not agree."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from wizfi_emu.module.spi import Wiring
from wizfi_emu.spi.wires import Wire, Wires

ENDS = [Wiring(mode, order) for mode, order in product(range(4), (True, False))]


def test_options_of_the_module() -> None:
    options = {9: (0, True), 8: (1, True), 10: (2, True), 11: (3, True), 1: (0, False), 0: (1, False)}
    assert {option: tuple(Wiring.of_option(option)) for option in options} == options
    assert (Wiring.of_option(2), Wiring.of_option(3)) == (Wiring(2, False), Wiring(3, False))


def test_ends_that_agree_carry_what_is_sent() -> None:
    for end in ENDS:
        assert Wire().carry(b"AT\r", end, end) == b"AT\r"


def test_another_bit_order_reverses_each_byte() -> None:
    assert Wire().carry(b"\x01\xf0", Wiring(0, True), Wiring(0, False)) == b"\x80\x0f"
    assert Wire().carry(b"\x01\xf0", Wiring(3, False), Wiring(3, True)) == b"\x80\x0f"


def test_another_mode_shifts_by_a_bit_across_bytes() -> None:
    wire = Wire()
    assert wire.carry(b"A", Wiring(0), Wiring(1)) == b"\xa0"  # 1 from the idle line, 0100000
    assert wire.carry(b"T", Wiring(0), Wiring(1)) == b"\xaa"  # 1 from the A before
    assert wire.carry(b"", Wiring(0), Wiring(1)) == b""


def test_the_first_bit_on_the_wire_is_the_first_one_shifted() -> None:
    assert Wire().carry(b"\x01\x00", Wiring(0, False), Wiring(1, False)) == b"\x03\x00"


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=40), st.sampled_from(ENDS), st.sampled_from(ENDS), st.integers(0, 40))
def test_pieces_arrive_as_the_whole(data: bytes, sender: Wiring, receiver: Wiring, cut: int) -> None:
    whole, pieces = Wire(), Wire()
    expected = whole.carry(data, sender, receiver)
    arrived = pieces.carry(data[:cut], sender, receiver) + pieces.carry(data[cut:], sender, receiver)
    assert arrived == expected
    assert len(expected) == len(data)


def test_each_direction_has_a_wire_of_its_own() -> None:
    wires = Wires(Wiring(1))
    assert wires.to_module(b"\x00", Wiring(0)) == b"\x80"
    assert wires.to_host(b"\x00", Wiring(0)) == b"\x80"
    assert wires.to_host(b"A", Wiring(1)) == b"A"
