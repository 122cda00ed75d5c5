"""What a scenario is played on, as a written contract. `live` and `virtual` have one each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_lines

if TYPE_CHECKING:
    from wizfi_emu.device.faults import Faults
    from wizfi_emu.scenario.peers.actor import Actor

SHOWN_BYTES = 600


class ProblemError(Exception):
    """Something that a step wants cannot be done; the text says why."""


class Stream:
    """Bytes that have passed, for whoever looks for something in them."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, data: bytes) -> None:
        """More has passed."""
        self.data += data

    def last(self) -> bytes:
        """What has passed last, without the keys and passwords in it."""
        return mask_lines(bytes(self.data), Masks())[-SHOWN_BYTES:]


class Rig(Protocol):
    """A module with power, or about to have it, and everything around it. Nothing here waits but ``send``'s bytes.

    What cannot be done raises `ProblemError` or ``UserError``. ``exit_status`` is that of the host program, None while
    it runs and without one.
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
    def values(self) -> dict[str, str]:
        """What placeholders stand for."""

    @property
    def exit_status(self) -> int | None:
        """Of the host program."""

    def send(self, data: bytes) -> None:
        """Let the host send."""

    def drive(self, pin: str, level: bool | None) -> None:
        """Put a level on a pin, or let go of it."""

    def set_adc(self, value: int) -> None:
        """Put a voltage on the analogue input."""

    def switch_power(self, on: bool) -> None:
        """Switch the power."""

    def reset(self, watchdog: bool) -> None:
        """Pull RESET, or let the watchdog bite."""

    def set_host_baud(self, baud: int) -> None:
        """Let the host set the rate of its port."""
