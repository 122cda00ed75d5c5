"""What the control interface needs of a module, as a written contract."""

from typing import Protocol

from wizfi_emu.actions.hands import HandAction, SendSerial
from wizfi_emu.control.state import State
from wizfi_emu.control.traffic import Traffic
from wizfi_emu.faults.model import FaultList


class ModuleHandle(Protocol):
    """A running module. All methods are called from a trio task; those that are not async take no time."""

    @property
    def traffic(self) -> Traffic:
        """What goes in and out of the module."""

    def state(self, *, secrets: bool = False) -> State:
        """The state now; with ``secrets`` also keys and passwords."""

    def faults(self) -> FaultList:
        """The faults that are set, and those that are over for a while."""

    def recording(self) -> bytes:
        """The last recording by hand, as far as it goes. Raises ``RefusedError`` when there is none."""

    async def perform(self, action: HandAction | SendSerial) -> None:
        """Do what hands do; presses do not overlap, and pins that are held at power-on are let go after the return.

        Raises ``RefusedError`` for what is impossible now: without power, when the power is what was asked for
        already, for a fault that cannot be set, or that there is not.
        """
