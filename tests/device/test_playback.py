"""A live host in the recorded world, through a real pseudo-terminal."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import serial
import trio

from tests.desk import firmware_named
from tests.recording.sessions import record, talk_to_peers, use_data_mode
from tests.spi.clients import SpiHost
from wizfi_emu.device import playback
from wizfi_emu.device.faults import Faults
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.playback import serve_recording
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import ApOff, SerialLoss
from wizfi_emu.module.events import UartReceived
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.replay import replay
from wizfi_emu.run.device import Device

PATIENCE_S = 60


class Host:
    """The other end of a pseudo-terminal."""

    def __init__(self, device: str) -> None:
        self._port = serial.Serial(device, 115200, timeout=0)
        self._got = b""

    def close(self) -> None:
        self._port.close()

    def send(self, data: bytes) -> None:
        os.write(self._port.fileno(), data)

    async def expect(self, end: bytes) -> bytes:
        """What comes up to this text, and with it."""
        with trio.fail_after(PATIENCE_S):
            while end not in self._got:
                await trio.lowlevel.wait_readable(self._port.fileno())
                self._got += os.read(self._port.fileno(), 65536)
        found, self._got = self._got[: self._got.index(end) + len(end)], self._got[self._got.index(end) + len(end) :]
        return found

    async def at(self, line: bytes, end: bytes = b"[OK]\r\n") -> bytes:
        self.send(line + b"\r")
        return await self.expect(end)


@asynccontextmanager
async def served(recording: Recording, **options: object) -> AsyncIterator[Host]:
    async with trio.open_nursery() as nursery:
        firmware = options.pop("firmware", None)
        serving = partial(serve_recording, recording, firmware=firmware)  # type: ignore[arg-type]  # the test gives what fits
        device = await nursery.start(serving, RunOptions(timing="fast", **options))  # type: ignore[arg-type]  # the test gives what fits
        host = Host(device)
        try:
            yield host
        finally:
            host.close()
        nursery.cancel_scope.cancel()


async def join(host: Host) -> None:
    await host.at(b"AT+WSET=0,WizFiDemoAP")
    await host.at(b"AT+WSEC=0,WPA2,12345678")
    assert b"IP Addr    : 192.168.12.10\r\n" in await host.at(b"AT+WJOIN")


async def test_a_host_that_does_the_same(caplog: pytest.LogCaptureFixture) -> None:
    async with served(record(talk_to_peers)) as host:
        await join(host)
        host.send(b"AT+SCON=O,TCN,192.168.12.50,40000,,0\r")
        await host.expect(b"[CONNECT 0]\r\n")
        await host.at(b"AT+SSEND=0,,,5", b"[0,,,5]\r\n")
        host.send(b"Hello")
        await host.expect(b"[OK]\r\n")
        assert (await host.expect(b"{0,192.168.12.50,40000,20} WizFi250Hi WizFi250\r\n")).count(b"Hi WizFi250") > 390
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_host_that_does_something_else(caplog: pytest.LogCaptureFixture) -> None:
    async with served(record(use_data_mode)) as host:
        await host.at(b"AT+WSET=0,AnotherNetwork")
        await join(host)
        assert await host.at(b"AT+FDNS=unknown.example,1000", b"[ERROR]\r\n")
        await host.at(b"AT+SCON=O,TCN,9.9.9.9,1,,1", b"[CONNECT 0]\r\n")
        host.send(b"to ")
        await trio.sleep(0.15)  # the module sends what it has after 100 ms of silence
        host.send(b"the peer")
        assert (await host.expect(b"to the host")).endswith(b"to the host")
    warnings = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 2
    assert "unknown.example" in warnings[0]
    assert "9.9.9.9" in warnings[1]


async def test_what_did_not_come_is_logged_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with served(record(use_data_mode)) as host:
            await host.at(b"AT")
    assert any("was not asked for: < ConnectTcp" in record.message for record in caplog.records)


async def test_power_comes_on_when_the_host_opens_the_line(tmp_path: Path) -> None:
    link = tmp_path / "wizfi"
    async with served(record(use_data_mode), link=link, boot="on-open") as host:
        assert link.is_symlink()
        await host.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    assert not link.exists()


async def test_another_firmware_in_the_recorded_world() -> None:
    async with served(record(use_data_mode), firmware=firmware_named("1.0.5.2"), boot="on-open") as host:
        await host.expect(b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n")
        await join(host)


async def test_a_reset_and_a_lot_of_bytes() -> None:
    async with served(record(use_data_mode)) as host:
        host.send(b"AT\r" * 1000)
        got = b""
        while got.count(b"[OK]\r\n") < 1000:
            got += await host.expect(b"[OK]\r\n")
        await host.at(b"AT+MRESET")
        await host.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")


async def test_a_served_recording_is_recorded_and_has_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    devices: list[Device] = []

    class Noted(Device):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they are
            devices.append(self)

    monkeypatch.setattr(playback, "Device", Noted)
    new = tmp_path / "new.jsonl"
    async with served(record(talk_to_peers), record=new) as host:
        await host.at(b"AT")
        faults = Faults(devices[0], seed=1)
        faults.add(SerialLoss(direction="to-module", name="deaf"))
        host.send(b"AT\r")
        await trio.sleep(0.05)  # in real time: bytes that are lost leave nothing to wait for
        faults.heal("deaf")
        with pytest.raises(UserError, match="recorded world cannot be changed"):
            faults.add(ApOff(access_point="WizFiDemoAP"))
        await host.at(b"AT+MECHO=0", b"[OK]\r\n")
    recording = read_recording(new)
    assert replay(recording).difference is None
    told = b"".join(item.data for _, item in recording.items() if isinstance(item, UartReceived))
    assert told == b"AT\rAT+MECHO=0\r", "what the machine was told, without what was lost"


async def test_a_host_on_spi_meets_the_recorded_world(tmp_path: Path) -> None:
    spi = f"unix:{tmp_path}/spi"
    async with served(record(talk_to_peers), spi=spi), SpiHost.at(spi, f"{spi}.ready") as host:
        await host.command(b"AT+WSET=0,WizFiDemoAP\r")
        await host.command(b"AT+WSEC=0,WPA2,12345678\r")
        assert b"IP Addr    : 192.168.12.10\r\n" in await host.command(b"AT+WJOIN\r")
