"""A tap between a host and a module: every byte passes, both ends may go, and the recording is of the session."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import serial
import trio

from tests.serial.test_tty import Adapter
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.start import run_module
from wizfi_emu.device.tap import TapOptions, TapSummary, firmware_of, run_tap
from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile.flashfile import MEMORY
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.replay import differences, replay
from wizfi_emu.serial import tty
from wizfi_emu.serial.termios2 import read_baud

BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"


@asynccontextmanager
async def tapped(device: str, record: Path, **options: object) -> AsyncIterator[tuple[str, list[TapSummary]]]:
    """A running tap: what the host opens, and at the end what has passed."""
    summaries: list[TapSummary] = []

    async def run(task_status: trio.TaskStatus[str]) -> None:
        summaries.append(await run_tap(TapOptions(device, record, **options), task_status=task_status))  # type: ignore[arg-type]  # as given

    async with trio.open_nursery() as nursery:
        yield await nursery.start(run), summaries
        nursery.cancel_scope.cancel()


async def read_exactly(descriptor: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        await trio.lowlevel.wait_readable(descriptor)
        data += os.read(descriptor, count - len(data))
    return data


@pytest.fixture
def module(tmp_path: Path) -> Adapter:
    return Adapter(tmp_path / "module")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "tap.jsonl"


@pytest.mark.slow  # a host in a thread, and a module that boots when it comes
async def test_a_session_with_the_emulator_is_the_emulators(
    nursery: trio.Nursery, tmp_path: Path, record: Path
) -> None:
    def host(port: str) -> bytes:
        with serial.Serial(port, 115200, timeout=30) as device:
            heard = device.read_until(b"Ltd)\r\n")
            for line in (
                b"AT",
                b"AT+WSCAN",
                b"AT+WSET=0,WizFiDemoAP",
                b"AT+WSEC=0,,12345678",
                b"AT+WJOIN",
                b"AT+WSTAT",
            ):
                device.write(line + b"\r")
                heard += device.read_until(b"[OK]\r\n")
            return heard

    mac = "00:08:DC:00:00:00"  # what a tap takes a module for
    options = RunOptions(flash=MEMORY, mac=mac, firmware="1.0.5.2", boot="on-open", timing="fast", seed=1)
    device = await nursery.start(run_module, options)
    async with tapped(f"tty:{device}", record) as (port, _):
        heard = await trio.to_thread.run_sync(host, port)
    recording = read_recording(record)
    assert recording.header.firmware.name == "1.0.5.2"
    said = b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))
    assert said == heard
    assert replay(recording).difference is None
    assert list(differences(recording)) == []
    assert any(isinstance(batch.event, ev.JoinEnded) for batch in recording.batches)


async def test_bytes_pass_unchanged_at_the_rate_of_the_host(module: Adapter, record: Path) -> None:
    everything = bytes(range(256))
    async with tapped(f"tty:{module.path}", record) as (port, _):
        with serial.Serial(port, 9600) as host:
            host.write(everything)
            assert await module.read(256) == everything
            os.write(module.master, everything)
            assert await read_exactly(host.fileno(), 256) == everything
            assert read_baud(module.master) == 9600
    module.pull_out()


async def test_both_ends_may_go_and_come_back(
    module: Adapter, record: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tty, "REOPEN_PAUSE_S", 0.01)
    async with tapped(f"tty:{module.path}", record, firmware="1.0.5.2") as (port, _):
        for round_ in range(3):
            with serial.Serial(port, 115200) as host:
                os.write(module.master, BANNER)
                assert await read_exactly(host.fileno(), len(BANNER)) == BANNER
                host.write(b"AT\r")
                assert await module.read(3) == b"AT\r"
                os.write(module.master, b"AT\r\n[OK]\r\n")
                assert await read_exactly(host.fileno(), 10) == b"AT\r\n[OK]\r\n"
            if round_ < 2:
                lost = [line for line in caplog.messages if "is opened again" in line]
                module.pull_out()
                while [line for line in caplog.messages if "is opened again" in line] == lost:  # noqa: ASYNC110 - nothing else tells
                    await trio.sleep(0.01)
                module.plug_in()
                caplog.set_level(logging.INFO)
                while sum("is there again" in line for line in caplog.messages) <= round_:  # noqa: ASYNC110 - nothing else tells
                    await trio.sleep(0.01)
    recording = read_recording(record)
    assert sum(isinstance(batch.event, ev.PoweredOn) for batch in recording.batches) == 3
    assert list(differences(recording)) == []
    module.pull_out()


async def test_what_the_emulator_would_have_said_otherwise_is_told(
    module: Adapter, record: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with tapped(f"tty:{module.path}", record) as (port, summaries):
        with serial.Serial(port, 115200) as host:
            os.write(module.master, BANNER)
            await read_exactly(host.fileno(), len(BANNER))
            host.write(b"AT+NEW\r")
            await module.read(7)
            os.write(module.master, b"AT+NEW\r\n[OK]\r\n")
            await read_exactly(host.fileno(), 14)
    assert len(list(differences(read_recording(record)))) == 1
    assert "the emulator would have answered otherwise 1 times; see wizfi-emu replay" in caplog.messages
    assert summaries == []
    module.pull_out()


async def test_a_device_that_is_not_there_leaves_no_recording_open(tmp_path: Path, record: Path) -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(UserError, match="No such file"), flatten_subgroups=True):
        async with tapped(f"tty:{tmp_path}/none", record):
            raise AssertionError
    assert await trio.Path(record).read_bytes() == b""


@pytest.mark.parametrize(
    ("named", "version", "name"),
    [("", "1.0.5.2", "1.0.5.2"), ("", "9.9.9.9", "guide"), ("", "", "guide"), ("1.0.5.2", "1.0.3.6", "1.0.5.2")],
)
def test_the_personality_is_that_of_the_banner(named: str, version: str, name: str) -> None:
    assert firmware_of(named, version).name == name
