"""What is still on its way when the module loses its power."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from tests.serial_port import open_fake_serial


async def test_what_the_line_has_not_carried_is_gone(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery, open_fake_serial(nursery=nursery, paced=True) as port:
        port.send_nowait(b"x" * 1000)
        await trio.sleep(0.02)
        carried = len(port.host_received)
        assert 100 < carried < 500
        port.discard_unsent()
        await trio.sleep(10)
        assert len(port.host_received) == carried
        port.send_nowait(b"and on")
        await trio.sleep(1)
        assert port.host_received.endswith(b"xand on")
        assert len(port.host_received) == carried + 6


async def test_who_waits_for_room_gets_it(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery, open_fake_serial(nursery=nursery, paced=True) as port:
        port.send_nowait(b"x" * 100_000)
        nursery.start_soon(port.wait_room)
        await trio.testing.wait_all_tasks_blocked()
        port.discard_unsent()
        with trio.fail_after(0.1):
            await port.wait_room()


async def test_an_unpaced_line_has_carried_everything(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery, open_fake_serial(nursery=nursery) as port:
        port.send_nowait(b"x" * 1000)
        port.discard_unsent()
        await trio.testing.wait_all_tasks_blocked()
        assert len(port.host_received) == 1000
