"""Machines that recordings are replayed on."""

from __future__ import annotations

from wizfi_emu.commands import command_words
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_application
from wizfi_emu.module.machine import CommandWords, Module
from wizfi_emu.web.files import read_web_file


def new_machine(firmware: Firmware) -> Module:
    """A module without power, with everything that it needs to know of the program's files."""
    return Module(firmware, command_words(firmware), _application, read_web_file)


def _application(version: str) -> tuple[Firmware, CommandWords]:
    firmware = load_application(version)
    return firmware, command_words(firmware)
