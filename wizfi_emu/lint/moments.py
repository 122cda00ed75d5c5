"""What happens between a host and a module, as far as rules look at it.

Times are microseconds, those of the recording; for what the module sends, when the host has it.
"""

from dataclasses import dataclass
from typing import Literal

Awaited = Literal["prompt", "answer", "banner"]
"""What a host has to wait for: the line that asks for data, the result of a command, the end of a restart."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The module starts anew: power, a reset, or its banner."""

    time_us: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, without its end."""

    time_us: int
    line: bytes


@dataclass(frozen=True, slots=True)
class Early:
    """The host sent while it had to wait for something; the first bytes of it."""

    time_us: int
    data: bytes
    command: Command
    awaited: Awaited
    echoed: bool
    """The host had the whole echo of the command, and nothing behind it."""
    connected: bool
    """The host had a ``[CONNECT x]`` since the command."""


@dataclass(frozen=True, slots=True)
class LineFeed:
    """A line feed directly behind the CR of a command that announces data."""

    time_us: int
    command: Command


@dataclass(frozen=True, slots=True)
class Prompted:
    """The module asks for the data that a command has announced."""

    time_us: int
    command: Command


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a command."""

    time_us: int
    command: Command
    text: bytes
    prompted: bool = False
    """The data of the command had been asked for."""

    @property
    def ok(self) -> bool:
        return self.text == b"[OK]"


@dataclass(frozen=True, slots=True)
class Input:
    """Bytes that begin a line in command mode."""

    time_us: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Payload:
    """The data of a command, as much of it as came."""

    time_us: int
    command: Command
    data: bytes


@dataclass(frozen=True, slots=True)
class Burst:
    """Bytes without a pause in data mode."""

    time_us: int
    end_us: int
    data: bytes
    escape_us: int
    """How long it has to be silent behind ``+++``."""


@dataclass(frozen=True, slots=True)
class Connected:
    """``[CONNECT x]``."""

    time_us: int
    scid: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """``[DISCONNECT x]``; ``session``: it ended data mode."""

    time_us: int
    scid: int
    session: bool


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """``[Link-Up Event]`` or ``[Link-Down Event]``."""

    time_us: int
    up: bool


@dataclass(frozen=True, slots=True)
class Received:
    """Data of a peer with its header, in command mode."""

    time_us: int
    scid: int
    header: bytes


Moment = (
    Restarted
    | Command
    | Early
    | LineFeed
    | Prompted
    | Answer
    | Input
    | Payload
    | Burst
    | Connected
    | Disconnected
    | LinkChanged
    | Received
)
