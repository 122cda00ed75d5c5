"""When the access points of a world change by themselves."""

from collections.abc import Iterator

from wizfi_emu.air.world import AccessPoint, Step


class Schedule:
    """The steps of one access point, each due once, again and again if they repeat."""

    def __init__(self, config: AccessPoint) -> None:
        self._steps = config.schedule
        self._repeat_us = _micros(config.repeat_s)
        self._base_us = 0
        self._index = 0

    @property
    def next_us(self) -> int | None:
        """When the next step is due; None when there is none any more."""
        if self._index >= len(self._steps):
            return None
        return self._base_us + _micros(self._steps[self._index].at_s)

    def take(self, now_us: int) -> Iterator[Step]:
        """The steps that are due, in order. What a program slept through is left out, but for the last whole round."""
        while (due_us := self.next_us) is not None and due_us <= now_us:
            step = self._steps[self._index]
            self._index += 1
            if self._index == len(self._steps) and self._repeat_us:
                missed = max(0, (now_us - self._base_us) // self._repeat_us - 2)
                self._base_us += self._repeat_us * (1 + missed)
                self._index = 0
            yield step


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
