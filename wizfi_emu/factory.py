"""Makes machines: the pure module, with everything that it needs to know of the program's files."""

from pathlib import Path

import wizfi_emu.web
from wizfi_emu.commands import command_words
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_application
from wizfi_emu.module.machine import CommandWords, Module

_PAGES = Path(wizfi_emu.web.__file__).parent


def new_module(firmware: Firmware) -> Module:
    """A module without power. Raises UserError, when an application is uploaded, for files that are damaged."""
    return Module(firmware, command_words(firmware), _application, read_web_file)


def _application(version: str) -> tuple[Firmware, CommandWords]:
    """What an uploaded application of this version is."""
    firmware = load_application(version)
    return firmware, command_words(firmware)


def read_web_file(name: str) -> bytes:
    """A file by its name in `wizfi_emu.web.pages`: ``pages/login.html``, ``static/buttons.css``.

    Read each time: these are a few kB, and a module whose web server nobody looks at holds none of them.
    """
    return (_PAGES / name).read_bytes()
