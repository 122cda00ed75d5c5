"""Who looks on: the recent past, the present, and what a slow one loses."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from wizfi_emu.control.traffic import (
    HISTORY_BYTES,
    QUEUE_BYTES,
    QUEUE_ITEMS,
    SUBSCRIBERS_MAX,
    FullError,
    Passed,
    Traffic,
)
from wizfi_emu.module.effects import Effect, SendData, SetPin, UartSend, WriteFlash
from wizfi_emu.module.events import Event, PoweredOff, SocketReceived, TimeReached, UartReceived


def test_late_comers_get_the_serial_bytes_of_before_and_nothing_else() -> None:
    traffic = Traffic()
    items: list[Event | Effect] = [UartReceived(b"AT\r"), SetPin("led1", level=True), UartSend(b"[OK]\r\n")]
    for now_us, item in enumerate(items):
        traffic.observe(item, now_us)
    assert traffic.join().take() == ([Passed(UartReceived(b"AT\r"), 0), Passed(UartSend(b"[OK]\r\n"), 2)], 0)


def test_what_passes_goes_to_all_in_order() -> None:
    traffic = Traffic()
    one, other = traffic.join(), traffic.join()
    items: list[Event | Effect] = [UartReceived(b"A"), PoweredOff(), SetPin("led1", level=False)]
    for item in items:
        traffic.observe(item, 7)
    for subscriber in (one, other):
        assert subscriber.take() == ([Passed(item, 7) for item in items], 0)
        assert subscriber.take() == ([], 0)


def test_wake_ups_of_the_clock_are_not_worth_telling() -> None:
    traffic = Traffic()
    subscriber = traffic.join()
    traffic.observe(TimeReached(), 1)
    assert subscriber.take() == ([], 0)


def test_who_has_left_gets_nothing_and_costs_nothing() -> None:
    traffic = Traffic()
    subscriber = traffic.join()
    traffic.leave(subscriber)
    traffic.observe(PoweredOff(), 1)
    assert subscriber.take() == ([], 0)


def test_the_past_is_bounded() -> None:
    traffic = Traffic()
    for number in range(3 * HISTORY_BYTES // 100):
        traffic.observe(UartSend(b"x" * 100), number)
    kept, lost = traffic.join().take()
    assert HISTORY_BYTES - 100 < 100 * len(kept) <= HISTORY_BYTES
    assert kept[-1].now_us == 3 * HISTORY_BYTES // 100 - 1
    assert lost == 0


def test_one_piece_that_is_longer_than_the_past_is_kept_alone() -> None:
    traffic = Traffic()
    traffic.observe(UartSend(b"x"), 1)
    traffic.observe(UartSend(b"y" * 2 * HISTORY_BYTES), 2)
    assert [passed.now_us for passed in traffic.join().take()[0]] == [2]


def test_a_slow_one_is_told_how_much_it_has_lost() -> None:
    traffic = Traffic()
    subscriber = traffic.join()
    for _ in range(QUEUE_ITEMS + 5):
        traffic.observe(PoweredOff(), 1)
    taken, lost = subscriber.take()
    assert (len(taken), lost) == (QUEUE_ITEMS, 5)
    traffic.observe(UartSend(b"x" * (QUEUE_BYTES - 1000)), 2)
    traffic.observe(UartSend(b"x" * 1000), 3)
    taken, lost = subscriber.take()
    assert (len(taken), lost) == (1, 1)


@pytest.mark.parametrize(
    "item",
    [SocketReceived(1, bytes(65536), "127.0.0.1", 4000), SendData(1, bytes(65536)), WriteFlash(1, bytes(65536))],
    ids=["received", "sent", "flash"],
)
def test_all_data_counts_not_only_that_of_the_serial_line(item: Event | Effect) -> None:
    traffic = Traffic()
    subscriber = traffic.join()
    for _ in range(100):
        traffic.observe(item, 1)
    taken, lost = subscriber.take()
    assert (len(taken), lost) == (QUEUE_BYTES // 65536 - 1, 101 - QUEUE_BYTES // 65536)


def test_so_many_look_on_and_no_more() -> None:
    traffic = Traffic()
    subscribers = [traffic.join() for _ in range(SUBSCRIBERS_MAX)]
    with pytest.raises(FullError, match=r"^16 clients follow this module already$"):
        traffic.join()
    traffic.leave(subscribers[3])
    traffic.join()


async def test_waiting() -> None:
    traffic = Traffic()
    subscriber = traffic.join()
    woken: list[int] = []

    async def wait() -> None:
        await subscriber.wait()
        woken.append(len(subscriber.take()[0]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        assert woken == []
        traffic.observe(PoweredOff(), 1)
    assert woken == [1]
    traffic.observe(UartSend(b"x"), 2)
    with trio.fail_after(1):
        await traffic.join().wait()  # the past is there at once


def test_a_reader_that_does_not_want_the_past() -> None:
    traffic = Traffic()
    traffic.observe(UartReceived(b"AT\r"), 0)
    subscriber = traffic.join(past=False)
    assert subscriber.take() == ([], 0)
    traffic.observe(UartReceived(b"AT\r"), 1)
    assert subscriber.take() == ([Passed(UartReceived(b"AT\r"), 1)], 0)
