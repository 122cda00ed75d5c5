"""What is expected: texts on the serial line or at a peer, and the end of the host program."""

from typing import Annotated, Literal

from msgspec import Meta, field

from wizfi_emu.actions.base import Action
from wizfi_emu.actions.limits import SEEN_PINS, TIMES_MAX, WITHIN_S
from wizfi_emu.bounds import Seconds
from wizfi_emu.faults.model import Source, wire_bytes
from wizfi_emu.patterns import compile_pattern
from wizfi_emu.readable import did_you_mean

Times = Annotated[int, Meta(ge=1, le=TIMES_MAX)]


class Expectation(Action, frozen=True, kw_only=True):
    """Something that comes within a time."""

    within: Seconds | None = None
    """How long it is waited for, in seconds."""

    @property
    def within_s(self) -> float:
        """How long it waits."""
        return WITHIN_S if self.within is None else self.within

    def _details(self) -> list[str]:
        return [f"within {self.within_s:g} s"]


class TextExpectation(Expectation, frozen=True, kw_only=True):
    """A text that somebody gets."""

    source: Source | None = field(name="from", default=None)
    """Who sends the text that is expected; the module unless it says otherwise."""
    peer: str | None = None
    """Who gets it in place of the host."""

    def __post_init__(self) -> None:
        if not self.texts:
            raise ValueError(f"{self.verb}: expected a text")
        for text in self.texts:
            wire_bytes(self.verb, text)
            if not text:
                raise ValueError(f"{self.verb}: expected a text")

    @property
    def texts(self) -> tuple[str, ...]:
        return self.value if isinstance(self.value, tuple) else (str(self.value),)

    @property
    def peers(self) -> tuple[str, ...]:
        return () if self.peer is None else (self.peer,)

    def _details(self) -> list[str]:
        who = [] if self.peer is None else [f"at {self.peer}"]
        return [*who, *([] if self.source is None else [f"from the {self.source}"]), *super()._details()]


class WantedText(TextExpectation, frozen=True, kw_only=True):
    """A text that comes."""

    times: Times = 1
    """How often it comes, one behind the other."""

    def _details(self) -> list[str]:
        return [*([] if self.times == 1 else [f"{self.times} times"]), *super()._details()]


class Expect(WantedText, frozen=True):
    """Expect a text, or several in any order."""

    wanted: str | tuple[str, ...] = field(name="expect")
    """A text that the module sends to the host, later than what was expected before; several in any order.

    With ``from: host`` it is one that the host sends, with ``peer`` one that the peer gets.
    """


class ExpectMatch(WantedText, frozen=True):
    """Expect a match."""

    pattern: str = field(name="expect_match")
    """The same as ``expect`` with a regular expression of RE2, in which ``.`` is any byte."""

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            compile_pattern(self.pattern.encode("latin-1"))
        except ValueError as error:
            raise ValueError(f"expect_match: {error}") from None


class ExpectNot(TextExpectation, frozen=True):
    """Expect that a text does not come."""

    unwanted: str = field(name="expect_not")
    """A text that does not come within the time."""


class ExpectPin(Expectation, frozen=True):
    """Expect levels on pins."""

    levels: dict[str, Literal[0, 1, "free"]] = field(name="expect_pin")
    """Pins with the levels that they have all at once within the time; a LED is lit while its pin is 0."""

    def __post_init__(self) -> None:
        for pin in self.levels:
            if pin not in SEEN_PINS:
                raise ValueError(
                    f"expect_pin: expected {', '.join(SEEN_PINS)}, got {pin!r}{did_you_mean(pin, SEEN_PINS)}"
                )


class ExpectState(Expectation, frozen=True):
    """Expect a state of the module."""

    values: dict[str, str] = field(name="expect_state")
    """Parts of the state with their values, all of them at once within the time: ``wifi.state: station``."""


class ExpectExit(Expectation, frozen=True):
    """Expect the end of the host program."""

    status: int = field(name="expect_exit")
    """The exit status of the host program, which ends."""
