"""Masks: as long as the secret, accepted where it is, equal for equal secrets, different for different ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.profile.fields import Security
from wizfi_emu.profile.security import parse_key
from wizfi_emu.recording.redaction.masks import Masks

HEX = b"0123456789abcdef"
typed = st.binary(min_size=1, max_size=130) | st.text("0123456789ABCDEFabcdef", max_size=130).map(str.encode)


@given(st.lists(typed, max_size=10))
def test_equal_for_equal_keys_and_of_their_length(secrets: list[bytes]) -> None:
    masks = Masks()
    first = [masks.typed_key(secret) for secret in secrets]
    assert [masks.typed_key(secret) for secret in secrets] == first
    assert [len(mask) for mask in first] == [len(secret) for secret in secrets]


@given(st.sets(st.text("abcxyz0189", min_size=4, max_size=12).map(str.encode), max_size=20))
def test_different_passwords_have_different_masks(secrets: set[bytes]) -> None:
    masks = Masks()
    beginnings = {
        secret for secret in secrets if any(other != secret and other.startswith(secret) for other in secrets)
    }
    found = [masks.password(secret) for secret in sorted(secrets - beginnings)]
    assert len(set(found)) == len(found)


@given(st.sampled_from(Security), typed)
def test_the_module_takes_a_mask_where_it_takes_the_key(security: Security, text: bytes) -> None:
    """And what it stores then is the mask of what it stores of the key."""
    masks = Masks()
    stored, masked = parse_key(security, text), parse_key(security, masks.typed_key(text))
    if stored is None:
        assert masked is None
    else:
        assert masked is not None
        assert masked.key == masks.key(stored.key)


@pytest.mark.parametrize(
    ("key", "mask"),
    [
        (b"s3cret-key", b"1xxxxxxxxx"),
        (b"0123456789abcde0", b"1000000000000000"),
        (b"DEADBEEF01", b"B1B0B0B0B0"),
        (b"deadbeef01", b"b1b0b0b0b0"),
        (b"6162636465", b"3130303030"),  # the text abcde, whose characters are hexadecimal digits
        (b"\xff\x00\x01\x02\x03", b"\xb1\xb0\xb0\xb0\xb0"),
        (b"\xff\n\0" + b"\x11" * 61, b"\xb1\xb0\0\xb2" + b"\xb0" * 60),  # text that a zero byte ends
        (bytes(64), b"\0\xb1" + b"\xb0" * 62),
        (b"a         ", b"b1b0b0b0b0"),
        (b"12345678", b"12345678"),
        (b"", b""),
        (b"   ", b"   "),
        (b"one,two", b"1xx,2xx"),
        (b'"my key"', b'"1xxxxx"'),
    ],
)
def test_masks_of_keys(key: bytes, mask: bytes) -> None:
    assert Masks().key(key) == mask


def test_no_key_is_its_own_mask() -> None:
    """What a recording was redacted to is redacted again."""
    masks = Masks()
    for key in (b"1xxxxxxxxx", b"100000000", b"2000000000"):
        assert masks.key(key) != key


def test_a_key_of_64_bytes_has_one_mask_however_it_is_given() -> None:
    masks = Masks()
    key = bytes(range(64))
    assert bytes.fromhex(masks.typed_key(key.hex().encode()).decode()) == masks.key(key)


def test_the_factory_values_stay() -> None:
    masks = Masks()
    for public in (b"admin", b"adm", b"a"):
        assert masks.password(public) == public
    assert masks.key(b"12345678") == b"12345678"
    assert not masks.used
    assert masks.key(b"admin") == b"1xxxx"


def test_the_beginning_of_a_password_has_the_beginning_of_its_mask() -> None:
    """Firmware that compares only as much as was given does the same with the masks."""
    masks = Masks()
    whole = masks.password(b"secret")
    assert masks.password(b"sec") == whole[:3]
    assert masks.password(b"sex") != whole[:3]


def test_more_short_secrets_than_masks() -> None:
    masks = Masks()
    found = [masks.password(bytes((letter,))) for letter in range(0x21, 0x7F) if letter not in b'",\\a']
    assert all(len(mask) == 1 for mask in found)
    assert len(set(found)) > 10


@given(st.integers(0, 4000))
def test_private_keys(size: int) -> None:
    masks = Masks()
    assert masks.private_key(b"k" * size) == b"x" * size
    assert masks.used is (size > 0)


@given(st.lists(st.text("ghijk", min_size=8, max_size=20).map(str.encode), min_size=1, max_size=15))
def test_masks_show_nothing_but_a_number(secrets: list[bytes]) -> None:
    masks = Masks()
    for secret in secrets:
        assert re.fullmatch(rb"[0-9a-f]x+", masks.key(secret))
