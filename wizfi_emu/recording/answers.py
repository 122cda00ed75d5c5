"""How long the module took for the commands of a session."""

from collections.abc import Iterable
from typing import NamedTuple

from wizfi_emu.lint.conversation import Conversation
from wizfi_emu.lint.moments import Answer, Payload
from wizfi_emu.recording.format import Item


class Answered(NamedTuple):
    """A command, without its line end, and its result: ``[OK]`` or an error.

    ``took_us``: since the module had everything, the data that the command announces too.
    """

    since_us: int
    time_us: int
    took_us: int
    line: bytes
    text: bytes


def answered_commands(items: Iterable[tuple[int, Item]]) -> list[Answered]:
    """The commands that got a result, in order; ``items`` have the times of the line (`recording.online`)."""
    answered = []
    payload_us = 0
    for moment in Conversation(paced=False).read(items):
        if isinstance(moment, Payload):
            payload_us = moment.time_us
        elif isinstance(moment, Answer):
            since_us = moment.command.time_us
            took_us = moment.time_us - (max(since_us, payload_us) if moment.prompted else since_us)
            answered.append(Answered(since_us, moment.time_us, took_us, moment.command.line, moment.text))
    return answered
