"""Facts of runs, for the tests of properties."""

from __future__ import annotations

from wizfi_emu.properties.facts import Ending, Facts, FailedStep, Happened, StepKind

SAID = "'hello' did not come within 5 s"


def failed(kind: StepKind = "wanted", unwanted: str = "", place: str = "steps[1]") -> FailedStep:
    return FailedStep(place, "expect 'hello'", SAID, kind, unwanted)


def run(
    word: str = "",
    *,
    status: int | None = 0,
    output: str = "",
    heard: str = "",
    step: FailedStep | None = None,
    late_us: int = 0,
    endless: bool = False,
) -> Facts:
    """A run in which one fault happened at 1 s; what the host has heard comes behind it."""
    faults = [Happened(word, 1_000_000, 2_000_000)] if word else []
    ending = Ending(status, 5_000_000, output.encode())
    return Facts((), [(1_500_000, heard.encode())], faults, step, ending, late_us=late_us, endless=endless)
