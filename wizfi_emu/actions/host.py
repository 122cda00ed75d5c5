"""What the host does, or a peer in its place: it speaks, waits, sets its port."""

from msgspec import field

from wizfi_emu.actions.base import Action
from wizfi_emu.actions.expect import Times
from wizfi_emu.bounds import Baud, Port, Seconds
from wizfi_emu.faults.model import wire_bytes


class Say(Action, frozen=True, kw_only=True):
    """Bytes of the host for the module, or of a peer."""

    peer: str | None = None
    """Who sends in place of the host."""
    to: Port | None = None
    """For a UDP peer: the port of the module."""
    times: Times = 1
    """How often it is said, one behind the other."""

    def __post_init__(self) -> None:
        for text in self.texts:
            wire_bytes(self.verb, text)

    @property
    def texts(self) -> tuple[str, ...]:
        return (str(self.value),)

    @property
    def ending(self) -> str:
        """What is sent behind the text."""
        return ""

    @property
    def peers(self) -> tuple[str, ...]:
        return () if self.peer is None else (self.peer,)

    def _details(self) -> list[str]:
        return [
            *([] if self.times == 1 else [f"{self.times} times"]),
            *([] if self.peer is None else [f"of {self.peer}"]),
        ]


class Send(Say, frozen=True):
    """Send a text."""

    text: str = field(name="send")
    """Bytes of the host for the module; with ``peer``, of that peer."""


class SendLine(Say, frozen=True):
    """Send a text with a CR behind it."""

    text: str = field(name="line")
    """The same as ``send`` with a CR behind it."""

    @property
    def ending(self) -> str:
        return "\r"


class Wait(Action, frozen=True):
    """Do nothing for a while."""

    duration: Seconds = field(name="wait")
    """Seconds in which nothing is done."""


class SetHostBaud(Action, frozen=True):
    """Let the host set the rate of its port."""

    baud: Baud
    """The rate that the host sets for its serial port."""
