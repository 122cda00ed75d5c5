"""Chance that is the same again with the same seed, whoever asks in whatever order."""

from zlib import crc32

# CRCs of texts that differ in one digit differ in the same bits; the multiplication (Fibonacci hashing) spreads them.
_SPREAD = 0x9E3779B1


class Chance:
    """Answers by a seed: the same question gets the same answer, other questions get others."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def below(self, limit: int, *question: object) -> int:
        """A number from 0 up to and without ``limit``, all of them equally likely."""
        text = "/".join(map(str, (self._seed, *question)))
        return (crc32(text.encode(errors="replace")) * _SPREAD & 0xFFFFFFFF) * limit >> 32

    def happens(self, percent: int, *question: object) -> bool:
        """Whether something happens that does so this many times in a hundred."""
        return percent > 0 and self.below(100, *question) < percent
