"""The escape detector: three ``+`` and silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.at.escape import EscapeDetector


def test_sequences_that_escape() -> None:
    detector = EscapeDetector()
    assert detector.receive(b"abc+++") == b"abc"
    assert detector.withheld == 3
    assert detector.expire() is None
    assert detector.withheld == 0


def test_pluses_may_come_one_by_one() -> None:
    detector = EscapeDetector()
    assert [detector.receive(b"+") for _ in range(3)] == [b"", b"", b""]
    assert detector.expire() is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_are_data_when_the_time_is_over(count: int) -> None:
    detector = EscapeDetector()
    assert detector.receive(b"+" * count) == b""
    assert detector.expire() == b"+" * count
    assert detector.expire() == b""


@pytest.mark.parametrize(
    ("chunks", "data", "withheld"),
    [
        ([b"+++x"], b"+++x", 0),
        ([b"+++", b"x"], b"+++x", 0),
        ([b"++++"], b"++++", 0),
        ([b"+++", b"+"], b"++++", 0),
        ([b"+++++"], b"++++", 1),
        ([b"++", b"++", b"+++"], b"++++", 3),
        ([b"+++\r"], b"+++\r", 0),
        ([b"a+b++c+++d"], b"a+b++c+++d", 0),
        ([b"+", b"a+"], b"+a", 1),
        ([b"++", b"+a"], b"+++a", 0),
        ([b"plain"], b"plain", 0),
        ([b"X+X++"], b"X+X", 2),
        ([b""], b"", 0),
    ],
)
def test_sequences_that_are_data(chunks: list[bytes], data: bytes, withheld: int) -> None:
    detector = EscapeDetector()
    assert b"".join(detector.receive(chunk) for chunk in chunks) == data
    assert detector.withheld == withheld


class NaiveDetector:
    """The three rules, byte by byte."""

    def __init__(self) -> None:
        self.withheld = 0

    def receive(self, chunk: bytes) -> bytes:
        data = b""
        for code in chunk:
            if code == ord("+") and self.withheld < 3:
                self.withheld += 1
            elif self.withheld:
                data += b"+" * self.withheld + bytes((code,))
                self.withheld = 0
            else:
                data += bytes((code,))
        return data

    def expire(self) -> bytes | None:
        count, self.withheld = self.withheld, 0
        return None if count == 3 else b"+" * count


@given(st.lists(st.one_of(st.just(None), st.text("+a", max_size=9).map(str.encode)), max_size=8))
def test_agrees_with_the_rules_byte_by_byte(steps: list[bytes | None]) -> None:
    fast, naive = EscapeDetector(), NaiveDetector()
    for step in steps:
        if step is None:
            assert fast.expire() == naive.expire()
        else:
            assert fast.receive(step) == naive.receive(step)
        assert fast.withheld == naive.withheld
