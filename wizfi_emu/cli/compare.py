"""``wizfi-emu compare``: one plan on two devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.calibrate.plan import Plan, Stage
    from wizfi_emu.calibrate.play import Played

STAGES = ("read", "volatile", "flash")
EMULATOR = "emulator:"
EXIT_DIFFERENT = 1


@click.command(name="compare")
@click.argument("device_a")
@click.argument("device_b")
@click.option("--stage", type=click.Choice(STAGES), default="read", show_default=True, help="How far it may go.")
@click.option("--report", "reports", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="Write it.")
@click.option("--baud", type=click.IntRange(600, 4_000_000), default=115200, show_default=True)
@click.option("--flow", is_flag=True, help="RTS/CTS flow control.")
@click.option("-q", "--quiet", is_flag=True, help="Print the summary alone.")
def command(
    device_a: str, device_b: str, stage: Stage, reports: tuple[Path, ...], baud: int, flow: bool, quiet: bool
) -> int:
    """Show where two devices answer differently.

    A device is the path of a serial device, socket://HOST:PORT, or emulator:NAME for a personality of the emulator, by
    its name or file. The stages are those of `wizfi-emu calibrate`, which puts back what it changes. Reports are text,
    or HTML or JUnit by the suffix .html or .xml. The exit status is 0 when all answers are equal, 1 when some are not,
    and 2 for a device that cannot be used.

    \b
    Example:
        wizfi-emu compare /dev/ttyUSB0 emulator:1.0.5.2 --report conformance.html
        wizfi-emu compare /dev/ttyUSB0 /dev/ttyUSB1 --stage volatile
        wizfi-emu compare emulator:1.0.4.5 emulator:1.0.5.2 --stage flash
    """
    from wizfi_emu.calibrate.conformance import compare
    from wizfi_emu.calibrate.load import load_plan
    from wizfi_emu.cli.desk import write_conformance

    if device_a == device_b and not device_a.startswith(EMULATOR):
        raise click.UsageError("the two devices are the same.")
    plan = load_plan()
    one, other = (_ask(device, plan, stage, baud, flow) for device in (device_a, device_b))
    conformance = compare(device_a, one, device_b, other)
    for path in reports:
        write_conformance(path, conformance)
    for line in [conformance.summary] if quiet else conformance.lines():
        click.echo(line)
    return 0 if conformance.equal == len(conformance.rows) else EXIT_DIFFERENT


def _ask(device: str, plan: Plan, stage: Stage, baud: int, flow: bool) -> list[Played]:
    from wizfi_emu.calibrate.network import NO_NETWORK
    from wizfi_emu.cli.desk import Desk

    probes = plan.chosen(stage, "ap" if stage == "flash" else "none")
    if device.startswith(EMULATOR):
        from wizfi_emu.calibrate.bench import played_by
        from wizfi_emu.firmware.load import load_firmware

        return played_by(load_firmware(device.removeprefix(EMULATOR)), probes, NO_NETWORK)
    from wizfi_emu.calibrate.port import DeviceLine

    line = DeviceLine(device, baud, flow=flow)
    try:
        return Desk(line, plan, NO_NETWORK, None, device).ask(probes, stage)
    finally:
        line.close()
