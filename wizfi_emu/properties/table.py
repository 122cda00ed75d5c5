"""The properties, each with its name, a sentence, and the check that finds where it does not hold."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from wizfi_emu.properties.endings import (
    find_crash,
    find_hang,
    find_missed_expectation,
    find_no_recovery,
    find_silent_loss,
)
from wizfi_emu.properties.facts import Facts, Finding
from wizfi_emu.properties.model import NAMES, Properties
from wizfi_emu.properties.traffic import find_broken_rules, find_duplicates, find_stale_address, find_storm

Check = Callable[[Facts, Properties], Finding | list[Finding] | None]


class Property(NamedTuple):
    """``ending``: of these the first one counts that does not hold, since what comes after it is its consequence."""

    name: str
    sentence: str
    check: Check
    ending: bool = False


PROPERTIES = {
    one.name: one
    for one in (
        Property("crash", "the host program does not crash", find_crash, ending=True),
        Property("hang", "the host program ends, or goes on with its work", find_hang, ending=True),
        Property("storm", "a host that is refused waits before it tries again", find_storm),
        Property("duplicates", "the host does not send the same data twice over one connection", find_duplicates),
        Property(
            "stale-address",
            "a host that tells its address tells the one that the module has",
            find_stale_address,
        ),
        Property("protocol", "the host keeps the rules of the protocol (wizfi-emu lint --list)", find_broken_rules),
        Property(
            "silent-loss",
            "a host that was told of a failure does not end as if all were well",
            find_silent_loss,
            ending=True,
        ),
        Property("recovery", "the host works again within a time after the last fault", find_no_recovery, ending=True),
        Property(
            "expectations",
            "what is expected comes as long as nothing is lost; what is not to come never does",
            find_missed_expectation,
            ending=True,
        ),
    )
}


def find_all(facts: Facts, limits: Properties, names: Iterable[str] = NAMES) -> list[Finding]:
    """What does not hold in a run, of these properties and without those that do not count for this host."""
    findings: list[Finding] = []
    ended = False
    for one in PROPERTIES.values():
        if one.name not in names or not limits.holds(one.name) or (one.ending and ended):
            continue
        found = one.check(facts, limits)
        if found is not None:
            findings += found if isinstance(found, list) else [found]
            ended = ended or one.ending
    return findings
