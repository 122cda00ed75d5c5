"""The score card: a line for each situation, what was found below it, and the score."""

from collections.abc import Iterator, Sequence

from wizfi_emu.audit.judge import Verdict
from wizfi_emu.audit.situations import Situation
from wizfi_emu.scenario.report import last_lines

LINE_END = "\\n"
SHOWN_LINES = 2
"""Of what the host program has printed."""


def lines_of(verdict: Verdict, width: int) -> Iterator[str]:
    """One situation; ``width`` of the longest name."""
    situation = verdict.situation
    yield f"{verdict.outcome:<8}  {situation.name:<{width}}  {situation.story}"
    for finding in verdict.findings:
        yield f"{'':10}{finding.property}: {finding.text}"
    if verdict.problem and not verdict.findings:
        yield f"{'':10}{verdict.problem}"
    if verdict.problem and verdict.program:
        yield from (f"{'':10}    {line.removesuffix(LINE_END)}" for line in last_lines(verdict.program)[-SHOWN_LINES:])
    if verdict.outcome == "BAD" and situation.bug:
        yield f"{'':10}the story: examples/field-bugs/{situation.bug}"


def score(verdicts: Sequence[Verdict], situations: Sequence[Situation]) -> str:
    """How many were good."""
    met = [verdict for verdict in verdicts if verdict.outcome != "not met"]
    bad = sum(verdict.outcome == "BAD" for verdict in met)
    text = f"{len(met) - bad} of {len(met)} situations survived"
    if len(met) < len(verdicts):
        text += f", {len(verdicts) - len(met)} not met"
    if len(verdicts) < len(situations):
        text += f"; the host fails when nothing goes wrong, so the other {len(situations) - len(verdicts)} say nothing"
    return text


def as_json(verdict: Verdict) -> dict[str, object]:
    """One situation for a program."""
    return {
        "situation": verdict.situation.name,
        "story": verdict.situation.story,
        "bug": verdict.situation.bug,
        "outcome": verdict.outcome.lower(),
        "findings": [{"property": finding.property, "text": finding.text} for finding in verdict.findings],
        "problem": verdict.problem,
    }
