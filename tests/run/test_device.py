"""The body of a module: observers, the plug, and bytes from more than one side on the serial line."""

from __future__ import annotations

import socket

import pytest
import trio
from trio.testing import MockClock

from tests.device.devices import BANNER, on_table
from tests.serial_port import FAKE_CAPACITY_BYTES
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.observer import Observer
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.host import HostWorld


async def test_observers_see_events_and_effects_in_order(autojump_clock: MockClock) -> None:
    seen: list[tuple[ev.Event | fx.Effect, int]] = []
    async with on_table() as table:
        table.device.add(Observer(lambda item, now_us: seen.append((item, now_us))))
        before_us = table.device.now_us
        table.device.feed(ev.UartReceived(b"AT"))
        table.device.feed(ev.UartReceived(b"\r"))
    assert [item for item, _ in seen] == [
        ev.UartReceived(b"AT"),
        fx.UartSend(b"AT"),
        ev.UartReceived(b"\r"),
        fx.UartSend(b"\r\n"),
        fx.UartSend(b"[OK]\r\n"),
    ]
    assert all(now_us >= before_us for _, now_us in seen)


async def test_an_observer_sees_an_effect_before_it_is_carried_out(autojump_clock: MockClock) -> None:
    sent_before: list[bytes] = []
    async with on_table() as table:

        def observe(item: ev.Event | fx.Effect, _now_us: int) -> None:
            if isinstance(item, fx.UartSend):
                sent_before.append(bytes(table.serial.host_received))

        table.device.add(Observer(observe))
        table.device.feed(ev.UartReceived(b"A"))
        assert table.sent() == b"A"
    assert sent_before == [b""]


async def test_pull_the_plug_and_put_it_in_again(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        device = table.device
        await table.ask(b"AT+MECHO=0")
        device.power_off()
        assert not device.has_power
        assert device.pins == {}
        device.feed(ev.UartReceived(b"AT\r"))
        await trio.sleep(10)
        assert table.sent() == b""
        device.power_on()
        assert device.has_power
        assert await table.read_until(BANNER) == BANNER
        assert await table.ask(b"AT") == b"AT\r\n[OK]\r\n", "echo was only off in RAM"


async def test_a_reset_without_power_does_not_switch_it_on(autojump_clock: MockClock) -> None:
    async with on_table() as table:
        table.device.power_off()
        table.device.feed(ev.ResetPulled())
        await trio.sleep(10)
        assert table.sent() == b""
        assert not table.device.module.powered


async def test_off_while_it_boots(autojump_clock: MockClock) -> None:
    async with on_table(timing=Timing(paced=False, boot_ms=1000)) as table:
        await trio.sleep(0.5)
        table.device.power_off()
        await trio.sleep(5)
        assert table.sent() == b""


@pytest.mark.slow
@pytest.mark.parametrize("off_s", [0.4, 0.0])
async def test_power_fails_while_the_flash_is_written(off_s: float) -> None:
    """The old settings stay, however short the gap is."""
    # In real time: the flash is written in a thread, for which a clock that jumps does not wait.
    async with on_table(timing=Timing(paced=False, flash_write_ms=200)) as table:
        await table.ask(b"AT+WNET=0,10.0.0.2")
        table.serial.host_write(b"AT+MPROF=S\r")
        await table.read_until(b"AT+MPROF=S\r\n")
        table.device.power_off()
        await trio.sleep(off_s)
        table.device.power_on()
        await table.read_until(BANNER)
        assert b"1,192.168.12.101" in await table.ask(b"AT+WNET=?")


async def test_what_the_line_has_not_carried_dies_with_the_power(autojump_clock: MockClock) -> None:
    async with on_table(timing=Timing(paced=True)) as table:
        table.serial.host_write(b"AT+MHELP\r")
        await trio.sleep(0.1)
        sent = table.sent()
        assert len(sent) > 500
        table.device.power_off()
        await trio.sleep(10)
        assert table.sent() == b""
        table.device.power_on()
        assert await table.read_until(BANNER) == BANNER


@pytest.mark.parametrize("time_scale", [1, 10])
async def test_both_directions_have_the_rate_of_the_line(autojump_clock: MockClock, time_scale: float) -> None:
    async with on_table(timing=Timing(), time_scale=time_scale) as table:
        await table.ask(b"AT+MECHO=0")
        start_s = trio.current_time()
        table.serial.host_write(b"AT\r" * 1920)
        await table.read_until(b"[OK]\r\n")
        assert trio.current_time() - start_s < 0.02, "the first answer does not wait for the last command"
        await table.read_until(b"[OK]\r\n" * 1919)
        assert trio.current_time() - start_s == pytest.approx(1 / time_scale, rel=0.02), "twice as much comes back"


async def test_a_host_that_does_not_read_loses_on_a_line_without_flow_control(autojump_clock: MockClock) -> None:
    async with on_table(timing=Timing()) as table:
        table.serial.host_pause()
        for _ in range(100):
            table.serial.host_write(b"AT+MHELP\r")
        await trio.sleep(60)
        assert table.serial.sent_bytes == len(BANNER) + FAKE_CAPACITY_BYTES
        assert table.serial.dropped_bytes > 10_000
        assert not table.device.module.busy


async def test_hardware_flow_control_stops_the_line_until_the_host_reads(autojump_clock: MockClock) -> None:
    async with on_table(timing=Timing()) as table:
        await table.ask(b"AT+USET=115200,N,8,1,HW", BANNER)
        table.serial.host_pause()
        for _ in range(3):
            table.serial.host_write(b"AT+MHELP\r")
        await trio.sleep(60)
        assert (table.serial.dropped_bytes, table.serial.holds) == (0, True)
        table.serial.host_resume()
        await table.read_until(b"[OK]\r\n")
        await table.read_until(b"[OK]\r\n")
        start_s = trio.current_time()
        came = await table.read_until(b"[OK]\r\n")
        assert trio.current_time() - start_s == pytest.approx(len(came) / 11_520, rel=0.05), "at its own speed again"


async def test_a_host_is_stopped_when_the_receive_buffer_is_full(autojump_clock: MockClock) -> None:
    async with on_table(timing=Timing()) as table:
        stops: list[bool] = []
        assert table.device.wire is not None
        assert table.device.wire.on_stop == table.serial.stop_host
        table.device.wire.on_stop = stops.append
        await table.ask(b"AT+USET=115200,N,8,1,HW", BANNER)
        await table.ask(b"AT+WSET=0,WizFiDemoAP")
        assert isinstance(table.device.world, HostWorld)
        table.device.world.radio.execute = lambda effect, now_us: []  # type: ignore[method-assign]  # it never ends
        table.serial.host_write(b"AT+WSCAN\r" + bytes(5000))
        await trio.sleep(5)
        assert stops == [True]
        assert table.device.module.unread_bytes == 2019
        assert table.device.module.lost_bytes == 0


async def test_connections_go_with_the_power() -> None:
    async with on_table() as table:
        await table.ask(b"AT+WSET=0,WizFiDemoAP")
        await table.ask(b"AT+WSEC=0,,12345678")
        await table.ask(b"AT+WJOIN")
        await table.ask(b"AT+SCON=O,TSN,,,5000,0")
        [slot] = table.device.module.slots.open_slots
        local, remote = table.device.world.ends(slot)
        assert local is not None
        assert remote is None
        with socket.create_connection(local, 5) as peer:
            await table.read_until(b"[CONNECT 0]\r\n")
            table.device.power_off()
            peer.settimeout(5)
            assert await trio.to_thread.run_sync(peer.recv, 1) == b""
        assert table.device.pins == {}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(local, 5)


async def test_two_who_wait_for_room_both_get_it(autojump_clock: MockClock) -> None:
    """The host's line and the hands beside it: whoever waits for room is not forgotten when the other one waits too."""
    async with on_table() as table:
        device = table.device
        await table.ask(b"AT+WSET=0,WizFiDemoAP")
        assert isinstance(device.world, HostWorld)
        device.world.radio.execute = lambda effect, now_us: []  # type: ignore[method-assign]  # a scan that never ends
        table.serial.host_write(b"AT+WSCAN\r")
        await trio.testing.wait_all_tasks_blocked()
        assert device.module.busy
        device.feed(ev.UartReceived(b"x" * device.module.uart_room))
        assert device.module.uart_room == 0
        done: list[str] = []

        async def send(name: str) -> None:
            await device.receive_serial(b"y")
            done.append(name)

        table.nursery.start_soon(send, "one")
        await trio.testing.wait_all_tasks_blocked()
        table.nursery.start_soon(send, "two")
        await trio.testing.wait_all_tasks_blocked()
        assert done == []
        device.power_off()
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(done) == ["one", "two"]
