"""From what passed between host and module to findings."""

from collections.abc import Collection, Iterable

from wizfi_emu.lint.conversation import Conversation, Item
from wizfi_emu.lint.findings import Finding
from wizfi_emu.lint.rules import NAMES, RULES


def find_mistakes(
    items: Iterable[tuple[int, Item]], *, paced: bool = True, rules: Collection[str] = NAMES
) -> list[Finding]:
    """The mistakes of a host, in order of time.

    ``items``: events and effects with their times, as `Recording.items` gives them; the serial line is enough.
    ``paced``: the module's bytes have the time at which they were given to the serial line, and leave it at its rate.
    """
    moments = Conversation(paced=paced).read(items)
    found = (
        Finding(hit.time_us, rule.name, hit.text, hit.data)
        for rule in RULES
        if rule.name in rules
        for hit in rule.find(moments)
    )
    return sorted(found, key=lambda finding: finding.time_us)
