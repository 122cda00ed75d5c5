"""What the parts of the module share."""

from typing import NamedTuple

from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.output import Output
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.storage import Storage


class Core(NamedTuple):
    """What every part works with."""

    kernel: Kernel
    settings: Settings
    storage: Storage
    output: Output


class Part:
    """A part; its constructor takes the core, and what else the part needs."""

    def __init__(self, core: Core) -> None:
        self._kernel, self._settings, self._storage, self._output = core
