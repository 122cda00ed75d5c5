"""Many modules in one process, each associated with its access point: prints bytes of memory and CPU use of each.

With ``pty`` each has a pseudo-terminal of its own, with ``memory`` a serial port in memory, so that the module and its
body are measured and not the operating system.

usage: crowd.py memory|pty COUNT SECONDS
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from pathlib import Path

import trio

from tests.serial_port import FakeSerialPort, open_fake_serial
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.load import load_world
from wizfi_emu.commands import command_words
from wizfi_emu.device.start import host_device
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module.machine import Module
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.profile.flashfile import MemoryFlash
from wizfi_emu.run.device import Device
from wizfi_emu.serial import SerialPort, open_serial
from wizfi_emu.timing import load_timing
from wizfi_emu.worlds.radio import RadioLink

LINES = (b"AT+WSET=0,OpenNet\r", b"AT+WSEC=0,OPEN\r", b"AT+WJOIN\r")
ANSWER = b"[OK]\r\n"
SETTLE_S = 0.5
"""The LEDs flash for so long after the boot, which is not idle."""


def resident_bytes() -> int:
    """What the process has in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def talk_in_memory(port: FakeSerialPort) -> None:
    """Let a module join; its host is in memory."""
    for line in LINES:
        port.host_write(line)
        received = b""
        while not received.endswith(ANSWER):
            received += await port.host_read(1)


async def talk_on_terminal(port: SerialPort) -> None:
    """Let a module join; its host has the device open."""
    host = os.open(port.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        for line in LINES:
            os.write(host, line)
            received = b""
            while not received.endswith(ANSWER):
                await trio.lowlevel.wait_readable(host)
                received += os.read(host, 4096)
    finally:
        trio.lowlevel.notify_closing(host)
        os.close(host)


async def main(kind: str, count: int, duration_s: float) -> None:
    """Start them, let them join, and watch them do nothing."""
    firmware, world, timing = load_firmware("guide"), load_world("demo"), load_timing("fast")
    words = command_words(firmware)
    devices: list[Device] = []

    async with trio.open_nursery() as nursery, contextlib.AsyncExitStack() as ports:

        async def start() -> None:
            port: SerialPort
            if kind == "pty":
                port = await ports.enter_async_context(open_serial("pty", nursery=nursery, paced=timing.paced))
            else:
                port = await ports.enter_async_context(open_fake_serial(nursery=nursery))
            device = host_device(
                Module(firmware, words),
                port,
                radio=RadioLink(world, timing),
                addresses=AddressMap("127.0.0.1", HostMap()),
                flash=MemoryFlash(),
                timing=timing,
                nursery=nursery,
            )
            devices.append(device)
            nursery.start_soon(device.run)
            device.power_on()
            await (talk_in_memory(port) if isinstance(port, FakeSerialPort) else talk_on_terminal(port))

        await start()  # the first one pays for what all share
        before_bytes = resident_bytes()
        for _ in range(count):
            await start()
        await trio.sleep(SETTLE_S)
        assert all(device.wakeup_us is None for device in devices), "a module has something to do"
        each_bytes = (resident_bytes() - before_bytes) / count
        cpu_s, start_s = time.process_time(), time.monotonic()
        await trio.sleep(duration_s)
        print(each_bytes, (time.process_time() - cpu_s) / (time.monotonic() - start_s))
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
