"""Makes machines: the pure module, with everything that it needs to know of the program's files."""

from __future__ import annotations

from wizfi_emu.commands import command_words
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_application
from wizfi_emu.module.machine import CommandWords, Module
from wizfi_emu.web.files import read_web_file


def new_module(firmware: Firmware) -> Module:
    """A module without power. Raises UserError, when an application is uploaded, for files that are damaged."""
    return Module(firmware, command_words(firmware), _application, read_web_file)


def _application(version: str) -> tuple[Firmware, CommandWords]:
    """What an uploaded application of this version is."""
    firmware = load_application(version)
    return firmware, command_words(firmware)
