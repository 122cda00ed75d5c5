"""The command line ``wizfi-emu``. What is not needed for the command at hand is not imported."""

from __future__ import annotations


def main() -> None:
    """Run the command line with the program's arguments; ends the program."""
    from wizfi_emu.cli.app import main

    main()
