"""Two ports for one stream: which has the output, what comes by SPI, and a host that does not read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk import MS, OK, S
from tests.spidesk import SpiDesk
from wizfi_emu.module import effects as fx
from wizfi_emu.module.events import PinDriven, TimeReached
from wizfi_emu.module.ports import DATA_READY, RECEIVE_BYTES, STOP_BYTES, WAITING_BYTES_MAX
from wizfi_emu.module.spi import QUEUE_BYTES, escaped
from wizfi_emu.module.tasks import Sleep, Steps

BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"


def test_the_vendors_session() -> None:
    desk = SpiDesk(echo=True)
    assert [desk.transfer(byte).hex() for byte in (b"A", b"T", b"\r")] == ["f0", "f0", "41"]
    assert desk.data_ready
    assert desk.read_spi() == b"T\r\n[OK]\r\n\xf0"
    assert desk.read() == b""


@pytest.mark.parametrize(("interface", "on_uart", "on_spi"), [(0, OK, b""), (1, OK, b""), (2, b"", OK)])
def test_answers_go_to_the_port_of_the_profile(interface: int, on_uart: bytes, on_spi: bytes) -> None:
    desk = SpiDesk(interface=interface)
    desk.send(b"AT\r")
    assert (desk.read(), desk.read_spi().replace(b"\xf0", b"")) == (on_uart, on_spi)


def test_a_uart_that_is_chosen_answers_what_comes_by_spi() -> None:
    desk = SpiDesk(interface=1)
    assert desk.spi(b"AT\r") == b""
    assert desk.read() == OK
    desk.send(b"A")
    assert desk.spi(b"T\r") == b""
    assert desk.read() == OK


def test_the_banner_is_on_the_uart() -> None:
    desk = SpiDesk()
    assert desk.banner == BANNER
    assert desk.spi(b"AT+MRESET\r", 2 * S) == OK
    assert desk.read() == BANNER
    assert fx.Log("info", "output goes to SPI (AT+MSPI=2); the serial line has the banner alone") in desk.effects


def test_an_undecided_module_answers_on_spi_when_its_first_byte_comes_there() -> None:
    desk = SpiDesk(interface=0)
    assert desk.transfer(b"\xf0\xf1\x03\xf0") == b"\xf0" * 4  # neither NULL nor code decides
    assert desk.spi(b"AT+MSPI=?\r") == b"0,9\r\n" + OK
    desk.send(b"AT\r")
    assert desk.read() == b""
    assert desk.spi(b"") == OK


def test_an_undecided_module_stays_on_the_uart_when_its_first_byte_comes_there() -> None:
    desk = SpiDesk(interface=0)
    desk.send(b"AT\r")
    assert desk.spi(b"AT\r") == b""
    assert desk.read() == OK + OK


def test_automatic_selection_by_spi() -> None:
    desk = SpiDesk("auto_interface=true", interface=0)
    assert desk.spi(b"\xf0\xf1\x03", 10 * MS) == b""
    assert desk.spi(b"A", 2 * S) == OK
    assert desk.read() == OK + BANNER
    assert (desk.module.ram.interface, desk.module.ram.spi_option) == (2, 9)
    assert desk.spi(b"AT\r") == OK


def test_automatic_selection_by_uart() -> None:
    desk = SpiDesk("auto_interface=true", interface=0)
    desk.send(b"A")
    desk.run(2 * S)
    assert desk.read() == OK + BANNER
    assert (desk.module.ram.interface, desk.module.ram.spi_option) == (1, 0)


def test_the_option_acts_after_the_reset() -> None:
    desk = SpiDesk()
    assert desk.module.ports.option == 9
    desk.spi(b"AT+MSPI=2,11\r", 2 * S)
    assert desk.module.ports.option == 11


def test_a_full_queue_stalls_the_module() -> None:
    desk = SpiDesk()
    desk.transfer(b"AT+MHELP\rAT+MECHO=?\rAT+MRESET\r")
    desk.run(10 * S)
    assert desk.module.kernel.stalled
    assert desk.resets == []
    first = desk.read_spi()
    assert len(first) == QUEUE_BYTES + 2  # what was loaded before, the queue, a NULL
    assert not desk.data_ready
    desk.run(MS)
    assert desk.data_ready, "a look for room each millisecond"
    assert len(desk.read_spi()) == QUEUE_BYTES + 2
    rest = desk.spi(b"", S)
    assert rest.endswith(OK + b"0\r\n" + OK + OK)
    desk.run(S)
    assert len(desk.resets) == 1


def test_the_task_waits_where_it_printed() -> None:
    desk = SpiDesk()
    desk.transfer(b"AT+MHELP\r" + b"\xf0" * 8)
    assert desk.module.kernel.stalled
    before = desk.now_us
    while desk.module.kernel.stalled:
        assert desk.step_to(before + S)
        desk.transfer(b"\xf0" * 100)
    assert desk.now_us - before < 50 * MS, "each look for room finds 100 bytes"


def test_a_stalled_module_keeps_the_network_waiting() -> None:
    desk = SpiDesk()
    desk.transfer(b"AT+MHELP\r")
    assert not desk.network_room
    assert desk.wakeup_us is None, "it waits for its host and for nothing else"
    desk.spi(b"")
    assert desk.network_room


def test_what_waits_for_a_host_has_an_end() -> None:
    desk = SpiDesk()
    for _ in range(6):
        desk.module.ports.send(bytes(50_000))
    effects = desk.module.handle(TimeReached(), desk.now_us)
    assert fx.Log("warning", "nobody reads SPI: some output is lost") in effects
    assert len(desk.module.ports._waiting) == WAITING_BYTES_MAX


def ten_seconds() -> Steps[None]:
    yield Sleep(10 * S)


def fill(desk: SpiDesk, free: int) -> None:
    """While a command is under way, the buffer fills."""
    desk.module.kernel.start_foreground(ten_seconds())
    desk.transfer(b"x" * (RECEIVE_BYTES - free))
    assert len(desk.module.kernel.rx) == RECEIVE_BYTES - free


def test_a_host_is_stopped_once_at_128_free_bytes() -> None:
    desk = SpiDesk()
    fill(desk, STOP_BYTES)
    assert not desk.data_ready
    desk.transfer(b"x")
    assert desk.data_ready
    assert desk.transfer(b"x" * 4) == b"\xf0\xf1\x04\xf0"
    assert desk.transfer(b"x" * 200) == b"\xf0" * 200
    assert len(desk.module.kernel.rx) == RECEIVE_BYTES
    assert desk.module.lost_bytes == 205 - STOP_BYTES


def test_a_burst_is_stopped_where_single_bytes_are() -> None:
    desk = SpiDesk()
    fill(desk, STOP_BYTES + 3)
    assert desk.transfer(b"xxx" + b"x" + b"x" * 5) == b"\xf0" * 5 + b"\xf1\x04\xf0\xf0"


def test_the_host_may_go_on_when_there_is_room_at_the_next_look() -> None:
    desk = SpiDesk()
    desk.send(b"AT+MCERT=W,C,2000\r")
    desk.transfer(b"x" * 900)
    assert len(desk.module.kernel.rx) == 900
    desk.module.kernel.rx += b"y" * (RECEIVE_BYTES - 900)  # from the UART, say
    stopped_us = desk.now_us
    desk.transfer(b"zz")
    desk.read_spi()
    del desk.module.kernel.rx[1000:]
    desk.run(99 * MS)
    assert not desk.data_ready
    desk.run_to(stopped_us + 100 * MS)
    assert desk.data_ready
    assert desk.read_spi() == b"\xf0\xf1\x03\xf0"


@pytest.mark.parametrize(("form", "answer", "ready"), [("data", b"\xf1\x01\x02", False), ("code", b"\xf1\x02", True)])
def test_sync_is_answered_as_the_switch_says(form: str, answer: bytes, ready: bool) -> None:
    desk = SpiDesk(f"spi_sync={form}")
    assert desk.transfer(b"\xf1\x02") == b"\xf0\xf0"
    assert desk.data_ready is ready
    assert desk.transfer(b"\xf0" * 6).strip(b"\xf0") == answer


def test_an_escaped_byte_calls_the_host() -> None:
    desk = SpiDesk()
    desk.transfer(b"\xf1\x00")
    assert desk.data_ready
    assert desk.read_spi() == b"\xf0\xf0"


def test_err_is_ignored() -> None:
    desk = SpiDesk()
    assert desk.spi(b"A\xf1\x05T\r") == OK


def test_without_power_nobody_drives_the_line() -> None:
    desk = SpiDesk()
    desk.transfer(b"AT\r")
    assert desk.data_ready
    desk.power_off()
    assert not desk.data_ready
    assert desk.transfer(b"AT") == b"\xff\xff"


def test_the_boot_loader_and_the_update_mode_have_no_spi() -> None:
    desk = SpiDesk()
    desk.power_off()
    desk.feed(PinDriven("boot", False))
    desk.power_on()
    assert desk.transfer(b"1") == b"\xff"
    desk.run(5 * S)
    assert b"WizFi Bootloader" in desk.read()
    assert desk.transfer(b"1") == b"\xff"


def test_a_reset_in_the_middle_of_a_burst_leaves_the_line_undriven() -> None:
    desk = SpiDesk()
    desk.module.kernel.after("now", 0, desk.module.restart)
    assert desk.transfer(b"AT\r") in (b"\xff\xff\xff", b"\xf0\xf0\xf0")


@given(st.data())
def test_a_burst_is_what_its_transfers_are_one_by_one(data: st.DataObject) -> None:
    """Commands, echo, escapes, codes: cut in any way, the same bytes come back."""
    said = [
        b"AT\r",
        b"AT+MECHO=1\r",
        b"AT+MECHO=0\rA/",
        b"AT+MMSG=3\rAT+FOO\r",
        b"\xf1\x00a\xf1\x01\r",
        b"\xf1\x02",
        b"\xf0" * 9,
    ]
    mosi = b"".join(data.draw(st.lists(st.sampled_from(said), max_size=6))) + b"\xf0" * 3000
    places = data.draw(st.lists(st.integers(0, min(120, len(mosi))), max_size=8))
    cuts = sorted({0, len(mosi), *places})
    whole, pieces = SpiDesk(), SpiDesk()
    assert b"".join(pieces.transfer(mosi[a:b]) for a, b in pairwise(cuts)) == whole.transfer(mosi)


def test_a_module_asleep_hears_nothing_by_spi() -> None:
    desk = SpiDesk()
    assert desk.spi(b"AT+MMCUPS=1,1000\r", 10 * MS) == OK
    lost = desk.module.lost_bytes
    assert desk.spi(b"AT\r", 10 * MS) == b""
    assert desk.module.lost_bytes == lost + 3


def test_binary_output_is_escaped_and_arrives() -> None:
    desk = SpiDesk()
    desk.module.ports.send(bytes(range(256)))
    desk.feed(TimeReached())
    assert escaped(bytes(range(256))) in desk.read_spi()
    assert DATA_READY not in desk.pins


def test_the_last_answer_before_a_reset_at_once_can_be_read() -> None:
    desk = SpiDesk()
    assert desk.spi(b"AT+WREG=KR\r", 10 * MS) == OK
    assert len(desk.resets) == 1
    desk = SpiDesk()
    desk.transfer(b"AT+WREG=KR\r")
    desk.run(99 * MS)
    assert desk.resets == []
    desk.run(2 * MS)
    assert len(desk.resets) == 1
    assert not desk.data_ready
