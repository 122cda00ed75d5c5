"""What takes input from outside. A target plays one input; every exception that it lets out is a defect."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Play = Callable[[bytes], object]

CORPUS = Path(__file__).parent.parent / "corpus"
"""Inputs to begin with, in a folder for each target."""

TARGETS = {
    "serial": "fuzz.targets.machine",
    "boot": "fuzz.targets.machine",
    "spi": "fuzz.targets.machine",
    "http": "fuzz.targets.services",
    "air": "fuzz.targets.services",
    "mqtt": "fuzz.targets.services",
    "rfc2217": "fuzz.targets.services",
    "control": "fuzz.targets.control",
    "lockstep": "fuzz.targets.lockstep",
    "userfile": "fuzz.targets.files",
    "recording": "fuzz.targets.files",
    "flash": "fuzz.targets.files",
    "import": "fuzz.targets.files",
}
"""The targets by name, each with the module that has a function ``play_NAME``."""

PLANTED = {"planted": "fuzz.targets.planted"}
"""Not one of them, but what shows that the search finds something."""


def load(name: str) -> Play:
    """The function of a target."""
    play: Play = getattr(import_module((TARGETS | PLANTED)[name]), f"play_{name}")
    return play
