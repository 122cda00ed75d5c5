"""Regular expressions of files: what they find, what is refused, and that none takes long."""

from __future__ import annotations

import re

import pytest

from tests.cputime import TookTooLongError, cpu_limit
from wizfi_emu.patterns import compile_pattern


@pytest.mark.parametrize(
    ("expression", "data"),
    [
        (rb"\[\d+,[^\]]*,\d+\]\r\n", b"x[0,,,5]\r\ny"),
        (rb"([0-9A-F]{2}:){5}[0-9A-F]{2}", b"MAC 00:08:DC:AA:BB:01 "),
        (rb"a.*z", b"-a\r\nz-z-"),
        (rb"a.*?z", b"-a\r\nz-z-"),
        (rb"(?i)at\b|\x00|\xff+", b"xx\xff\xff"),
        (rb"^$", b""),
        (rb"b", b"aaa"),
    ],
)
def test_it_finds_what_the_standard_library_finds(expression: bytes, data: bytes) -> None:
    expected = re.compile(expression, re.DOTALL).search(data)
    found = compile_pattern(expression).search(data, 0)
    assert (found and (found.start(), found.end())) == (expected and expected.span())


def test_a_search_begins_at_a_place() -> None:
    found = compile_pattern(b"a").search(bytearray(b"a-a"), 1)
    assert found is not None
    assert (found.start(), found.end()) == (2, 3)


@pytest.mark.parametrize(
    "expression", [b"(a+)+$", b"(a|a)*c", b"(?:a?){500}a{500}c", b".*.*.*.*.*x", rb"(\w+\s?)*!", b"(((a*)*)*)*b"]
)
def test_no_expression_takes_long(expression: bytes) -> None:
    with cpu_limit(10):
        assert compile_pattern(expression).search(b"a" * 4096 + b"b\n", 0) is None or expression.endswith(b"*b")


def test_the_standard_library_would_take_long() -> None:
    with pytest.raises(TookTooLongError), cpu_limit(0.05):
        re.compile(b"(a+)+$").search(b"a" * 4096 + b"b\n")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (b"(", r"missing \): \("),
        (b"*a", "no argument for repetition operator"),
        (b"(?=a)", "invalid perl operator"),
        (rb"(a)\1", "invalid escape sequence"),
        (b"(((a{900}){900}){900}){900}", "invalid repetition size|too large"),
        (b"(" * 5000 + b"a" + b")" * 5000 + b"+" * 2 + b"{1,}{1,}", "bad repetition operator|nest"),
    ],
)
def test_what_is_none_is_refused(expression: bytes, message: str) -> None:
    with cpu_limit(10), pytest.raises(ValueError, match=message):
        compile_pattern(expression)
