"""Worlds by name or by file."""

from wizfi_emu import userfiles
from wizfi_emu.air.world import World

DEFAULT_WORLD = "demo"


def world_names() -> list[str]:
    """The names of the worlds that come with the program."""
    return userfiles.names("worlds")


def load_world(name: str = DEFAULT_WORLD) -> World:
    """The world of that name, or of the file at that path. Raises UserError for one that is not there or wrong."""
    return userfiles.read(userfiles.find("worlds", name), World)
