"""``wizfi-emu calibrate``: what a real module is, by its answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizfi_emu.errors import UserError

if TYPE_CHECKING:
    from wizfi_emu.calibrate.hostpeer import HostPeer
    from wizfi_emu.calibrate.learn import Learned
    from wizfi_emu.calibrate.network import Network
    from wizfi_emu.calibrate.plan import Link, Stage

STAGES = ("read", "volatile", "flash")
SECURITIES = ("OPEN", "WEP", "WPA", "WPAAES", "WPA2AES", "WPA2TKIP", "WPA2")
KEY_BYTES_MAX = 200


@click.command(name="calibrate")
@click.argument("device", required=False)
@click.option("--stage", type=click.Choice(STAGES), default="read", show_default=True, help="How far it may go.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the personality, and FILE.timing.")
@click.option(
    "--report", "reports", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="Conformance."
)
@click.option("--against", default="", metavar="NAME|FILE", help="Personality of the report; the nearest without it.")
@click.option("--network", default="", metavar="SSID", help="Join this network too; takes --stage flash.")
@click.option("--security", type=click.Choice(SECURITIES), default="WPA2", show_default=True, help="Of the network.")
@click.option("--key-file", type=click.Path(path_type=Path), metavar="FILE", help="Holds the key of the network.")
@click.option("--peer", default="", metavar="HOST:PORT", help="Be its peer in the network, at this address.")
@click.option("--baud", type=click.IntRange(600, 4_000_000), default=115200, show_default=True)
@click.option("--flow", is_flag=True, help="RTS/CTS flow control.")
@click.option("--times", type=click.IntRange(0, 100), default=5, show_default=True, help="Measure each time so often.")
@click.option("--backup", type=click.Path(path_type=Path), metavar="FILE", help="Where the module's profile is kept.")
@click.option("--restore", type=click.Path(path_type=Path), metavar="FILE", help="Only put a kept profile back.")
@click.option("--dry-run", is_flag=True, help="Print every line that would be sent; open nothing.")
def command(
    device: str | None,
    stage: Stage,
    out: Path | None,
    reports: tuple[Path, ...],
    against: str,
    network: str,
    security: str,
    key_file: Path | None,
    peer: str,
    baud: int,
    flow: bool,
    times: int,
    backup: Path | None,
    restore: Path | None,
    dry_run: bool,
) -> int:
    """Learn a real module over its serial line.

    What it learns: the nearest firmware version, switches, times. DEVICE is a serial device, or socket://HOST:PORT.
    Stage "read" asks and changes nothing; "volatile" changes settings in RAM too; "flash" writes the profile, resets
    the module and makes its own access point. What is changed is kept in a file before and put back at the end, also
    behind Ctrl-C; what a module does not show cannot be (docs/calibrate.md).

    Reports are text, or HTML or JUnit by the suffix .html or .xml. The exit status is 0, or 2 for a device that cannot
    be used, with what to do about it.

    \b
    Example:
        wizfi-emu calibrate /dev/ttyUSB0 --dry-run
        wizfi-emu calibrate /dev/ttyUSB0 --stage flash --out mine.yaml --report mine.html
        wizfi-emu run --firmware mine.yaml --timing mine.timing.yaml
    """
    from wizfi_emu.calibrate.load import load_plan

    link: Link = "peer" if peer else "station" if network else "ap" if stage == "flash" else "none"
    if network and stage != "flash":
        raise click.UsageError("--network writes the network into the module's flash: give --stage flash too.")
    if peer and not network:
        raise click.UsageError("--peer is an address of this machine in the network of --network.")
    if dry_run:
        _print_lines(stage, link, times)
        return 0
    if device is None:
        raise click.UsageError("Missing argument 'DEVICE'.")
    from wizfi_emu.calibrate.port import DeviceLine
    from wizfi_emu.cli.desk import Desk

    for path in reports:
        _check_folder(path)
    if out is not None:
        _check_folder(out)
    joined = _read_network(network, security, key_file)
    host_peer = _open_peer(peer)
    line = DeviceLine(device, baud, flow=flow)
    try:
        desk = Desk(line, load_plan(), joined, backup)
        desk.session.peer = host_peer
        if restore is not None:
            desk.put_back(restore)
            return 0
        learned = desk.learn(stage, link, times)
    finally:
        line.close()
        if host_peer is not None:
            host_peer.stop()
    _print_learned(learned)
    if out is not None:
        _write_files(out, learned, stage)
    for path in reports:
        _write_report(path, device, against, joined, learned)
    return 0


def _print_lines(stage: Stage, link: Link, times: int) -> None:
    """Everything that would be sent, with the placeholders of what is not known yet."""
    from wizfi_emu.calibrate.dryrun import dry_run

    for line in dry_run(stage, link, times):
        click.echo(line)


def _read_network(ssid: str, security: str, key_file: Path | None) -> Network:
    from wizfi_emu.calibrate.network import NO_NETWORK, Network

    if not ssid:
        if key_file is not None:
            raise click.UsageError("--key-file is for --network.")
        return NO_NETWORK
    if key_file is None and security != "OPEN":
        raise click.UsageError("--network takes --key-file, or --security OPEN.")
    try:
        key = key_file.read_text(encoding="utf-8").strip("\r\n") if key_file is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{key_file}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    if len(key) > KEY_BYTES_MAX:
        raise UserError(f"{key_file}: longer than a key can be")
    try:
        network = Network(ssid, security, key)  # type: ignore[arg-type]  # one of the words of --security
        _ = network.world
    except ValueError as error:
        raise UserError(f"--network: {error}") from None
    return network


def _open_peer(text: str) -> HostPeer | None:
    from wizfi_emu.calibrate.hostpeer import HostPeer
    from wizfi_emu.listening import parse_host_port

    if not text:
        return None
    place = parse_host_port(text)
    if place is None:
        raise click.BadParameter(f"{text!r}: expected HOST:PORT", param_hint="'--peer'")
    return HostPeer(*place)


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise UserError(f"{path}: there is no folder {path.parent}")


def _print_learned(learned: Learned) -> None:
    from wizfi_emu.calibrate.write import summary_lines

    for line in summary_lines(learned.nearest, learned.found, learned.inference, learned.results):
        click.echo(line)


def _write_files(out: Path, learned: Learned, stage: Stage) -> None:
    from wizfi_emu.calibrate.load import load_plan
    from wizfi_emu.calibrate.write import not_measured, personality_text, timing_text
    from wizfi_emu.recording.files import write_file

    base = learned.nearest.firmware
    personality = personality_text(out.stem, base, learned.found, learned.inference, load_plan().undecided)
    timing = out.with_name(f"{out.stem}.timing.yaml")
    write_file(out, personality.encode())
    write_file(timing, timing_text(learned.timing, learned.results, not_measured(learned.results)).encode())
    click.echo(f"written: {out} and {timing}; wizfi-emu run --firmware {out} --timing {timing}")


def _write_report(path: Path, device: str, against: str, network: Network, learned: Learned) -> None:
    from wizfi_emu.calibrate.bench import played_by
    from wizfi_emu.calibrate.conformance import compare
    from wizfi_emu.cli.desk import write_conformance
    from wizfi_emu.firmware.load import load_firmware

    firmware = load_firmware(against) if against else learned.nearest.firmware
    probes = [played.probe for played in learned.plays]
    conformance = compare(device, learned.plays, f"emulator {firmware.name}", played_by(firmware, probes, network))
    write_conformance(path, conformance)
    click.echo(f"written: {path}: {conformance.summary}")
