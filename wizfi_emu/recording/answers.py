"""How long the module took for the commands of a session."""

from collections.abc import Iterable
from typing import NamedTuple

from wizfi_emu.lint.conversation import Conversation
from wizfi_emu.lint.moments import Answer
from wizfi_emu.recording.format import Item


class Answered(NamedTuple):
    """A command, without its line end, and its result: ``[OK]`` or an error."""

    since_us: int
    time_us: int
    line: bytes
    text: bytes


def answered_commands(items: Iterable[tuple[int, Item]]) -> list[Answered]:
    """The commands that got a result, in order; ``items`` have the times of the line (`recording.online`)."""
    moments = Conversation(paced=False).read(items)
    return [
        Answered(moment.command.time_us, moment.time_us, moment.command.line, moment.text)
        for moment in moments
        if isinstance(moment, Answer)
    ]
