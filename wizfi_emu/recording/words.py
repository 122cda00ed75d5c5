"""Notes in words for people."""

from wizfi_emu.recording.format import EFFECTS, EVENTS
from wizfi_emu.recording.kinds import KINDS
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_lines
from wizfi_emu.recording.show import show_part
from wizfi_emu.stages.notes import (
    FaultApplied,
    FaultBegan,
    FaultEnded,
    LineChanged,
    LineReleased,
    Note,
    PowerSwitched,
    WorldChanged,
)


def lane_of(note: Note) -> str:
    """Whom a note is about: ``fault``, ``power`` or ``world``."""
    match note:
        case PowerSwitched():
            return "power"
        case WorldChanged():
            return "world"
        case _:
            return "fault"


def words_of(note: Note) -> str:
    """A note in a few words. Bytes that hold a whole command line with a key are masked."""
    match note:
        case FaultBegan(fault):
            return f"{fault} begins"
        case FaultEnded(fault):
            return f"{fault} ends"
        case FaultApplied(fault, _, times, item, size, sock):
            of = f", {size} bytes" if size >= 0 else ""
            on = f" of socket {sock}" if sock >= 0 else ""
            met = f": {KINDS[(EVENTS | EFFECTS)[item]]}{on}{of}" if item else ""
            return f"{fault} applies{met}{f', {times} times' if times > 1 else ''}"
        case LineChanged(way=way, machine=machine, line=line, held=held):
            came, went = (machine, line) if way == "to-host" else (line, machine)
            return f"{way}: {_shown(came)}{_became(came, went)}{', late' if held else ''}"
        case LineReleased(count):
            return f"{count} bytes that were late go to the host"
        case PowerSwitched(on):
            return "on" if on else "off"
        case WorldChanged(text):
            return text


def _became(came: bytes, went: bytes) -> str:
    if came == went:
        return ""
    return f" becomes {_shown(went)}" if went else " is lost"


def _shown(data: bytes) -> str:
    return show_part(mask_lines(data, Masks()))
