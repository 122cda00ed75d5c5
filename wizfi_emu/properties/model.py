"""The part of a scenario file that says which properties hold."""

from msgspec import Struct

from wizfi_emu.bounds import Count, Half, Seconds

NAMES = ("crash", "hang", "storm", "duplicates", "stale-address", "protocol", "silent-loss", "recovery", "expectations")
"""The properties; `table` has the same names, with what they say."""

ATTEMPTS = 20
"""How many refusals in ten seconds are a storm. A pause of half a second between attempts has as many."""


class Properties(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds beside the steps of a scenario. ``wizfi-emu explore`` checks all of it."""

    check: tuple[str, ...] = ()
    """What ``wizfi-emu scenario run`` checks."""
    without: tuple[str, ...] = ()
    """What does not hold for this host, and is never checked."""
    attempts: Count = ATTEMPTS
    """storm: how many connects or joins may be refused within ten seconds."""
    copies: Half = 0
    """duplicates: how often the same data may go over one connection; 0 for as often as in a run without faults."""
    recovery: Seconds | None = None
    """recovery: within how many seconds after a fault the host works again; without it, it may give up."""

    def __post_init__(self) -> None:
        for key in ("check", "without"):
            for name in getattr(self, key):
                if name not in NAMES:
                    raise ValueError(f"{key}: expected {', '.join(NAMES)}, got {name!r}")

    def holds(self, name: str) -> bool:
        """Whether a property is to be checked at all."""
        return name not in self.without
