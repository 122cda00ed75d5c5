"""The speed of the line: the arithmetic alone, then the line under a clock that jumps."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.serial_port import FAKE_CAPACITY_BYTES, FakeSerialPort, open_fake_serial
from wizfi_emu.serial.hostbuffer import HOST_BUFFER_BYTES, QUEUE_LIMIT_BYTES
from wizfi_emu.serial.lineclock import CATCH_UP_S, SLICE_S, Framing, LineClock
from wizfi_emu.serial.pacing import LINE_ROOM_BYTES

BYTE_S = 10 / 115200


@pytest.mark.parametrize(
    ("framing", "bits", "bytes_per_second"),
    [
        (Framing(), 10, 11520),
        (Framing(9600, "E", 8, "1"), 11, 9600 / 11),
        (Framing(9600, "O", 7, "2"), 11, 9600 / 11),
        (Framing(300, "N", 8, "0.5"), 9.5, 300 / 9.5),
        (Framing(1843200, "N", 8, "1.5"), 10.5, 1843200 / 10.5),
        (Framing(0), 10, 0.1),  # the module takes any number; the line must only not break
    ],
)
def test_framing(framing: Framing, bits: float, bytes_per_second: float) -> None:
    assert framing.bits_per_byte == bits
    assert 1 / framing.byte_s == pytest.approx(bytes_per_second)


def test_an_idle_line_gives_a_slice_at_once_and_then_makes_wait() -> None:
    clock = LineClock()
    clock.resume(100.0)
    assert clock.take(100.0, BYTE_S, 1000) == 12  # 1 ms and the byte that begins in it
    assert clock.free_at_s == pytest.approx(100 + 12 * BYTE_S)
    assert clock.take(100.0, BYTE_S, 1000) == 0
    assert clock.take(clock.free_at_s, BYTE_S, 1000) == 12


def test_the_first_slice_may_come_in_pieces() -> None:
    clock = LineClock()
    taken = 0
    for _ in range(5):
        clock.resume(7.0)
        taken += clock.take(7.0, BYTE_S, 4)
    assert taken == 12


def test_a_slow_line_gives_one_byte_at_a_time() -> None:
    clock = LineClock()
    clock.resume(0.0)
    byte_s = Framing(300).byte_s
    assert clock.take(0.0, byte_s, 5) == 1
    assert clock.take(0.02, byte_s, 5) == 0
    assert clock.take(byte_s, byte_s, 5) == 1


def test_idle_time_is_not_saved_up() -> None:
    clock = LineClock()
    clock.resume(0.0)
    clock.take(0.0, BYTE_S, 1)
    clock.resume(10.0)
    assert clock.take(10.0, BYTE_S, 10_000) == 12


def test_only_a_short_delay_is_made_up() -> None:
    clock = LineClock()
    clock.resume(0.0)
    clock.take(0.0, BYTE_S, 10_000)
    assert clock.take(60.0, BYTE_S, 10_000) * BYTE_S == pytest.approx(CATCH_UP_S + SLICE_S, rel=0.01)


@given(
    st.sampled_from([300, 9600, 115200, 921600, 3686400]),
    st.lists(st.floats(0, CATCH_UP_S / 2), min_size=1, max_size=30),
)
def test_late_wake_ups_do_not_change_the_rate(baud: int, delays_s: list[float]) -> None:
    byte_s = Framing(baud).byte_s
    clock = LineClock()
    clock.resume(5.0)
    sent = 0
    now_s = 5.0
    for delay_s in delays_s:
        now_s = max(now_s, clock.free_at_s) + delay_s
        sent += clock.take(now_s, byte_s, 1_000_000)
        line_s = sent * byte_s
        # Never behind the wire, never ahead by more than a slice and the byte that begins in it.
        assert -1e-6 <= line_s - (now_s - 5.0) <= SLICE_S + byte_s + 1e-6


# --- the line -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def port(nursery: trio.Nursery) -> AsyncIterator[FakeSerialPort]:
    async with open_fake_serial(nursery=nursery, paced=True) as port:
        yield port


@asynccontextmanager
async def timing(expected_s: float) -> AsyncIterator[None]:
    start_s = trio.current_time()
    yield
    assert trio.current_time() - start_s == pytest.approx(expected_s, rel=0.02)


async def test_115200(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.send_nowait(bytes(23_040))
    async with timing(2):
        await port.host_read(23_040)


@pytest.mark.parametrize(
    ("baud", "parity", "data_bits", "stop_bits", "bits"),
    [
        (300, "N", 8, "1", 10),
        (9600, "E", 7, "2", 11),
        (19200, "O", 8, "1.5", 11.5),
        (57600, "N", 8, "0.5", 9.5),
        (1843200, "N", 8, "1", 10),
        (3686400, "N", 8, "2", 11),
    ],
)
async def test_framings(
    autojump_clock: MockClock, port: FakeSerialPort, baud: int, parity: str, data_bits: int, stop_bits: str, bits: float
) -> None:
    port.configure(baud, parity, data_bits, stop_bits, "N")
    count = min(baud // 20 + 100, 50_000)
    port.send_nowait(bytes(count))
    async with timing(count * bits / baud):
        await port.host_read(count)


@pytest.mark.parametrize(("speedup", "byte_cost", "seconds"), [(10, 1, 0.1), (0.5, 1, 2), (1, 1.08, 1.08)])
async def test_factors(
    nursery: trio.Nursery, autojump_clock: MockClock, speedup: float, byte_cost: float, seconds: float
) -> None:
    async with open_fake_serial(nursery=nursery, paced=True, speedup=speedup, byte_cost=byte_cost) as port:
        port.send_nowait(bytes(11_520))
        async with timing(seconds):
            await port.host_read(11_520)


async def test_an_answer_leaves_an_idle_line_before_the_call_returns(
    autojump_clock: MockClock, port: FakeSerialPort
) -> None:
    port.send_nowait(b"AT\r\n")
    port.send_nowait(b"[OK]\r\n")
    assert bytes(port.host_received) == b"AT\r\n[OK]\r\n"


async def test_bytes_come_in_slices_in_order(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    data = bytes(range(256)) * 8
    port.send_nowait(data[:1000])
    port.send_nowait(data[1000:])
    sizes = []
    while len(port.host_received) < len(data):
        before = len(port.host_received)
        await trio.sleep(SLICE_S)
        sizes.append(len(port.host_received) - before)
    assert bytes(port.host_received) == data
    assert max(sizes) <= 24  # two slices at most, as the sleeps do not fall together with the line's


async def test_queued_bytes_leave_at_their_own_speed(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(9600, "N", 8, "1", "N")
    port.send_nowait(b"o" * 960)
    port.configure(960, "N", 8, "1", "N")
    port.send_nowait(b"n" * 96)
    async with timing(1):
        assert await port.host_read(960) == b"o" * 960
    async with timing(1):
        assert await port.host_read(96) == b"n" * 96


async def test_many_small_sends_keep_the_rate(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    async def send() -> None:
        for _ in range(1000):
            port.send_nowait(b"12345678901")
            await trio.sleep(0.0005)

    async with timing(11_000 / 11_520), trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await port.host_read(11_000)


async def test_room_follows_the_line(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.send_nowait(bytes(LINE_ROOM_BYTES + 11_520))
    async with timing(1):
        await port.wait_room()
    async with timing(0):
        await port.wait_room()


async def test_the_line_runs_on_when_the_host_does_not_read(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(1_152_000, "N", 8, "1", "N")
    port.host_pause()
    kept = FAKE_CAPACITY_BYTES + HOST_BUFFER_BYTES
    total = kept + 20_000
    async with timing(total / 115_200):
        for start in range(0, total, 4000):
            await port.wait_room()
            port.send_nowait(bytes(min(4000, total - start)))
        while port.dropped_bytes < 20_000:  # noqa: ASYNC110 : the clock jumps
            await trio.sleep(0.001)
    assert port.sent_bytes == FAKE_CAPACITY_BYTES
    port.host_resume()
    await port.host_read(kept)
    assert (port.sent_bytes, port.dropped_bytes) == (kept, 20_000)


async def test_hardware_flow_control_stops_the_line(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    port.host_pause()
    data = bytes(itertools.islice(itertools.cycle(range(251)), 30_000))
    port.send_nowait(data)
    with trio.move_on_after(3600) as waiting:
        await port.wait_room()
    assert waiting.cancelled_caught
    assert port.sent_bytes == FAKE_CAPACITY_BYTES
    port.host_resume()
    async with timing((30_000 - FAKE_CAPACITY_BYTES) / 11_520):
        assert await port.host_read(30_000) == data
    assert port.dropped_bytes == 0


async def test_without_flow_control_again_the_line_goes_on(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    port.host_pause()
    port.send_nowait(bytes(30_000))
    await trio.sleep(10)
    port.configure(115200, "N", 8, "1", "N")
    await port.wait_room()
    assert port.dropped_bytes == 0


async def test_the_queue_has_an_end(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    port.host_pause()
    port.send_nowait(bytes(QUEUE_LIMIT_BYTES + 10))
    assert port.dropped_bytes == 10
    await wait_all_tasks_blocked()
    port.send_nowait(bytes(QUEUE_LIMIT_BYTES))
    assert port.dropped_bytes == 10 + QUEUE_LIMIT_BYTES - 12
    port.send_nowait(b"")


async def test_a_task_that_waits_for_room_sees_the_port_close(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    async with open_fake_serial(nursery=nursery, paced=True) as port:
        port.send_nowait(bytes(10_000))

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await port.wait_room()

        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
