"""What a run leaves behind for the properties to decide on. Times are the module's, in microseconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event

Item = Event | Effect
StepKind = Literal["wanted", "unwanted", "undone", "exit", "limit"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How the host program ended.

    ``status`` is None while it runs, and for one that was ended with the run. ``problem``: why the run could not go on
    with it. ``place``: where in the program it was then. ``unread_bytes``: what it had not read of its serial line;
    None where that cannot be seen.
    """

    status: int | None = None
    ended_us: int = 0
    output: bytes = b""
    problem: str = ""
    place: str = ""
    unread_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FailedStep:
    """The step at which the scenario ended.

    ``kind``: something did not come (``wanted``), a text came (``unwanted``), something could not be done, the exit
    status is another one, or the time limit of the scenario is reached.
    """

    place: str
    text: str
    message: str
    kind: StepKind
    unwanted: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A fault that has done something: its word, and from when to when it lasted."""

    word: str
    began_us: int
    ended_us: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A run.

    ``items``: what the machine was told and what it ordered. ``heard``: what the host has read, with the time at which
    the module sent it. ``late_us``: how long bytes of the line were held back at most. ``endless``: the
    host is one that does not end by itself. ``paced``: the serial line takes its time.
    """

    items: Sequence[tuple[int, Item]]
    heard: Sequence[tuple[int, bytes]] = ()
    faults: Sequence[Happened] = ()
    failed: FailedStep | None = None
    ending: Ending = Ending()
    expected_status: int = 0
    endless: bool = False
    late_us: int = 0
    paced: bool = True


def happened(journal: Sequence[tuple[int, str]], words: dict[str, str]) -> list[Happened]:
    """The faults out of the journal of a plan; ``words`` are those of the faults that have done something, by name."""
    lasting: dict[str, int] = {}
    found = []
    for at_us, text in journal:
        name, _, what = text.rpartition(" ")
        if name in words and what == "begins":
            lasting[name] = at_us
        elif name in words:
            found.append(Happened(words[name], lasting.pop(name, at_us), at_us))
    found += [Happened(words[name], began_us, began_us) for name, began_us in lasting.items()]
    return sorted(found, key=lambda one: one.began_us)


class Finding(Struct, frozen=True):
    """A property that did not hold. Findings with one ``fingerprint`` are one mistake."""

    property: str
    fingerprint: str
    text: str
