"""Runs modules from the options of the command line."""

import functools
import logging
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field

import trio
from msgspec.structs import replace

from wizfi_emu.air.air import Air
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.load import load_world
from wizfi_emu.device.options import RunOptions
from wizfi_emu.errors import UserError
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.listening import LOOPBACK
from wizfi_emu.module.events import AdcDriven
from wizfi_emu.module.machine import Module
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.hostnames import check_own, find_host, with_addresses
from wizfi_emu.profile.flashfile import Flash, MemoryFlash, open_flash
from wizfi_emu.profile.image import DEFAULT_MAC, encode_image, new_image
from wizfi_emu.run.device import Device, TrioClock, logger_of
from wizfi_emu.serial.factory import open_serial
from wizfi_emu.serial.port import SerialPort
from wizfi_emu.timing import Timing, load_timing
from wizfi_emu.worlds.host import HostWorld
from wizfi_emu.worlds.radio import RadioLink

_log = logging.getLogger("wizfi_emu")


@dataclass(frozen=True, slots=True)
class SharedWorld:
    """What modules of one world share. ``started_s`` is when its time began, in trio's clock."""

    air: Air
    host_map: HostMap
    timing: Timing
    started_s: float
    personalities: dict[tuple[str, tuple[str, ...]], Firmware] = field(default_factory=dict)
    """What was loaded already: thousands of modules may have the same one."""

    def personality(self, name: str, switches: tuple[str, ...]) -> Firmware:
        """A personality with some switches set. Raises UserError for one that is not there or wrong."""
        found = self.personalities.get((name, switches))
        if found is None:
            found = self.personalities[name, switches] = with_switches(load_firmware(name), switches)
        return found


async def run_module(options: RunOptions, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
    """Run a module until cancelled; see `RunOptions`. Raises UserError for what the person got wrong."""
    await _run(options, open_shared_world(options), task_status=task_status)


async def run_modules(
    modules: Sequence[RunOptions], *, task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED
) -> None:
    """Run several modules in one world until cancelled; reports what their hosts open, in order.

    World, timing, time scale and the seed of the world are those of the first one. Raises a group with a UserError for
    what the person got wrong.
    """
    from wizfi_emu.device.capacity import check_capacity  # one module alone always has room

    check_capacity(modules)
    shared = open_shared_world(modules[0])
    async with trio.open_nursery() as nursery:
        task_status.started([await nursery.start(_run, options, shared) for options in modules])
        _log.info("%d modules in world %s; Ctrl-C ends them", len(modules), modules[0].world)


async def _run(options: RunOptions, shared: SharedWorld, *, task_status: trio.TaskStatus[str]) -> None:
    async with open_module(options, shared) as device:
        await serve_host(device, options, task_status)


async def serve_host(device: Device, options: RunOptions, task_status: trio.TaskStatus[str]) -> None:
    """Say what a host opens, switch the power on when it is time, and run until cancelled."""
    task_status.started(str(options.link or device.line.name))
    if not options.name:
        _log.info("%s", hint(device, options))
    if options.boot == "now" and not device.has_power:
        device.power_on()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(device.run)
        if options.boot != "now":
            await power_with_host(device, every_time=options.boot == "every-open")


def hint(device: Device, options: RunOptions) -> str:
    """What runs, where it is found and how it is stopped, in a line."""
    factory = device.module.settings.factory
    panel = f"; panel {device.panel}" if device.panel else "; --control auto gives it a panel"
    waits = "" if options.boot == "now" else ", which waits for the host"
    where = options.link or device.line.name
    return (
        f"WizFi250 {factory.version} ({factory.name}) in world {options.world} at {where}{waits}{panel}; Ctrl-C ends it"
    )


async def power_with_host(device: Device, *, every_time: bool) -> None:
    """Switch the power on when a host has opened the serial line; with ``every_time`` off and on again at each open.

    What a host sends before that waits for the module.
    """
    opens = 0
    while True:
        await device.line.wait_open(opens)
        if every_time:
            if device.has_power:
                device.power_off()
            device.holds_input = True
        await device.line.wait_opened()
        opens = device.line.opens
        if not device.has_power:  # somebody may have switched it on before the host came
            device.power_on()
        if not every_time:
            return


def open_shared_world(options: RunOptions) -> SharedWorld:
    """The world and the timing that these options name. Raises UserError for one that is not there or wrong."""
    world = load_world(options.world)
    seed = random.getrandbits(32) if options.seed is None else options.seed
    if world.is_random and options.seed is None:
        _log.info("to repeat this run: --seed %d", seed)
    host = world.addressed_host
    host_map = with_addresses(replace(host, allow=(*host.allow, *options.allow)))
    return SharedWorld(Air(world, seed), host_map, load_timing(options.timing), trio.current_time())


@asynccontextmanager
async def open_module(options: RunOptions, shared: SharedWorld | None = None) -> AsyncIterator[Device]:
    """A module with its edges and without power. Whoever opens it runs `Device.run`.

    Modules of one shared world hear each other. Raises UserError for what the person got wrong.
    """
    shared = shared or open_shared_world(options)
    firmware = shared.personality(options.firmware, options.switches)
    timing = shared.timing
    addresses = _address_map(options, shared.host_map)
    with closing(open_flash(options.flash)) as flash:
        if not flash.load():
            image = encode_image(new_image(options.mac or DEFAULT_MAC))
            if isinstance(flash, MemoryFlash):
                flash.fill(image)
            else:
                await trio.to_thread.run_sync(flash.fill, image)
        async with (
            trio.open_nursery() as nursery,
            open_serial(
                options.serial,
                nursery=nursery,
                link=options.link,
                paced=timing.paced,
                watch_open=options.boot != "now",
                watch_every=options.boot == "every-open",
            ) as serial,
        ):
            device = host_device(
                new_module(firmware),
                serial,
                nursery=nursery,
                radio=RadioLink(shared.air, timing),
                addresses=addresses,
                flash=flash,
                timing=timing,
                clock=TrioClock(options.time_scale, shared.started_s),
                seed=options.seed,
                name=options.name,
            )
            if _log.isEnabledFor(logging.DEBUG):
                from wizfi_emu.device.why import Why  # nobody else needs it

                device.look_on(
                    Why(logger_of(options.name), addresses.where, firmware, lambda: device.module.interpreter.last_line)
                )
            with instrumented(device, options, firmware, nursery):
                device.holds_input = options.boot != "now"
                device.feed(AdcDriven(shared.air.world.adc))
                yield device
            nursery.cancel_scope.cancel()


def _address_map(options: RunOptions, host_map: HostMap) -> AddressMap:
    host = find_host(options.host_address, "--host-address")
    listen = options.listen_address or (options.host_address if host == options.host_address else LOOPBACK)
    try:
        addresses = AddressMap(host, host_map, listen)
    except ValueError as error:
        raise UserError(f"--host-address: {error}; --allow {options.host_address} permits it") from None
    if not listen.startswith("127."):
        check_own(listen, f"--listen-address {listen}")
        _log.warning("the module's own servers listen at %s: other machines may reach them", listen)
    return addresses


def host_device(
    module: Module,
    serial: SerialPort,
    *,
    nursery: trio.Nursery,
    radio: RadioLink,
    addresses: AddressMap,
    flash: Flash,
    timing: Timing,
    clock: TrioClock | None = None,
    seed: int | None = None,
    name: str = "",
) -> Device:
    """A module on host sockets, without power. ``nursery`` holds every task; ``seed`` fixes its random choices."""
    clock = clock or TrioClock()
    world = HostWorld(
        nursery,
        radio,
        addresses,
        flash,
        wait_line_room=serial.wait_room,
        small_window=timing.paced,
        time_scale=clock.time_scale,
        seed=seed,
    )
    return Device(module, world, serial, timing=timing, clock=clock, seed=seed, name=name)


@contextmanager
def instrumented(device: Device, options: RunOptions, firmware: Firmware, nursery: trio.Nursery) -> Iterator[None]:
    """Record, wire and control a device as the options say. Raises UserError for what cannot be had."""
    with ExitStack() as stack:
        # Imported here: most modules run without.
        if options.record is not None:
            from wizfi_emu.device.record import recorded

            stack.enter_context(recorded(device, options, firmware))
        if options.spi:
            from wizfi_emu.device.spi import wired

            stack.enter_context(wired(device, options.spi, nursery))
        if options.control:
            from wizfi_emu.device.control import controlled
            from wizfi_emu.device.record import new_header

            header = functools.partial(new_header, device, options, firmware)
            stack.enter_context(controlled(device, options.control, nursery, link=options.link, header=header))
        yield
