"""What faults may cost a host that is right, and what the module says of them.

=========  ===========================================================================================================
a fault    and a host that is right
=========  ===========================================================================================================
delays     does everything that is expected, as long as the delays are short: nothing is lost
breaks     may fail at what is expected if it shows that: by its exit status, or by doing it again
corrupts   cannot know what was said: it must not crash, hang or run wild, and that is all
=========  ===========================================================================================================
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from wizfi_emu.properties.facts import Facts, Happened

SHORT_US = 1_000_000
"""Delays up to this are short. Hosts wait some seconds for an answer."""

Cost = Literal["delays", "breaks", "corrupts"]


class Consequence(NamedTuple):
    """``told``: what the module says by itself when this happens, and a host can know."""

    cost: Cost
    told: re.Pattern[bytes] = re.compile(rb"(?!)")


_CONNECTION = re.compile(rb"\[DISCONNECT \d\]|\[ERROR|\[TCP Send Error")
_LINK = re.compile(rb"\[Link-Down Event\]|" + _CONNECTION.pattern)
_RESTART = re.compile(rb"WizFi250 Version|\[Reset Event\]")
_REFUSED = re.compile(rb"\[ERROR")

CONSEQUENCES = {
    "ap-off": Consequence("breaks", _LINK),
    "key-changed": Consequence("breaks", _LINK),
    "dhcp-refuse": Consequence("breaks", _LINK),
    "dhcp-late": Consequence("breaks", _LINK),
    "lease-change": Consequence("breaks"),
    "dns-fail": Consequence("breaks", _REFUSED),
    "tcp-refuse": Consequence("breaks", _CONNECTION),
    "tcp-reset": Consequence("breaks", _CONNECTION),
    "tcp-half-close": Consequence("breaks", _CONNECTION),
    "tcp-black-hole": Consequence("breaks", _CONNECTION),
    "tcp-slow-read": Consequence("breaks", _CONNECTION),
    "tcp-cut": Consequence("breaks", _CONNECTION),
    "bandwidth": Consequence("breaks", _CONNECTION),
    "latency": Consequence("delays"),
    "udp-loss": Consequence("breaks"),
    "udp-duplicate": Consequence("breaks"),
    "udp-reorder": Consequence("breaks"),
    "serial-loss": Consequence("corrupts"),
    "serial-flip": Consequence("corrupts"),
    "serial-delay": Consequence("delays"),
    "serial-pieces": Consequence("delays"),
    "wrong-baud": Consequence("corrupts"),
    "strict-baud": Consequence("delays"),
    "spi-loss": Consequence("corrupts"),
    "spi-flip": Consequence("corrupts"),
    "data-ready-stuck": Consequence("breaks"),
    "brown-out": Consequence("breaks", _RESTART),
    "watchdog": Consequence("breaks", _RESTART),
    "flash-fail": Consequence("breaks", _REFUSED),
}
"""By the word of the fault."""

UNASKED = "unasked"
"""Stands beside the words of faults for data that a peer sends unasked: what the host makes of it is its own affair."""


def cost_of(happened: Iterable[Happened]) -> Cost:
    """What all of these together may cost."""
    costs = {consequence_of(one.word).cost for one in happened}
    return "corrupts" if "corrupts" in costs else "breaks" if "breaks" in costs else "delays"


def consequence_of(word: str) -> Consequence:
    """That of a fault; of what is not known, the worst."""
    return CONSEQUENCES.get(word, Consequence("corrupts"))


def was_told(facts: Facts) -> bool:
    """Whether the host has read of each fault that breaks something that it is there."""
    breaking = [one for one in facts.faults if consequence_of(one.word).cost == "breaks"]
    return bool(breaking) and all(
        consequence_of(one.word).told.search(b"".join(data for at_us, data in facts.heard if at_us >= one.began_us))
        for one in breaking
    )


def explains(facts: Facts, text: str) -> bool:
    """Whether the module says a text by itself because of what has happened."""
    data = text.encode("latin-1")
    return any(consequence_of(one.word).told.search(data) for one in facts.faults)
