"""A device with its edges for tests: the real body, network and radio, a serial port in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from tests.serial_port import FakeSerialPort, open_fake_serial
from wizfi_emu.air.load import load_world
from wizfi_emu.commands import command_words
from wizfi_emu.device.handle import DeviceHandle
from wizfi_emu.device.start import host_device
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.module.machine import Module
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.profile.flashfile import MemoryFlash
from wizfi_emu.run.device import Device, TrioClock
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.radio import RadioLink

BANNER = b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n"


@dataclass
class OnTable:
    """A device, its serial port, and the hands on it."""

    device: Device
    serial: FakeSerialPort
    handle: DeviceHandle
    nursery: trio.Nursery

    async def read_until(self, end: bytes) -> bytes:
        """What the module has sent up to here; fails when it does not come."""
        got = b""
        with trio.fail_after(30):
            while not got.endswith(end):
                got += await self.serial.host_read(1)
        return got

    async def ask(self, line: bytes, end: bytes = b"[OK]\r\n") -> bytes:
        """Type a line, and read the answer with its echo."""
        self.serial.host_write(line + b"\r")
        return await self.read_until(end)

    def sent(self) -> bytes:
        """What the module has sent that has not been read."""
        data = bytes(self.serial.host_received)
        self.serial.host_received.clear()
        return data


@asynccontextmanager
async def on_table(
    *switches: str,
    firmware: str = "guide",
    timing: Timing | None = None,
    power: bool = True,
    image: bytes = b"",
    time_scale: float = 1.0,
) -> AsyncIterator[OnTable]:
    """A module that has booted unless ``power`` is off; its banner has been read."""
    timing = timing or Timing(paced=False)
    personality = with_switches(load_firmware(firmware), switches)
    async with trio.open_nursery() as nursery, open_fake_serial(nursery=nursery, paced=timing.paced) as serial:
        device = host_device(
            Module(personality, command_words(personality)),
            serial,
            nursery=nursery,
            radio=RadioLink(load_world("demo"), timing),
            addresses=AddressMap(own_host_address()),
            flash=MemoryFlash(image),
            timing=timing,
            clock=TrioClock(time_scale),
        )
        table = OnTable(device, serial, DeviceHandle(device, nursery, link="/tmp/wizfi"), nursery)
        nursery.start_soon(device.run)
        if power:
            device.power_on()
            if not timing.boot_ms:
                await table.read_until(BANNER if firmware == "guide" else b"\r\n")
        try:
            yield table
        finally:
            nursery.cancel_scope.cancel()
