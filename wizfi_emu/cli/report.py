"""``wizfi-emu report``: a picture of a session."""

from pathlib import Path

import click


@click.command(name="report")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The page to write."
)
def command(file: Path, output: Path) -> None:
    """Draw a recording: who said what to whom, when, in which mode.

    The page has everything in it and opens in any browser, without a network.

    \b
    Example:
        wizfi-emu run --record session.jsonl
        wizfi-emu report session.jsonl -o report.html
    """
    from wizfi_emu.recording.report.page import write_report

    write_report(file, output, file.name)
