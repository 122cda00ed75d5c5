"""The types of values in files."""

from __future__ import annotations

import msgspec
import pytest

from wizfi_emu.bounds import Address, AddressOrNone, Mac, MacOrNone, Text, VersionText


def fits(text: str, kind: object) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("text", ["0.0.0.0", "1.2.3.4", "10.99.100.199", "200.249.250.255", "255.255.255.255"])
def test_addresses(text: str) -> None:
    assert fits(text, Address)
    assert fits(text, AddressOrNone)


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3",
        "1.2.3.",
        "1.2.3.4.",
        "1.2.3.4.5",
        ".1.2.3.4",
        "1..3.4",
        "01.2.3.4",
        "256.2.3.4",
        "1.2.3.300",
        "a.b.c.d",
        "1.2.3.4\n",
        " 1.2.3.4",
        "1.2.3.4/8",
        "1.2.3.٤",
        "-1.2.3.4",
        "1.2.3.4,5.6.7.8",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not fits(text, Address)
    assert not fits(text, AddressOrNone)


def test_what_may_be_left_out() -> None:
    assert fits("", AddressOrNone)
    assert fits("", MacOrNone)
    assert not fits("", Address)
    assert not fits("", Mac)
    assert not fits("", Text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("00:08:DC:aa:bb:01", True),
        ("00:08:DC:AA:BB", False),
        ("00:08:DC:AA:BB:0G", False),
        ("00:08:DC:AA:BB:01\n", False),
        ("00:08:dc:aa:bb:0f", True),
        ("0:8:DC:AA:BB:01", False),
        ("00:08:DC:AA:BB:1", False),
        ("00-08-DC-AA-BB-01", False),
        ("\xe90:08:DC:AA:BB:01", False),
    ],
)
def test_mac_addresses(text: str, right: bool) -> None:
    assert fits(text, Mac) == fits(text, MacOrNone) == right


@pytest.mark.parametrize(("text", "right"), [("1.0.5.2", True), ("1.0.5", False), ("1.0.5.x", False), ("", False)])
def test_versions(text: str, right: bool) -> None:
    assert fits(text, VersionText) == right
