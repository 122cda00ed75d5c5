"""Several modules in one world: numbered copies of one, or those of a fleet file."""

from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from wizfi_emu import userfiles
from wizfi_emu.air.hostnetwork import is_host_name
from wizfi_emu.bounds import AddressOrNone, HostOrNone, MacOrNone
from wizfi_emu.device.options import Boot, RunOptions
from wizfi_emu.errors import UserError
from wizfi_emu.net.hostnames import ANY
from wizfi_emu.profile.flashfile import MEMORY, default_file
from wizfi_emu.profile.image import DEFAULT_MAC, encode_image, new_image

UNIX = "unix:"
FIRST_HOST = "127.0.0.1"
LAST_PORT = 65535


class FleetModule(Struct, frozen=True, forbid_unknown_fields=True):
    """One module of a fleet. Files are looked for beside the fleet file."""

    name: Annotated[str, Meta(min_length=1, description="a word")]
    """What the log calls it."""
    firmware: str = ""
    """Personality; empty for that of the fleet."""
    switches: dict[str, str] = {}
    """Switches of the personality and their values."""
    link: str = ""
    """Symbolic link to its serial device."""
    serial: str = "pty"
    """pty, tty:DEVICE, unix:PATH, tcp://HOST:PORT, rfc2217://HOST:PORT or tcp-client://HOST:PORT."""
    flash: str = MEMORY
    """Flash file."""
    mac: MacOrNone = ""
    """MAC address of a flash that was never written; 00:08:DC:25:00:01 for the first module, then one more for each."""
    host_address: HostOrNone = ""
    """Where its remote addresses are reached and it listens; 127.0.0.1 for the first module, then one more for each."""
    listen_address: AddressOrNone = ""
    """Where it listens, if that is elsewhere."""
    boot: Boot = "now"
    """When power comes on."""
    spi: str = ""
    """unix:PATH or tcp://HOST:PORT for its SPI line."""
    control: str = ""
    """unix:PATH, HOST:PORT or auto."""
    record: str = ""
    """File for a recording."""

    def __post_init__(self) -> None:
        force_setattr(self, "mac", self.mac.upper())

    def own(self, index: int) -> dict[str, str]:
        """What it shares with no other module; empty is nothing. ``index`` is its place in the fleet."""
        return {
            "name": self.name,
            "link": self.link,
            "flash": "" if self.flash == MEMORY else self.flash,
            "mac": self.mac or _next_mac(DEFAULT_MAC, index),
            "host_address": "" if self.listen_address else self.address(index),
            "listen_address": "" if self.listen_address == ANY else self.listen_address,
            "spi": self.spi.partition("?")[0],
            "control": "" if self.control == "auto" else self.control,
            "record": self.record,
        }

    def address(self, index: int) -> str:
        """Where its remote addresses are reached. ``index`` is its place in the fleet."""
        return self.host_address or _next_address(FIRST_HOST, index)


class Fleet(Struct, frozen=True, forbid_unknown_fields=True):
    """Modules and what they share."""

    modules: Annotated[tuple[FleetModule, ...], Meta(min_length=1, description="one at least")]
    description: str = ""
    world: str = "demo"
    timing: str = "wire"
    time_scale: Annotated[float, Meta(gt=0, description="more than 0")] = 1.0
    seed: int | None = None
    firmware: str = "guide"
    allow: tuple[str, ...] = ()
    """Addresses, networks and host names outside of 127.0.0.0/8 that the modules may reach."""

    def __post_init__(self) -> None:
        owners: dict[tuple[str, str], str] = {}
        for index, module in enumerate(self.modules):
            for key, value in module.own(index).items():
                if value and (key, value) in owners:
                    raise ValueError(f"modules[{index}].{key}: {owners[key, value]} has {value} already")
                owners[key, value] = module.name


def read_fleet(path: Path) -> list[RunOptions]:
    """The modules of a fleet file. Raises UserError for one that cannot be read or is wrong."""
    fleet = userfiles.read(path, Fleet)
    return [_options(fleet, index, path.parent) for index in range(len(fleet.modules))]


def numbered(options: RunOptions, count: int) -> list[RunOptions]:
    """``count`` modules with the same options, each with its own files, addresses and ports.

    Raises UserError when there is no room for them.
    """
    return [_numbered(options, number) for number in range(count)]


def image_of(number: int) -> bytes:
    """The flash of a module in memory that has never run, with a MAC address of its own."""
    return encode_image(new_image(_next_mac(DEFAULT_MAC, number)))


def _options(fleet: Fleet, index: int, folder: Path) -> RunOptions:
    module = fleet.modules[index]
    own = module.own(index)
    return RunOptions(
        name=module.name,
        link=folder / module.link if module.link else None,
        firmware=userfiles.beside(folder, module.firmware or fleet.firmware),
        switches=tuple(f"{name}={value}" for name, value in module.switches.items()),
        world=userfiles.beside(folder, fleet.world),
        flash=module.flash if module.flash == MEMORY else str(folder / module.flash),
        timing=userfiles.beside(folder, fleet.timing),
        time_scale=fleet.time_scale,
        boot=module.boot,
        host_address=module.address(index),
        listen_address=module.listen_address,
        allow=fleet.allow,
        mac=own["mac"],
        seed=None if fleet.seed is None else fleet.seed + index,
        serial=_beside(module.serial, folder),
        spi=_beside(module.spi, folder),
        control=_beside(module.control, folder),
        record=folder / module.record if module.record else None,
    )


def _beside(address: str, folder: Path) -> str:
    path = address.removeprefix(UNIX)
    return address if path == address else f"{UNIX}{folder / path}"


def _numbered(options: RunOptions, number: int) -> RunOptions:
    flash = options.flash
    if flash != MEMORY:
        flash = f"{flash or default_file()}.{number}"
    return replace(
        options,
        name=str(number),
        link=_next_path(options.link, number),
        flash=flash,
        host_address=_next_host(options.host_address, number),
        listen_address=_next_host(options.listen_address, number),
        mac=_next_mac(options.mac or DEFAULT_MAC, number),
        seed=None if options.seed is None else options.seed + number,
        serial=_next_address_of(options.serial, number),
        spi=_next_address_of(options.spi, 2 * number if options.spi.startswith("tcp:") else number),
        control=_next_address_of(options.control, number),
        record=_next_path(options.record, number),
    )


def _next_path(path: Path | None, number: int) -> Path | None:
    return None if path is None else path.with_name(f"{path.name}.{number}")


def _next_address_of(address: str, number: int) -> str:
    """Another Unix socket or another port. Each SPI line has two ports."""
    path, question, settings = address.partition("?")
    return f"{path}.{number}{question}{settings}" if path.startswith(UNIX) else _next_port(address, number)


def _next_port(address: str, number: int) -> str:
    """The address with another port; one without a port, or with the system's choice, stays as it is.

    Raises UserError when there is no such port. What is behind a question mark may be secret.
    """
    address, question, query = address.partition("?")
    host, colon, port = address.rpartition(":")
    if not (colon and port.isascii() and port.isdigit() and int(port)):
        return address + question + query
    if int(port) <= LAST_PORT < int(port) + number:
        raise UserError(f"{address}: there are not enough ports after it; the last one is {LAST_PORT}")
    return f"{host}:{int(port) + number}{question}{query}"


def _next_address(address: str, number: int) -> str:
    return str(IPv4Address((int(IPv4Address(address)) + number) % (1 << 32)))


def _next_host(host: str, number: int) -> str:
    """Another address; a name, and what stands for all addresses, are the same for all."""
    return host if host in ("", ANY) or is_host_name(host) else _next_address(host, number)


def _next_mac(mac: str, number: int) -> str:
    following = int(mac.replace(":", ""), 16) + number
    if following >= 1 << 48:
        raise UserError(f"--mac {mac}: there are not enough addresses after it")
    return following.to_bytes(6, "big").hex(":").upper()
