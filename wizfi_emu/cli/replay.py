"""``wizfi-emu replay``: a recorded session again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizfi_emu.cli.run import BOOTS

if TYPE_CHECKING:
    from wizfi_emu.device.options import RunOptions
    from wizfi_emu.firmware import Firmware
    from wizfi_emu.recording.format import Recording

EXIT_DIFFERENT = 1
TAP_DIFFERENCES = 20
"""Most that are shown of a recording of a real module; the first ones explain the others."""
UNMATCHED_LINES = 5


@click.command(name="replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--bytes-only", is_flag=True, help="Compare the bytes to the host only, not every order.")
@click.option("--firmware", metavar="NAME|FILE", help="Would this personality have behaved differently?")
@click.option("--switch", "settings", multiple=True, metavar="NAME=VALUE", help="Set a switch of it; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="With --firmware: every difference, not only the first one.")
@click.option("--firmware-bisect", "bisect", is_flag=True, help="Which version behaves otherwise, and by which switch?")
@click.option("--context", type=click.IntRange(0), default=8, metavar="N", help="Lines around a difference.")
@click.option("--serve", is_flag=True, help="Play the recorded world against a live host.")
@click.option("--link", type=click.Path(path_type=Path), metavar="PATH", help="With --serve: a link to the device.")
@click.option("--serial", metavar="SPEC", help="With --serve: the serial line, as in run.")
@click.option("--spi", metavar="SPEC", help="With --serve: SPI too, as in run.")
@click.option("--boot", type=click.Choice(BOOTS), metavar="WHEN", help="With --serve: power now, on-open, every-open.")
@click.option("--timing", metavar="NAME|FILE", help="With --serve: whether the line is paced. Default: wire.")
@click.option("--record", type=click.Path(path_type=Path), metavar="NEW", help="With --serve: record what happens.")
@click.option("--force", "overwrite", is_flag=True, help="With --record: overwrite a recording that is there.")
@click.option("--control", metavar="ADDRESS", help="With --serve: unix:PATH, HOST:PORT or auto, for wizfi-emu ctl.")
@click.option("-q", "--quiet", count=True, help="With --serve: log less.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: Path,
    bytes_only: bool,
    firmware: str | None,
    settings: tuple[str, ...],
    everything: bool,
    bisect: bool,
    context: int,
    serve: bool,
    quiet: int,
    **options: object,
) -> int | None:
    """Feed a recording to the machine again and compare every byte.

    The exit status is 0 when everything is the same, and 1 with the first difference and its neighbourhood otherwise.
    With --firmware the recorded host and world meet two personalities, the recorded one and this one, and what a host
    sees of them is compared. --firmware-bisect finds the first version that behaves otherwise, or with --firmware the
    switches that make the difference. With --serve a live host meets the recorded world; what cannot be matched is
    logged.

    \b
    Example: record, prove, ask
        wizfi-emu run --record session.jsonl
        wizfi-emu replay session.jsonl
        wizfi-emu replay session.jsonl --firmware 1.0.5.2 --all
        wizfi-emu replay session.jsonl --firmware-bisect
        wizfi-emu replay session.jsonl --serve --link /tmp/wizfi
    """
    from wizfi_emu.cli.run import options_of
    from wizfi_emu.recording.files import read_recording

    if not serve and any(value for name, value in options.items() if name != "overwrite"):
        raise click.UsageError("--link, --serial, --spi, --boot, --timing, --record and --control need --serve")
    asks = bool(firmware or settings or bisect)
    if bytes_only and (serve or asks):
        raise click.UsageError("--bytes-only is for a replay without --firmware, --switch and --serve")
    if everything and not asks:
        raise click.UsageError("--all needs --firmware, --switch or --firmware-bisect")
    if serve and (bisect or everything):
        raise click.UsageError("--firmware-bisect and --all are for a replay without --serve")
    recording = read_recording(file)
    other = _other_firmware(recording, firmware, settings) if firmware or settings else None
    if serve:
        _serve(recording, replace(options_of(ctx), world=f"that of {file.name}"), other, quiet)
        return None
    if other is not None:
        return _compare(file, recording, other, context, everything=everything, causes=bisect)
    if bisect:
        return _bisect(file, recording, context, everything=everything)
    return _replay(file, recording, bytes_only, context)


def _replay(file: Path, recording: Recording, bytes_only: bool, context: int) -> int:
    from wizfi_emu.recording.replay import replay, show_difference

    if recording.header.tap:
        return _replay_tap(file, recording, context)
    result = replay(recording, bytes_only=bytes_only)
    name = recording.header.firmware.name
    if result.difference is None:
        what = f"{result.events} events, {result.effects} effects" if not bytes_only else f"{result.events} events"
        cut = "; the last event was cut off" if result.cut_off or recording.torn else ""
        click.echo(
            f"{file}: identical: {what}, {result.received_bytes} bytes from and {result.sent_bytes} bytes to the host "
            f"({name}){cut}"
        )
        return 0
    number = result.difference.batch + 1
    click.echo(f"{file}: different at event {number} of {len(recording.batches)} ({name}); - recorded, + replayed")
    for line in show_difference(recording, result.difference, context):
        click.echo(line)
    return EXIT_DIFFERENT


def _replay_tap(file: Path, recording: Recording, context: int) -> int:
    """A real module: what its world was is inferred, and what it said is compared."""
    from wizfi_emu.recording.replay import differences, show_difference

    header = recording.header
    click.echo(f"{file}: from {header.tap}; its radio and peers are inferred from what the module printed", err=True)
    found = list(differences(recording))
    if not found:
        click.echo(f"{file}: the emulator ({header.firmware.name}) answers as the module did: the same bytes")
        return 0
    click.echo(
        f"{file}: the emulator ({header.firmware.name}) would have answered otherwise to {len(found)} of "
        f"{len(recording.batches)} events; - the module, + the emulator"
    )
    for difference in found[:TAP_DIFFERENCES]:
        for line in ["", *show_difference(recording, difference, context)]:
            click.echo(line)
    if len(found) > TAP_DIFFERENCES:
        click.echo(f"... and {len(found) - TAP_DIFFERENCES} more")
    return EXIT_DIFFERENT


def _compare(file: Path, recording: Recording, other: Firmware, context: int, *, everything: bool, causes: bool) -> int:
    from wizfi_emu.recording.playback.compare import compare, show_all_differences, show_comparison

    comparison = compare(recording, other)
    names = (recording.header.firmware.name, other.name)
    if not comparison.as_recorded:
        click.echo(f"{file}: not every time could be repeated; {names[0]} is simulated too", err=True)
    for text in comparison.other.unmatched[:UNMATCHED_LINES]:
        click.echo(f"{names[1]}: {text}", err=True)
    if comparison.differs_at is None:
        click.echo(f"{file}: {names[1]} behaves as {names[0]}: the same {len(comparison.one.sent)} bytes to the host")
        return 0
    click.echo(f"{file}: {names[1]} differs from {names[0]} after {comparison.differs_at} bytes to the host")
    if causes:
        _show_causes(recording, recording.header.firmware, other)
    if everything:
        versions = (recording.header.firmware.version, other.version)
        lines = show_all_differences(comparison, versions, context)
    else:
        lines = show_comparison(comparison, names, context)
    for line in lines:
        click.echo(line)
    return EXIT_DIFFERENT


def _bisect(file: Path, recording: Recording, context: int, *, everything: bool) -> int:
    from wizfi_emu.recording.playback.bisect import find_steps

    recorded = recording.header.firmware
    steps = find_steps(recording)
    if not steps:
        click.echo(f"{file}: every version behaves as {recorded.name}")
        return 0
    for before, after in steps:
        click.echo(f"{file}: {after.name} is the first to behave otherwise than {recorded.name}, behind {before.name}")
        _show_causes(recording, before, after)
    return _compare(file, recording, steps[0].after, context, everything=everything, causes=False)


def _show_causes(recording: Recording, before: Firmware, after: Firmware) -> None:
    """The switches that make the difference, with their row in the table of differences."""
    from wizfi_emu.cli.firmware import print_changes
    from wizfi_emu.firmware.differences import load_differences
    from wizfi_emu.recording.playback.bisect import responsible_changes

    causes = responsible_changes(recording, before, after)
    if not causes:
        click.echo("no switch between the two makes the difference")
        return
    for line in print_changes(causes, before.name, after.name):
        click.echo(line)
    decisions = {row.id: row.decision for row in load_differences().differences}
    for row in dict.fromkeys(cause.row for cause in causes if cause.row):
        click.echo(f"{row}: {decisions[row]}")


def _other_firmware(recording: Recording, firmware: str | None, settings: tuple[str, ...]) -> Firmware:
    """The personality that is asked about. Its name tells of the switches."""
    import msgspec

    from wizfi_emu.firmware.load import load_firmware, with_switches

    other = with_switches(recording.header.firmware if firmware is None else load_firmware(firmware), settings)
    return msgspec.structs.replace(other, name=" ".join([other.name, *settings]))


def _serve(recording: Recording, options: RunOptions, firmware: Firmware | None, quiet: int) -> None:
    from functools import partial

    import trio

    from wizfi_emu.cli.run import log_to_stderr, run_until_signal
    from wizfi_emu.device.playback import serve_recording

    log_to_stderr(-quiet)
    trio.run(run_until_signal, partial(serve_recording, recording, firmware=firmware), options)
