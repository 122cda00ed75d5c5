"""The YMODEM receiver, packet by packet, at the serial line of a module in boot mode (firmware 1.0.5.2)."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bootbench import (
    ACK,
    CAN,
    CRC,
    END_OF_SESSION,
    EOT,
    NAK,
    SOH,
    START_APP,
    STX,
    BootBench,
    app_image,
    banner,
    blocks,
    header,
    packet,
    send_file,
)
from tests.desk import MS, S
from wizfi_emu.boot.appimage import APP_BYTES_MAX
from wizfi_emu.module.tasks import Read, Steps
from wizfi_emu.module.ymodem import BYTE_LIMIT_US, YmodemReceiver, _parse_size

IMAGE = app_image("1.0.4.9", 3000)
FAILED = b"\n\rFailed to receive the file!\n\r"
ABORTED = b"\r\n\nAborted by user.\n\r"
TOO_BIG = b"\n\n\rThe image size is higher than the allowed space memory!\n\r"
STARTED = START_APP + banner("1.0.3.6")


def receiving() -> BootBench:
    """A module that waits for the first packet."""
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1")
    bench.read()
    return bench


def in_file(size: int = len(IMAGE)) -> BootBench:
    """A module that waits for the first packet with data."""
    bench = receiving()
    assert bench.exchange(header(b"APP.bin", size), 0) == ACK + CRC
    return bench


def finish(bench: BootBench, *rest: bytes) -> bytes:
    """Send the packets that are missing; what the module prints after the session."""
    for block in rest:
        assert bench.exchange(block, 0) == ACK
    assert bench.exchange(EOT, 0) == ACK
    printed = bench.exchange(END_OF_SESSION, 0)
    assert printed.startswith(ACK)
    return printed[1:]


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_it_asks_until_somebody_sends() -> None:
    bench = receiving()
    bench.run(60 * S)
    assert bench.read() == 200 * CRC
    send_file(bench, IMAGE)
    assert bench.read().endswith(banner("1.0.4.9"))


@pytest.mark.parametrize("key", [b"a", b"A"])
def test_a_key_aborts(key: bytes) -> None:
    assert receiving().exchange(key, 300 * MS) == CAN + CAN + ABORTED + STARTED
    assert in_file().exchange(key, 0) == CAN + CAN + ABORTED


@pytest.mark.parametrize("key", [b"b", b"\r", b"\0", b"C", ACK, NAK, b"\xff"])
def test_any_other_byte_is_a_bad_packet(key: bytes) -> None:
    bench = receiving()
    assert bench.exchange(100 * key, 0) == 100 * CRC  # no errors count before the first good packet
    send_file(bench, IMAGE)
    assert bench.read().endswith(banner("1.0.4.9"))


def test_the_sender_cancels() -> None:
    assert receiving().exchange(CAN + CAN, 300 * MS) == ACK + FAILED + STARTED
    assert in_file().exchange(CAN + CAN, 0) == ACK + FAILED


@pytest.mark.parametrize("second", [b"x", b"a", SOH])
def test_one_cancel_is_a_bad_packet(second: bytes) -> None:
    assert receiving().exchange(CAN + second, 0) == CRC


def test_a_cancel_that_stays_alone() -> None:
    bench = receiving()
    bench.send(CAN)
    bench.run(300 * MS - 1)
    assert bench.read() == b""
    bench.run(1)
    assert bench.read() == CRC


# --- block 0 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (b"0", 0),
        (b"1", 1),
        (b"810132", 810_132),
        (b"0x400", 1024),
        (b"0XfF", 255),
        (b"3k", 3072),
        (b"3K", 3072),
        (b"0x10k", 16384),
        (b"1m", 1_048_576),
        (b"1M", 1_048_576),
        (b"9999999999", 9_999_999_999),
        (b"99999999990", 0),
        (b"0xFFFFFFFF", 4_294_967_295),
        (b"0x123456789", 0),
        (b"", 0),
        (b"k", 0),
        (b"0x", 0),
        (b"-5", 0),
        (b"+5", 0),
        (b"1_000", 0),
        (b"12a", 0),
        (b"\xb2", 0),
        (b"1 ", 0),
        (b"5kk", 0),
    ],
)
def test_sizes(text: bytes, size: int) -> None:
    assert _parse_size(text) == size


@pytest.mark.parametrize(
    "block",
    [
        packet(0, b"APP.bin\x003000\0".ljust(128, b"\0")),
        packet(0, b"APP.bin\x003000 14637215364 100644 0 1 3000\0".ljust(128, b"\0")),
        packet(0, b"APP.bin\x003000 ".ljust(128, b"\0")),
        packet(0, b"APP.bin\x000xbb8\0".ljust(1024, b"\0"), size=1024),
        packet(0, b"APP.bin\x003k\0".ljust(128, b"\0")),
    ],
)
def test_forms_of_block_0(block: bytes) -> None:
    bench = receiving()
    assert bench.exchange(block, 0) == ACK + CRC
    printed = finish(bench, *blocks(IMAGE.ljust(3072, b"\x1a")))
    assert b" Name: APP.bin\n" in printed
    assert printed.endswith(banner("1.0.4.9"))


@pytest.mark.parametrize("size", [b"983040", b"0xf0000", b"960k"])
def test_the_largest_file(size: bytes) -> None:
    assert receiving().exchange(header(b"APP.bin", size), 0) == ACK + CRC


@pytest.mark.parametrize("size", [b"983041", b"961k", b"1m", b"0xF0001", b"9999999999"])
def test_a_file_that_is_too_big(size: bytes) -> None:
    assert receiving().exchange(header(b"APP.bin", size), 300 * MS) == CAN + CAN + TOO_BIG + STARTED


def test_a_name_of_any_bytes() -> None:
    bench = receiving()
    send_file(bench, IMAGE, name=b"\xc3\xa4 %d\xff")
    assert b" Name: \xc3\xa4 %d\xff\n\r Size: 3000 Bytes\r\n" in bench.read()


def test_a_session_without_a_file() -> None:
    assert receiving().exchange(END_OF_SESSION, 300 * MS) == ACK + FAILED + STARTED


@pytest.mark.parametrize("size", [b"0", b"", b"x"])
def test_a_file_without_a_size(size: bytes) -> None:
    bench = receiving()
    assert bench.exchange(header(b"APP.bin", size), 0) == ACK + CRC
    assert finish(bench, packet(1, b"x" * 128)) == FAILED
    assert not bench.flash.application.intact


def test_block_0_has_the_number_0() -> None:
    bench = receiving()
    assert bench.exchange(packet(1, b"APP.bin\x003000\0"), 0) == NAK
    send_file(bench, IMAGE)
    assert bench.read().endswith(banner("1.0.4.9"))


# --- data -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [128, 1024])
@pytest.mark.parametrize("length", [584, 1024, 1025, 3000])
def test_blocks(size: int, length: int) -> None:
    bench = receiving()
    image = app_image("1.0.4.9", length)
    send_file(bench, image, size=size)
    assert bench.read().endswith(b" Size: %d Bytes\r\n-------------------\n" % length + START_APP + banner("1.0.4.9"))
    assert bench.flash.application.size_bytes == length


def test_blocks_of_both_sizes() -> None:
    bench = in_file()
    rest = IMAGE[2048:]
    short = [packet(3 + number, rest[128 * number :][:128], size=128) for number in range(8)]
    assert finish(bench, packet(1, IMAGE[:1024]), packet(2, IMAGE[1024:2048]), *short).endswith(banner("1.0.4.9"))


@pytest.mark.parametrize("crc", [b"\0\0", b"\xff\xff", b"\x12\x34"])
def test_the_crc_is_not_looked_at(crc: bytes) -> None:
    assert in_file().exchange(packet(1, IMAGE[:1024], crc=crc), 0) == ACK


def test_numbers_go_on_after_255() -> None:
    image = app_image("1.0.4.9", 70_000)
    bench = receiving()
    send_file(bench, image, size=128)
    assert bench.read().endswith(banner("1.0.4.9"))
    assert bench.flash.application.size_bytes == 70_000


@pytest.mark.parametrize("number", [0, 2, 255])
def test_a_wrong_number(number: int) -> None:
    bench = in_file()
    assert bench.exchange(packet(number, b"x" * 1024), 0) == NAK
    assert finish(bench, *blocks(IMAGE)).endswith(banner("1.0.4.9"))


def test_a_packet_that_comes_twice() -> None:
    bench = in_file()
    first, second, third = blocks(IMAGE)
    assert bench.exchange(first, 0) == ACK
    assert bench.exchange(first, 0) == NAK
    assert finish(bench, second, third).endswith(banner("1.0.4.9"))


def test_a_bad_complement() -> None:
    bench = in_file()
    bad = bytearray(packet(1, b"x" * 1024))
    bad[2] ^= 1
    assert bench.exchange(bytes(bad), 0) == CRC
    assert finish(bench, *blocks(IMAGE)).endswith(banner("1.0.4.9"))


@pytest.mark.parametrize("length", [1, 2, 3, 500, 1028])
def test_a_packet_that_is_cut_off(length: int) -> None:
    """The piece that came is gone: neither of its bytes is the start of a packet, also no ``a``."""
    bench = in_file()
    bench.send(packet(1, b"a" * 1024)[:length])
    bench.run(BYTE_LIMIT_US - 1)
    assert bench.read() == b""
    bench.run(1)
    assert bench.read() == CRC
    assert finish(bench, *blocks(IMAGE)).endswith(banner("1.0.4.9"))


def test_the_limit_is_one_for_each_byte() -> None:
    bench = in_file()
    first, *rest = blocks(IMAGE, 128)
    for position in range(len(first) - 1):
        assert bench.exchange(first[position : position + 1], 299 * MS) == b""
    assert bench.exchange(first[-1:], 0) == ACK
    assert finish(bench, *rest).endswith(banner("1.0.4.9"))


@pytest.mark.slow
@given(st.lists(st.integers(1, 1500), max_size=8))
def test_the_pieces_do_not_matter(lengths: list[int]) -> None:
    bench = receiving()
    stream = header(b"APP.bin", len(IMAGE)) + b"".join(blocks(IMAGE)) + EOT + END_OF_SESSION
    for length in lengths:
        bench.send(stream[:length])
        bench.run(MS)
        stream = stream[length:]
    bench.send(stream)
    printed = bench.read()
    assert printed.startswith(ACK + CRC + 5 * ACK + b"\n\n\r Programming Completed Successfully!")
    assert printed.endswith(banner("1.0.4.9"))


# --- errors -----------------------------------------------------------------------------------------------------------


def test_the_sixth_error_in_a_row_ends_it() -> None:
    bench = in_file()
    for _ in range(5):
        bench.run(BYTE_LIMIT_US)
        assert bench.read() == CRC
    bench.run(BYTE_LIMIT_US)
    assert bench.read() == CAN + CAN + FAILED


class Good(NamedTuple):
    sent: bytes
    answer: bytes


@pytest.mark.parametrize(
    "good",
    [Good(packet(1, IMAGE[:1024]), ACK), Good(packet(7, b""), NAK), Good(EOT, ACK)],
    ids=["data", "number", "EOT"],
)
def test_a_good_packet_begins_a_new_row(good: Good) -> None:
    bench = in_file()
    assert bench.exchange(b"xxxxx", 0) == 5 * CRC
    assert bench.exchange(good.sent, 0) == good.answer
    assert bench.exchange(b"xxxxx", 0) == 5 * CRC
    assert bench.exchange(b"x", 0) == CAN + CAN + FAILED


def test_bad_packets_count_as_silence_does() -> None:
    bench = in_file()
    bad = bytearray(packet(1, b"x" * 128))
    bad[1] ^= 0xFF
    assert bench.exchange(bytes(bad) * 3 + b"xx", BYTE_LIMIT_US) == 5 * CRC + CAN + CAN + FAILED


# --- the end ----------------------------------------------------------------------------------------------------------


def test_the_whole_session_byte_by_byte() -> None:
    bench = receiving()
    assert bench.exchange(header(b"APP.bin", 3000), 0) == b"\x06C"
    for block in blocks(IMAGE):
        assert bench.exchange(block, 0) == b"\x06"
    assert bench.exchange(EOT, 0) == b"\x06"
    assert bench.exchange(END_OF_SESSION, 0) == (
        b"\x06"
        b"\n\n\r Programming Completed Successfully!\n\r--------------------------------\r\n"
        b" Name: APP.bin\n\r Size: 3000 Bytes\r\n-------------------\n"
        b"\r\n>>> Start APP >>>>>>>>>>>>>>>>\r\n\r\n"
        b"WizFi250 Version 1.0.4.9 (WIZnet Co.Ltd)\r\n"
    )


def test_the_end_that_is_sent_twice() -> None:
    bench = in_file()
    for block in blocks(IMAGE):
        bench.send(block)
    bench.read()
    assert bench.exchange(EOT + EOT, 0) == ACK + ACK
    assert bench.exchange(END_OF_SESSION, 0).endswith(banner("1.0.4.9"))


def test_a_sender_that_does_not_end_the_session() -> None:
    bench = in_file()
    for block in blocks(IMAGE):
        bench.send(block)
    bench.send(EOT)
    bench.read()
    bench.run(6 * BYTE_LIMIT_US)
    assert bench.read() == 5 * CRC + CAN + CAN + FAILED


def test_a_file_that_is_shorter_than_it_said() -> None:
    """Nothing compares the two; the image says it has more bytes than there are, and cannot start."""
    bench = in_file()
    printed = finish(bench, packet(1, IMAGE[:1024]))
    assert b" Size: 3000 Bytes\r\n" in printed
    assert printed.endswith(START_APP)


def test_more_data_than_the_size_is_padding() -> None:
    bench = in_file(1000)
    image = app_image("1.0.4.9", 1000)
    printed = finish(bench, packet(1, image.ljust(1024, b"\x1a")), *(packet(n, b"x" * 1024) for n in range(2, 6)))
    assert b" Size: 1000 Bytes\r\n" in printed
    assert bench.flash.application.size_bytes == 1000


def make_room() -> Steps[bool]:
    return True
    yield  # a generator without a step


def test_data_without_end_is_not_kept() -> None:
    receiver = YmodemReceiver(BootBench().module.kernel, APP_BYTES_MAX, make_room)
    steps = receiver.receive()
    next(steps)
    for block in (header(b"APP.bin", 1000), *(packet(number, b"x" * 1024) for number in range(1, 1200))):
        assert steps.send(block[:1]) == Read(len(block) - 1, BYTE_LIMIT_US, per_byte=True)
        assert steps.send(block[1:]) == Read(1, BYTE_LIMIT_US, per_byte=True)
        assert len(receiver._data) <= 1000


def test_a_second_file_in_one_session_is_refused() -> None:
    bench = in_file()
    for block in blocks(IMAGE):
        bench.send(block)
    assert bench.exchange(EOT, 0).endswith(ACK)
    assert bench.exchange(header(b"DCT.bin", 8220), 0) == CAN + CAN + FAILED
    assert not bench.flash.application.intact


def test_the_led_toggles_at_each_packet() -> None:
    bench = receiving()
    seen = []
    for sent in (header(b"APP.bin", 3000), *blocks(IMAGE), EOT):
        bench.send(sent)
        seen.append(bench.pins["led1"])
    assert seen == [False, True, False, True, False]


@given(st.lists(st.sampled_from([SOH, STX, EOT, CAN, b"a", b"C", b"\0", packet(0, b"f\x00200\0"), packet(1, b"x")])))
def test_whatever_a_sender_does(sent: list[bytes]) -> None:
    """The module answers every time, and is in the menu, in the application or silent in the end."""
    bench = receiving()
    for piece in sent:
        bench.send(piece)
    bench.run(10 * S)
    printed = bench.read()
    assert printed.endswith(CRC) or START_APP in printed
