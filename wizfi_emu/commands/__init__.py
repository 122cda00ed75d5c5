"""The commands: one file per family, and the table that lists them all."""

from wizfi_emu.commands.table import command_words

__all__ = ["command_words"]
