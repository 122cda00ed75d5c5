"""What a scenario is played on, as a written contract. `live` and `virtual` have one each."""

from collections.abc import Mapping
from typing import Protocol

from wizfi_emu.actions.perform import Performer
from wizfi_emu.device.faults import Faults
from wizfi_emu.scenario.peers.actor import Actor
from wizfi_emu.streams import Stream


class Rig(Protocol):
    """A module with power, or about to have it, and everything around it. Nothing here waits but ``send``'s bytes.

    What cannot be done raises ``RefusedError`` or ``UserError``.
    """

    to_host: Stream
    """What the host gets."""
    from_host: Stream
    """What the host sends."""
    peers: Mapping[str, Actor]
    """By their names."""
    faults: Faults
    """What sets faults."""
    performer: Performer
    """What works the module."""

    @property
    def now_us(self) -> int:
        """The module's time."""

    @property
    def values(self) -> dict[str, str]:
        """What placeholders stand for."""

    @property
    def exit_status(self) -> int | None:
        """That of the host program; None while it runs, and without one."""

    def other_status(self, name: str) -> int | None:
        """That of the host program of another module."""

    def send(self, data: bytes) -> None:
        """Let the host send."""

    def set_host_baud(self, baud: int) -> None:
        """Let the host set the rate of its port."""
