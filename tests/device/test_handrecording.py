"""A recording that a person switches on and off: it begins with the power, and replays."""

from __future__ import annotations

import functools

import pytest

from tests.device.devices import OnTable, on_table
from wizfi_emu.actions.hands import DrivePins, Power, PowerOn, Record, SetAdc
from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.device import handrecording
from wizfi_emu.device.handle import DeviceHandle
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.record import new_header
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import decode_recording
from wizfi_emu.recording.replay import replay
from wizfi_emu.timing import Timing


def hands(table: OnTable) -> DeviceHandle:
    device = table.device
    header = functools.partial(new_header, device, RunOptions(), device.module.firmware)
    return DeviceHandle(device, table.nursery, header=header)


async def restart(handle: DeviceHandle, table: OnTable) -> None:
    await handle.perform(Power("off"))
    await handle.perform(PowerOn())
    await table.read_until(b"(WIZnet Co.Ltd)\r\n")


async def test_it_begins_with_the_power_and_replays() -> None:
    async with on_table() as table:
        handle = hands(table)
        assert handle.state().recording.state == "off"
        await handle.perform(DrivePins({"gpio5": 1}))
        await handle.perform(SetAdc(99))
        await handle.perform(Record(True))
        await table.ask(b"AT+MINFO")
        assert handle.state().recording == handle.state().recording.__class__("waiting", 0)
        await restart(handle, table)
        assert handle.state().recording.state == "on"
        await table.ask(b"AT+FGETADC")
        await handle.perform(Record(False))
        await table.ask(b"AT")
    state = handle.state().recording
    recording = decode_recording(handle.recording(), "by hand")
    assert (state.state, state.bytes) == ("off", len(handle.recording()))
    said = b"".join(batch.event.data for batch in recording.batches if isinstance(batch.event, ev.UartReceived))
    assert said == b"AT+FGETADC\r"
    assert isinstance(recording.batches[0].event, ev.PinDriven)
    assert replay(recording).difference is None


async def test_on_a_line_that_takes_its_time() -> None:
    async with on_table(timing=Timing(paced=True)) as table:
        handle = hands(table)
        await handle.perform(Record(True))
        await restart(handle, table)
        await handle.perform(Record(False))
    assert decode_recording(handle.recording(), "by hand").left


async def test_the_next_one_replaces_it() -> None:
    async with on_table() as table:
        handle = hands(table)
        for line in (b"AT+MINFO", b"AT"):
            await handle.perform(Record(True))
            await restart(handle, table)
            await table.ask(line)
            await handle.perform(Record(False))
    batches = decode_recording(handle.recording(), "by hand").batches
    assert [batch.event.data for batch in batches if isinstance(batch.event, ev.UartReceived)] == [b"AT\r"]


async def test_what_cannot_be() -> None:
    async with on_table() as table:
        handle = hands(table)
        with pytest.raises(RefusedError, match="nothing has been recorded"):
            handle.recording()
        with pytest.raises(RefusedError, match="nothing is being recorded"):
            await handle.perform(Record(False))
        await handle.perform(Record(True))
        with pytest.raises(RefusedError, match="a recording is under way"):
            await handle.perform(Record(True))
        with pytest.raises(RefusedError, match="not recorded by hand"):
            await table.handle.perform(Record(True))


async def test_it_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handrecording, "RECORDING_BYTES_MAX", 20_000)
    async with on_table() as table:
        handle = hands(table)
        await handle.perform(Record(True))
        await restart(handle, table)
        while handle.state().recording.state == "on":
            await table.ask(b"AT+MHELP")
        full = handle.state().recording
        assert full.state == "full"
        assert 20_000 <= full.bytes < 60_000
        await table.ask(b"AT+MHELP")
        assert handle.state().recording.bytes == full.bytes
        await handle.perform(Record(True))
        assert handle.state().recording.state == "waiting"
    assert decode_recording(handle.recording(), "by hand").batches
