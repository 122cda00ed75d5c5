"""The SPI slave's two directions, byte by byte and in bursts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.module.spi import ESCAPE, NULL, QUEUE_BYTES, SYNC, XOFF, XON, Miso, Mosi, escaped


class Slave:
    """The output with the levels of DATA_READY that it has set."""

    def __init__(self) -> None:
        self.levels: list[bool] = []
        self.miso = Miso(self.levels.append)


def read_all(mosi: bytes, most: int = 100) -> tuple[bytes, list[int]]:
    reader, start, data, codes = Mosi(), 0, b"", []
    while start < len(mosi):
        piece = reader.read(mosi, start, most)
        assert start < piece.end <= len(mosi)
        assert len(piece.data) <= most
        start = piece.end
        data += piece.data
        codes += [] if piece.code is None else [piece.code]
    return data, codes


def test_what_the_host_says() -> None:
    assert read_all(b"AT\xf0\xf0+MINFO\r\xf0") == (b"AT+MINFO\r", [])
    assert read_all(b"a\xf1\x00b\xf1\x01c") == (b"a\xf0b\xf1c", [0, 1])
    assert read_all(b"\xf1\x02\xf1\x03\xf1\x04\xf1\x05") == (b"", [2, 3, 4, 5])
    assert read_all(b"a\xf1zb") == (b"ab", [ord("z")]), "an unknown code goes with its ESC"


def test_a_second_escape_counts_and_a_null_within_does_not() -> None:
    assert read_all(b"\xf1\xf1\x04") == (b"", [XOFF])
    assert read_all(b"\xf1\xf0\xf0\x00x") == (b"\xf0x", [0])


@given(st.binary(max_size=60), st.integers(1, 40))
def test_what_is_escaped_arrives_in_pieces_of_any_size(data: bytes, most: int) -> None:
    assert read_all(escaped(data), most)[0] == data


def test_output_comes_back_in_the_transfer_after_the_next_load() -> None:
    slave = Slave()
    assert slave.miso.exchange(1) == b"\xf0"
    slave.miso.put(b"A")
    assert slave.levels == [True]
    assert slave.miso.exchange(1) == b"\xf0"  # loaded before
    assert slave.miso.exchange(1) == b"A"
    assert slave.levels == [True], "one NULL is loaded"
    assert slave.miso.exchange(1) == b"\xf0"
    assert slave.levels == [True, False]


@given(st.binary(min_size=1, max_size=80), st.lists(st.integers(1, 30), max_size=20))
def test_a_burst_is_many_transfers(data: bytes, cuts: list[int]) -> None:
    single, burst = Slave(), Slave()
    for slave in (single, burst):
        slave.miso.put(data)
    counts = [*cuts, 2 * len(data) + 3]
    one_by_one = b"".join(single.miso.exchange(1) for _ in range(sum(counts)))
    assert b"".join(burst.miso.exchange(count) for count in counts) == one_by_one
    assert single.levels == burst.levels == [True, False]
    assert one_by_one.strip(b"\xf0") == escaped(data).strip(b"\xf0")
    assert read_all(one_by_one)[0] == data


def test_codes_come_before_output_but_not_within_a_pair() -> None:
    slave = Slave()
    slave.miso.put(b"\xf0b")
    assert slave.miso.exchange(2) == b"\xf0\xf1"
    slave.miso.put_code(XOFF)
    slave.miso.put_code(XOFF)
    assert slave.miso.exchange(6) == b"\x00\xf1\x04b\xf0\xf0"
    slave.miso.put(b"ab")
    slave.miso.exchange(1)
    slave.miso.put_code(XON)
    assert slave.miso.exchange(5) == b"a\xf1\x03b\xf0"


def test_a_host_that_stops_the_module_gets_codes_alone() -> None:
    slave = Slave()
    slave.miso.put(b"abc")
    slave.miso.stop()
    assert slave.miso.exchange(4) == b"\xf0" * 4
    assert slave.levels == [True, False]
    slave.miso.put(b"d")
    slave.miso.put_code(XON)
    assert slave.levels == [True, False, True]
    assert slave.miso.exchange(6) == b"\xf0\xf1\x03\xf0\xf0\xf0"
    slave.miso.resume()
    assert slave.levels[-1] is False, "it rises when the next byte is loaded"
    assert slave.miso.exchange(1) == b"\xf0"
    assert slave.levels[-1] is True
    assert slave.miso.exchange(6) == b"abcd\xf0\xf0"


def test_output_without_a_word_waits_for_its_turn_and_for_room() -> None:
    slave = Slave()
    slave.miso.put_silently(bytes((ESCAPE, SYNC)))
    assert slave.levels == []
    assert slave.miso.exchange(5) == b"\xf0\xf1\x01\x02\xf0"
    assert slave.levels == []
    slave.miso.put(bytes(QUEUE_BYTES - 1))
    slave.miso.put_silently(bytes((ESCAPE, SYNC)))
    assert (slave.miso.room, slave.miso.queued_bytes) == (1, QUEUE_BYTES - 1)


def test_a_call_lasts_for_two_nulls() -> None:
    slave = Slave()
    slave.miso.call()
    slave.miso.exchange(1)
    assert slave.miso.ready
    slave.miso.exchange(1)
    assert not slave.miso.ready
    assert NULL == 0xF0
