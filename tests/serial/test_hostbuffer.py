"""What waits for the host, and what is dropped, without pacing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.serial_port import FAKE_CAPACITY_BYTES, FakeSerialPort, open_fake_serial
from wizfi_emu.serial.hostbuffer import QUEUE_LIMIT_BYTES, ROOM_BYTES, STALL_LIMIT_S

CHUNK_BYTES = 65536


@pytest.fixture
async def port(nursery: trio.Nursery) -> AsyncIterator[FakeSerialPort]:
    async with open_fake_serial(nursery=nursery) as port:
        yield port


async def waited_s(port: FakeSerialPort) -> float:
    """How long ``wait_room`` takes."""
    start_s = trio.current_time()
    await port.wait_room()
    return trio.current_time() - start_s


def fill(port: FakeSerialPort) -> None:
    """Make the host one that does not read, with more than the room mark waiting for it."""
    port.host_pause()
    port.send_nowait(bytes(FAKE_CAPACITY_BYTES + ROOM_BYTES))


async def test_a_reading_host_gets_everything_at_once(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    for size in (1, 5000, QUEUE_LIMIT_BYTES * 2):
        port.send_nowait(b"x" * size)
        assert len(port.host_received) == size
        port.host_received.clear()
        assert await waited_s(port) == 0


async def test_a_host_that_stalls_is_waited_for_once(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    fill(port)
    assert await waited_s(port) == pytest.approx(STALL_LIMIT_S)
    port.send_nowait(bytes(CHUNK_BYTES))
    assert await waited_s(port) == 0
    total = FAKE_CAPACITY_BYTES + ROOM_BYTES + CHUNK_BYTES
    for _ in range(10):
        await port.wait_room()
        port.send_nowait(bytes(CHUNK_BYTES))
        total += CHUNK_BYTES
    assert port.dropped_bytes == total - FAKE_CAPACITY_BYTES - QUEUE_LIMIT_BYTES


async def test_a_slow_host_loses_nothing(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    total = 40 * CHUNK_BYTES

    async def read_slowly() -> None:
        while len(port.host_received) < total:
            port.host_resume()
            port.host_pause()
            await trio.sleep(STALL_LIMIT_S * 0.9)

    port.host_pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(read_slowly)
        for _ in range(40):
            await port.wait_room()
            port.send_nowait(bytes(CHUNK_BYTES))
    assert port.dropped_bytes == 0
    assert port.sent_bytes == total


async def test_a_host_that_reads_again_is_waited_for_again(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    fill(port)
    await port.wait_room()
    port.host_resume()
    await port.host_read(FAKE_CAPACITY_BYTES + ROOM_BYTES)
    fill(port)
    assert await waited_s(port) == pytest.approx(STALL_LIMIT_S)


async def test_one_room_is_for_one_task(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    """Of many tasks that wait, as many go on as the buffer has room for: together they must not overflow it."""

    async def forward() -> None:
        await port.wait_room()
        port.send_nowait(bytes(CHUNK_BYTES))

    fill(port)
    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(forward)
        await wait_all_tasks_blocked()
        port.host_resume()
        port.host_pause()
        await wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 7
        assert port.dropped_bytes == 0
        nursery.cancel_scope.cancel()


async def test_hardware_flow_control_waits_for_ever(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    fill(port)
    with trio.move_on_after(3600) as waiting:
        await port.wait_room()
    assert waiting.cancelled_caught
    port.host_resume()
    assert await waited_s(port) == 0
    await port.host_read(FAKE_CAPACITY_BYTES + ROOM_BYTES)
    assert port.dropped_bytes == 0


async def test_hardware_flow_control_has_a_limit_too(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    port.host_pause()
    port.send_nowait(bytes(FAKE_CAPACITY_BYTES + QUEUE_LIMIT_BYTES))
    assert port.dropped_bytes == 0
    port.send_nowait(b"answer")
    assert port.dropped_bytes == 6


async def test_switching_flow_control_off_ends_the_waiting(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    fill(port)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.wait_room)
        await trio.sleep(10)
        port.configure(115200, "N", 8, "1", "N")
    assert port.dropped_bytes == 0


async def test_without_a_host_bytes_are_dropped(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    port.host_close()
    port.send_nowait(b"banner")
    assert await waited_s(port) == 0
    assert (port.sent_bytes, port.dropped_bytes) == (0, 6)
    port.host_open()
    port.send_nowait(b"again")
    assert bytes(port.host_received) == b"again"


async def test_what_waits_for_a_host_that_leaves_is_dropped(autojump_clock: MockClock, port: FakeSerialPort) -> None:
    fill(port)
    port.host_close()
    assert port.dropped_bytes == ROOM_BYTES
    assert await waited_s(port) == 0


async def test_with_hardware_flow_control_it_waits_for_the_next_host(
    autojump_clock: MockClock, port: FakeSerialPort
) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    port.host_close()
    port.send_nowait(b"banner")
    await wait_all_tasks_blocked()
    port.host_open()
    assert await port.host_read(6) == b"banner"
    assert port.dropped_bytes == 0


async def test_an_episode_of_drops_is_logged_once_and_without_the_bytes(
    autojump_clock: MockClock, port: FakeSerialPort, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    port.host_pause()
    port.send_nowait(b"secret" * 50_000)
    port.send_nowait(b"secret" * 50_000)
    port.host_resume()
    await port.host_read(FAKE_CAPACITY_BYTES + QUEUE_LIMIT_BYTES)
    assert [record.getMessage() for record in caplog.records] == [
        "fake: the host does not read, output is dropped",
        f"fake: output reaches the host again, {600_000 - FAKE_CAPACITY_BYTES - QUEUE_LIMIT_BYTES} bytes were dropped",
    ]


async def test_a_task_that_waits_for_room_sees_the_port_close(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    async with open_fake_serial(nursery=nursery) as port:
        port.configure(115200, "N", 8, "1", "HW")
        fill(port)

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await port.wait_room()

        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
