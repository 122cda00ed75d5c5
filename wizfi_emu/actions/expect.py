"""What is expected: texts on the serial line or at a peer, and the end of the host program."""

from msgspec import field

from wizfi_emu.actions.base import Action
from wizfi_emu.actions.limits import WITHIN_S
from wizfi_emu.bounds import Seconds
from wizfi_emu.faults.model import Source, wire_bytes
from wizfi_emu.patterns import compile_pattern


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


class Expect(TextExpectation, frozen=True):
    """Expect a text, or several in any order."""

    wanted: str | tuple[str, ...] = field(name="expect")
    """A text that the module sends to the host, later than what was expected before; several in any order.

    With ``from: host`` it is one that the host sends, with ``peer`` one that the peer gets.
    """


class ExpectMatch(TextExpectation, frozen=True):
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


class ExpectExit(Expectation, frozen=True):
    """Expect the end of the host program."""

    status: int = field(name="expect_exit")
    """The exit status of the host program, which ends."""
