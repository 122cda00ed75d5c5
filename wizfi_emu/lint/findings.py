"""What a rule has found."""

from dataclasses import dataclass

from wizfi_emu.recording.show import show_part


@dataclass(frozen=True, slots=True)
class Hit:
    """A mistake in the eyes of one rule. ``data``: the bytes in which it shows."""

    time_us: int
    text: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake, with the rule that it breaks."""

    time_us: int
    rule: str
    text: str
    data: bytes

    def line(self) -> str:
        """Time in seconds, rule, what is wrong, and the bytes."""
        return f"{self.time_us / 1_000_000:.6f} {self.rule}: {self.text}: {show_part(self.data)}"
