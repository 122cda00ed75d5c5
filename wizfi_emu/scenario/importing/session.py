"""What was recorded by other programs, whichever kind of file it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.scenario.importing.capture import read_capture
from wizfi_emu.scenario.importing.lines import Chunk
from wizfi_emu.scenario.importing.terminal import read_terminal_log

Kind = Literal["log", "csv"]

UNTIMED_US = 1_000_000_000
"""How far apart the pieces of a session without times are taken to be: nothing that depends on time can be told."""


@dataclass(slots=True)
class Session:
    """What host and module said. ``left_out``: numbers of lines that are neither a command nor an answer."""

    chunks: list[Chunk]
    left_out: list[int] = field(default_factory=list)

    def items(self) -> Iterator[tuple[int, ev.UartReceived | fx.UartSend]]:
        """The same as a recording has it, with times in microseconds."""
        return items_of(self.chunks)


def kind_of(name: str) -> Kind:
    """What a file is, by its name."""
    return "csv" if name.lower().endswith((".csv", ".tsv")) else "log"


def read_session(data: bytes, name: str, kind: Kind, *, echo: bool = True, host: str = "") -> Session:
    """Read a log or a table; see `read_terminal_log` and `read_capture`. Raises UserError for what is neither."""
    if kind == "csv":
        return Session(read_capture(data, name, host=host))
    log = read_terminal_log(data, name, echo=echo)
    if not any(chunk.host for chunk in log.chunks):
        raise UserError(f"{name}: there is no command in this log; expected lines that begin with AT")
    return Session(log.chunks, log.left_out)


def items_of(chunks: Iterable[Chunk]) -> Iterator[tuple[int, ev.UartReceived | fx.UartSend]]:
    """Pieces of both directions as events and effects; see `Session.items`."""
    now_us = 0
    for chunk in chunks:
        now_us = now_us + UNTIMED_US if chunk.time_s is None else max(now_us, round(chunk.time_s * 1_000_000))
        yield now_us, ev.UartReceived(chunk.data) if chunk.host else fx.UartSend(chunk.data)
