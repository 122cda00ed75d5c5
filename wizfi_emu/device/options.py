"""What a person can choose about one running module."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Boot = Literal["now", "on-open", "every-open"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of ``wizfi-emu run``, as given: names and files are looked up by whoever runs the module.

    `wizfi_emu.device.start.run_module` runs a module with them until it is cancelled. It calls
    ``task_status.started(path)`` with the text that a host opens (the link, the path of the pseudo-terminal, or
    what ``--serial`` says, with the real port) as soon as it can be opened, and raises UserError for what
    the person got wrong. ``run_modules`` does the same for several in one world.
    """

    name: str = ""
    """What the log calls it; empty for the only one."""
    link: Path | None = None
    """Symbolic link to the pseudo-terminal, made at the start and removed at the end."""
    firmware: str = "guide"
    """Personality: a name, or a YAML file."""
    switches: tuple[str, ...] = ()
    """``NAME=VALUE`` each, over the personality."""
    world: str = "demo"
    """What the radio sees: a name, or a YAML file."""
    flash: str = ""
    """Flash file; ``:memory:`` for none, empty for the one in the user's state directory."""
    timing: str = "wire"
    """Which delays there are: a name, or a YAML file."""
    time_scale: float = 1.0
    """How many seconds of the module pass in one second."""
    boot: Boot = "now"
    """Power comes on at the start, when a host opens the serial line for the first time, or anew at each open."""
    host_address: str = "127.0.0.1"
    """IPv4 address or name of the host at which remote addresses are reached; the module listens at the address."""
    listen_address: str = ""
    """IPv4 address of this machine at which it listens; empty for the host address, or 127.0.0.1 beside a name."""
    allow: tuple[str, ...] = ()
    """Addresses, networks and host names outside of 127.0.0.0/8 that it may reach, beside those of the world."""
    mac: str = ""
    """The MAC address that a flash gets that was never written; empty for 00:08:DC:25:00:01."""
    seed: int | None = None
    """Decides what is left to chance; None for another one in each run."""
    serial: str = "pty"
    """The serial line; see `wizfi_emu.serial.factory.parse_serial_spec`."""
    spi: str = ""
    """The SPI line beside it: ``unix:PATH`` or ``tcp://HOST:PORT``, with settings behind ``?``; empty for none."""
    control: str = ""
    """Where the module can be controlled: ``unix:PATH``, ``HOST:PORT`` or ``auto``; empty for nowhere."""
    record: Path | None = None
    """File for a recording of every event and effect."""
    overwrite: bool = False
    """A recording that is there already is overwritten."""
    record_secrets: bool = False
    """Keys and passwords are recorded as they are."""
