"""What is asked of a module: what is sent, in which stage, and what it can tell."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

Stage = Literal["read", "volatile", "flash"]
STAGES: tuple[Stage, ...] = ("read", "volatile", "flash")
Link = Literal["none", "ap", "station", "peer"]
LINKS: tuple[Link, ...] = ("none", "ap", "station", "peer")
"""What the module has to be linked with: nothing, its own access point, the network of the user, and a peer in it."""

Milliseconds = Annotated[int, Meta(ge=0, le=120_000)]


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that is no command line, or one that takes its time.

    ``raw``: bytes as they are, ``times`` over. ``until``: the pattern that ends an answer in
    place of a result. ``wait_ms``: what comes in that time, result or not. ``peer``: what the peer does, with ``data``.
    ``limit_ms``: how long a result may take. ``quiet_ms``: the silence behind it that ends the answer.
    """

    line: str | None = None
    raw: str = ""
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    until: str = ""
    wait_ms: Milliseconds = 0
    peer: Literal["", "accept", "close", "send", "hear"] = ""
    data: str = ""
    limit_ms: Milliseconds = 3000
    quiet_ms: Milliseconds = 30


def as_step(line: str | Step) -> Step:
    """A command line as a step."""
    return line if isinstance(line, Step) else Step(line=line)


class Bisect(Struct, frozen=True, forbid_unknown_fields=True):
    """A limit that is searched: ``{}`` in the lines is a number from ``low`` to ``high`` in steps of ``step``.

    ``accepted``: whether small or large numbers are answered OK.
    """

    low: int
    high: int
    accepted: Literal["above", "below"]
    step: Annotated[int, Meta(ge=1)] = 1


class Probe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question.

    ``asks``: what is found out. ``about_s``: how long it takes on a module. ``undo``: lines that end what was begun;
    settings are put back anyway. ``decides``: every switch that the answers can depend on. ``extract``: where in the
    answers the value of a switch stands that may be anything: a pattern, ``limit`` of a search, the numbers of the
    lines that were ``accepted``, or the ``time``. ``timed``: how long it takes is part of the answer. ``mask``:
    patterns of what is this module's own. ``needs``: how answers begin where the probe may be played. ``only``: how its
    own answer begins where it says something: elsewhere it shows what the user has set.
    """

    name: str
    asks: str
    lines: tuple[str | Step, ...]
    stage: Stage = "read"
    link: Link = "none"
    about_s: float = 0.2
    undo: tuple[str | Step, ...] = ()
    decides: tuple[str, ...] = ()
    extract: dict[str, str] = {}
    bisect: Bisect | None = None
    timed: bool = False
    mask: tuple[str, ...] = ()
    needs: dict[str, str] = {}
    only: str = ""

    @property
    def steps(self) -> Iterator[Step]:
        """The lines as steps."""
        return map(as_step, self.lines)


class Measure(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long something takes beyond what it takes on a virtual module without any cost.

    ``interval``: of the last exchange, from what was sent to its result; the ``pause`` from the result before to what
    came then; or how long the ``bytes`` of an answer take, as a factor. ``per``: of how many things it is the sum.
    ``key``: the key of timing files that it is for, if there is one.
    """

    name: str
    asks: str
    lines: tuple[str | Step, ...]
    unit: Literal["ms", "of its bits"]
    key: str = ""
    stage: Stage = "read"
    link: Link = "none"
    about_s: float = 0.2
    interval: Literal["result", "pause", "bytes"] = "result"
    per: int = 1
    needs: dict[str, str] = {}

    @property
    def probe(self) -> Probe:
        """What is played for it."""
        return Probe(
            name=self.name,
            asks=self.asks,
            lines=self.lines,
            stage=self.stage,
            link=self.link,
            about_s=self.about_s,
            needs=self.needs,
        )


class Setting(Struct, frozen=True, forbid_unknown_fields=True):
    """A setting in RAM: how it is asked for, what of the answer is its value, and the line that puts it back."""

    ask: str
    put: str
    value: str = r"(.*)"


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """All probes in their order, the settings, and what would decide the switches that no probe can.

    ``links``: what links the module, with ``{ssid}``, ``{security}`` and ``{key}`` of the user's network.
    """

    links: dict[Link, tuple[str, ...]]
    settings: tuple[Setting, ...]
    probes: tuple[Probe, ...]
    measures: tuple[Measure, ...]
    undecided: dict[str, str]

    def chosen(self, stage: Stage, link: Link) -> tuple[Probe, ...]:
        """The probes up to a stage and a link."""
        return tuple(probe for probe in self.probes if _within(probe, stage, link))

    def measured(self, stage: Stage, link: Link) -> tuple[Measure, ...]:
        """The measures up to a stage and a link."""
        return tuple(measure for measure in self.measures if _within(measure, stage, link))


def _within(one: Probe | Measure, stage: Stage, link: Link) -> bool:
    return STAGES.index(one.stage) <= STAGES.index(stage) and LINKS.index(one.link) <= LINKS.index(link)
