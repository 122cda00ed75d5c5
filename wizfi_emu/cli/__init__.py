"""The command line ``wizfi-emu``. What is not needed for the command at hand is not imported."""

import os
import signal
import sys

from wizfi_emu.cli.arguments import interrupted_status, with_default_command


def main() -> None:
    """Run the command line with the program's arguments; ends the program."""
    args = with_default_command(sys.argv[1:])
    try:
        if args[0] == "run":
            # Until it runs there is nothing to put in order.
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        from wizfi_emu.cli.app import main

        main(args)
    except KeyboardInterrupt:
        sys.exit(interrupted_status(args))
