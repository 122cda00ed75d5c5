"""From what passed between host and module to findings."""

from collections.abc import Collection, Iterable

from wizfi_emu.lint.conversation import LINE_AHEAD_US, Conversation, Item
from wizfi_emu.lint.findings import Finding
from wizfi_emu.lint.rules import NAMES, RULES
from wizfi_emu.recording.format import Recording

UNPACED = "fast"
"""The timing in which the serial line takes no time."""


def find_in_recording(recording: Recording, *, rules: Collection[str] = NAMES) -> list[Finding]:
    """The mistakes of the host in a recording, in order of time."""
    header = recording.header
    ahead_us = round(LINE_AHEAD_US * header.time_scale) if header.started_us else 0
    return find_mistakes(recording.items(), paced=header.timing != UNPACED, ahead_us=ahead_us, rules=rules)


def find_mistakes(
    items: Iterable[tuple[int, Item]],
    *,
    paced: bool = True,
    ahead_us: int = LINE_AHEAD_US,
    rules: Collection[str] = NAMES,
) -> list[Finding]:
    """The mistakes of a host, in order of time.

    ``items``: events and effects with their times, as `Recording.items` gives them; the serial line is enough.
    ``paced``: the module's bytes have the time at which they were given to the serial line, and leave it at its rate.
    ``ahead_us``: or so much before, as in real time; 0 in virtual time, which is exact.
    """
    moments = Conversation(paced=paced, ahead_us=ahead_us).read(items)
    found = (
        Finding(hit.time_us, rule.name, hit.text, hit.data)
        for rule in RULES
        if rule.name in rules
        for hit in rule.find(moments)
    )
    return sorted(found, key=lambda finding: finding.time_us)
