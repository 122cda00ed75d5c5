"""What a scenario is played on, as a written contract. `live` and `virtual` have one each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wizfi_emu.actions.perform import Hands
    from wizfi_emu.device.faults import Faults
    from wizfi_emu.scenario.peers.actor import Actor
    from wizfi_emu.streams import Stream


class Rig(Protocol):
    """A module with power, or about to have it, and everything around it. Nothing here waits but ``send``'s bytes.

    What cannot be done raises ``RefusedError`` or ``UserError``. ``exit_status`` is that of the host program, None
    while it runs and without one.
    """

    @property
    def now_us(self) -> int:
        """The module's time."""

    @property
    def to_host(self) -> Stream:
        """What the host gets."""

    @property
    def from_host(self) -> Stream:
        """What the host sends."""

    @property
    def peers(self) -> Mapping[str, Actor]:
        """By their names."""

    @property
    def faults(self) -> Faults:
        """What sets faults."""

    @property
    def hands(self) -> Hands:
        """What works the module."""

    @property
    def values(self) -> dict[str, str]:
        """What placeholders stand for."""

    @property
    def exit_status(self) -> int | None:
        """Of the host program."""

    def send(self, data: bytes) -> None:
        """Let the host send."""

    def set_host_baud(self, baud: int) -> None:
        """Let the host set the rate of its port."""
