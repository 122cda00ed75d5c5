"""``wizfi-emu record``: sessions of other programs and of real modules, and recordings for other programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click


@click.group(name="record", no_args_is_help=False)
def command() -> None:
    """Import sessions of other programs, export recordings for them.

    \b
    Example: a session for Wireshark
        wizfi-emu run --record session.jsonl
        wizfi-emu record export session.jsonl --pcapng session.pcapng
    """


@command.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: standard output.")
@click.option("--format", "kind", type=click.Choice(["auto", "log", "csv"]), default="auto", help="What FILE is.")
@click.option("--no-echo", is_flag=True, help="The log shows what was typed, the module did not echo.")
@click.option("--host", default="", metavar="NAME", help="What the table calls the direction of the host.")
def import_(file: Path, output: Path | None, kind: Literal["auto", "log", "csv"], no_echo: bool, host: str) -> None:
    """Turn a log or a capture into a scenario with expectations.

    A log is that of a terminal program, or a session as the programmer's guide prints it, with or without time stamps
    ([12:30:01.250], 2024-01-31T12:30:01.250Z, 12.345) and marks of direction (> and <, TX and RX). A capture is a CSV
    table of a logic analyser or a sniffer with the columns time, direction and data, or time, tx and rx. Firmware and
    peers are filled in as far as the log tells of them; what is assumed is said.

    \b
    Example:
        wizfi-emu record import putty.log -o session.yaml
        wizfi-emu record import uart.csv -o session.yaml
    """
    from wizfi_emu.firmware.load import list_firmware
    from wizfi_emu.recording.files import read_file, write_file
    from wizfi_emu.scenario.importing.lines import steps_of, write_scenario
    from wizfi_emu.scenario.importing.session import kind_of, read_session
    from wizfi_emu.scenario.importing.surroundings import surroundings_of

    kind = kind_of(file.name) if kind == "auto" else kind
    session = read_session(read_file(file), str(file), kind, echo=not no_echo, host=host)
    tell_left_out(file, session.left_out)
    around = surroundings_of(session.chunks, list_firmware())
    remarks = (f"from {file.name}", *(f"assumed: {text}" for text in around.assumed))
    text = write_scenario(steps_of(session.chunks), remarks, around.head())
    for line in around.assumed:
        click.echo(f"{file}: assumed: {line}", err=True)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text.encode())


def tell_left_out(file: Path, numbers: Sequence[int]) -> None:
    """Name the lines of a log that were not understood."""
    if numbers:
        lines = ", ".join(map(str, numbers))
        click.echo(f"{file}: left out, as neither a command nor an answer: line {lines}", err=True)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--pcapng", type=click.Path(path_type=Path), metavar="FILE", help="For Wireshark and tshark.")
@click.option(
    "--encapsulation",
    type=click.Choice(["at", "rtac-serial"]),
    default="at",
    show_default=True,
    help="How the pcapng file has the serial line: lines that are dissected as AT commands, or pieces as they came.",
)
@click.option("--vcd", type=click.Path(path_type=Path), metavar="FILE", help="For sigrok, PulseView and GTKWave.")
@click.option("--perfetto", type=click.Path(path_type=Path), metavar="FILE", help="For ui.perfetto.dev.")
def export(
    file: Path,
    pcapng: Path | None,
    encapsulation: Literal["at", "rtac-serial"],
    vcd: Path | None,
    perfetto: Path | None,
) -> None:
    """Write a recording as files that other programs open.

    A pcapng file has the serial line (both directions) and the packets of the module's sockets as two interfaces on one
    time line. A value change dump has the bits of the UART (rx is the host's line, tx the module's), the pins and the
    power. A trace for Perfetto has the commands with their times, the lines, the mode, the link and each socket.

    \b
    Example:
        wizfi-emu record export session.jsonl --pcapng session.pcapng
        tshark -r session.pcapng
        wizfi-emu record export session.jsonl --vcd session.vcd --perfetto session.json
        sigrok-cli -I vcd -i session.vcd -P uart:rx=tx:baudrate=115200 -A uart=rx-data
    """
    from wizfi_emu.recording.files import read_recording, write_file

    if not (pcapng or vcd or perfetto):
        raise click.UsageError("nothing to write; expected --pcapng, --vcd or --perfetto with a file")
    recording = read_recording(file)
    if pcapng is not None:
        from wizfi_emu.recording.pcap.export import export_pcapng

        write_file(pcapng, b"".join(export_pcapng(recording, encapsulation)))
    if vcd is not None:
        from wizfi_emu.recording.vcd import export_vcd

        write_file(vcd, b"".join(export_vcd(recording)))
    if perfetto is not None:
        from wizfi_emu.recording.perfetto import export_perfetto

        write_file(perfetto, export_perfetto(recording))


@command.command()
@click.argument("device")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The file to write.")
@click.option("--link", type=click.Path(path_type=Path), metavar="PATH", help="Make a symbolic link for the host.")
@click.option("--serial", default="pty", metavar="SPEC", help="Where the host is, as in wizfi-emu run.")
@click.option("--firmware", default="", metavar="NAME|FILE", help="Compare with it. Default: the banner's version.")
@click.option("--force", "overwrite", is_flag=True, help="Overwrite a recording that is there.")
@click.option("--record-secrets", is_flag=True, help="Record keys and passwords as they are.")
@click.option("-q", "--quiet", count=True, help="Log less.")
def tap(
    device: str,
    record: Path,
    link: Path | None,
    serial: str,
    firmware: str,
    overwrite: bool,
    record_secrets: bool,
    quiet: int,
) -> None:
    """Stand between a host and a real module, and record what both say.

    DEVICE is where the module is: /dev/ttyUSB0, or tcp-client://HOST:PORT of a serial server. The host opens what is
    printed. Bytes pass at once and unchanged; the device has the rate that the host sets. Both ends may go and come
    back. SIGINT ends it.

    The module's radio and peers are inferred from what it prints, and marked as such. Keys and passwords are replaced.
    'wizfi-emu replay' says where the emulator would have answered otherwise.

    \b
    Example:
        wizfi-emu record tap /dev/ttyUSB0 --link /tmp/wizfi --record field.jsonl
        wizfi-emu replay field.jsonl
    """
    import trio

    from wizfi_emu.cli.run import log_to_stderr, run_until_signal
    from wizfi_emu.device.tap import TapOptions, run_tap

    if ":" not in device:
        device = f"tty:{device}"
    log_to_stderr(-quiet)
    options = TapOptions(device, record, serial, link, firmware, overwrite, record_secrets)
    trio.run(run_until_signal, run_tap, options)
