"""Runs one module from the options of the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

import msgspec
import trio

from wizfi_emu.air.load import load_world
from wizfi_emu.body.device import Device
from wizfi_emu.body.options import RunOptions
from wizfi_emu.body.radio import RadioLink
from wizfi_emu.commands import command_words
from wizfi_emu.errors import UserError
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_application, load_firmware, with_switches
from wizfi_emu.module.events import AdcDriven
from wizfi_emu.module.machine import CommandWords, Module
from wizfi_emu.net.addresses import AddressMap, HostMap
from wizfi_emu.profile.flashfile import open_flash
from wizfi_emu.serial.factory import open_serial
from wizfi_emu.timing import load_timing
from wizfi_emu.web.files import read_web_file


async def run_module(options: RunOptions, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
    """Run a module until cancelled; see `RunOptions`. Raises UserError for what the person got wrong."""
    async with open_module(options) as device:
        task_status.started(str(options.link or device.serial.name))
        if options.boot == "on-open":
            await device.serial.wait_opened()
        if not device.has_power:  # somebody may have switched it on before the host came
            device.power_on()
        await device.run()


@asynccontextmanager
async def open_module(options: RunOptions) -> AsyncIterator[Device]:
    """A module with its edges and without power. Whoever opens it runs `Device.run`.

    Raises UserError for what the person got wrong.
    """
    firmware = with_switches(load_firmware(options.firmware), options.switches)
    world = load_world(options.world)
    timing = load_timing(options.timing)
    host_map = msgspec.convert(world.addressed_host, HostMap, from_attributes=True)
    try:
        addresses = AddressMap(options.host_address, host_map)
    except ValueError as error:
        raise UserError(f"--host-address: {error}") from None
    flash = open_flash(options.flash)
    try:
        async with (
            trio.open_nursery() as nursery,
            open_serial(
                options.serial,
                nursery=nursery,
                link=options.link,
                paced=timing.paced,
                speedup=options.time_scale,
                byte_cost=timing.uart_byte_cost,
                watch_open=options.boot == "on-open",
            ) as serial,
        ):
            device = Device(
                Module(firmware, command_words(firmware), _application, read_web_file),
                serial=serial,
                radio=RadioLink(world, timing),
                addresses=addresses,
                flash=flash,
                timing=timing,
                nursery=nursery,
                time_scale=options.time_scale,
            )
            device.feed(AdcDriven(world.adc))
            with _recorded(device, options, firmware), _controlled(device, options, nursery):
                yield device
            nursery.cancel_scope.cancel()
    finally:
        flash.close()


def _controlled(device: Device, options: RunOptions, nursery: trio.Nursery) -> AbstractContextManager[None]:
    if not options.control:
        return nullcontext()
    from wizfi_emu.body.control import controlled  # most modules run without

    return controlled(device, options.control, nursery, link=options.link)


def _recorded(device: Device, options: RunOptions, firmware: Firmware) -> AbstractContextManager[None]:
    if options.record is None:
        return nullcontext()
    from wizfi_emu.body.recorded import recorded  # most modules run without

    return recorded(device, options, firmware)


def _application(version: str) -> tuple[Firmware, CommandWords]:
    """What an uploaded application of this version is."""
    firmware = load_application(version)
    return firmware, command_words(firmware)
