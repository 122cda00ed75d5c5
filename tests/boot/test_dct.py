"""The configuration table as a file."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.boot.dct import FULL_BYTES, PROFILE_OFFSET, USED_BYTES, Dct, read_dct, write_dct

KEY = b"-----BEGIN PRIVATE KEY-----\n"
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\n"


def table(
    *,
    sizes: tuple[int, int] = (0x4000, 0x201C),
    flags: tuple[int, int, int, int] = (0, 1, 1, 0),
    magic: bytes = b"BRCM",
    filler: bytes = b"\0",
    length: int = USED_BYTES,
) -> bytes:
    """A real module's table, with key, certificate and a profile of an unknown layout."""
    head = struct.pack("<II4B4sI", *sizes, *flags, magic, 0)
    texts = head.ljust(0xB0, b"\0") + KEY.ljust(2048, filler) + CERTIFICATE.ljust(4096, filler) + b"sixteen byte key"
    return (texts.ljust(PROFILE_OFFSET, b"\0") + b"1.0.5.2\0" + b"\xff" * 2000)[:USED_BYTES].ljust(length, b"\xff")


def test_the_layout() -> None:
    written = write_dct(KEY, CERTIFICATE, b"profile")
    assert len(written) == USED_BYTES == 8220
    assert written[:20] == bytes.fromhex("00400000 1c200000 00010100") + b"BRCM" + bytes(4)
    assert written[20:0xB0] == bytes(156)
    assert written[0xB0 : 0xB0 + 2048] == KEY.ljust(2048, b"\0")
    assert written[0x8B0 : 0x8B0 + 4096] == CERTIFICATE.ljust(4096, b"\0")
    assert written[0x18B0:0x18C0] == bytes(16)


def test_there_and_back() -> None:
    assert read_dct(write_dct(KEY, CERTIFICATE, b"profile")) == Dct(True, KEY, CERTIFICATE, b"profile")
    assert read_dct(write_dct(b"", b"", b"")) == Dct(True, b"", b"", b"")
    assert read_dct(write_dct(KEY, CERTIFICATE, b"profile").ljust(FULL_BYTES, b"\xff")) == Dct(
        True, KEY, CERTIFICATE, b"profile"
    )


@pytest.mark.parametrize("filler", [b"\0", b"\xff"])
def test_a_table_of_a_real_module(filler: bytes) -> None:
    assert read_dct(table(filler=filler)) == Dct(True, KEY, CERTIFICATE, None)
    assert read_dct(table(filler=filler, flags=(0, 1, 0, 0), length=FULL_BYTES)) == Dct(False, KEY, CERTIFICATE, None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file has 0 bytes, a configuration table has 8220 to 16384"),
        (table()[:-1], "the file has 8219 bytes, a configuration table has 8220 to 16384"),
        (
            table(length=FULL_BYTES + 1),
            "the file has more than 16384 bytes, a configuration table has 8220 to 16384",
        ),
        (table(magic=b"BRCN"), "the file does not begin as a configuration table does"),
        (table(sizes=(0x4000, 0x201D)), "the file does not begin as a configuration table does"),
        (table(sizes=(0x4001, 0x201C)), "the file does not begin as a configuration table does"),
        (b"\xff" * 16384, "the file does not begin as a configuration table does"),
        (table(flags=(1, 1, 1, 0)), "the table is marked as incomplete"),
        (table(flags=(0, 0, 1, 0)), "the table is marked as replaced by another one"),
    ],
)
def test_what_is_no_table(data: bytes, reason: str) -> None:
    assert read_dct(data) == reason


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ((b"k" * 2048, b"", b""), "the private key has 2048 bytes, the configuration table has room for 2047"),
        ((b"", b"c" * 4096, b""), "the certificate has 4096 bytes, the configuration table has room for 4095"),
    ],
)
def test_what_does_not_fit(contents: tuple[bytes, bytes, bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_dct(*contents)


def test_a_profile_that_does_not_fit() -> None:
    noise = b"".join(zlib.crc32(bytes((n >> 8, n & 255))).to_bytes(4, "big") for n in range(600))
    with pytest.raises(ValueError, match=r"the profile has \d+ bytes, the configuration table has room for 1882"):
        write_dct(b"", b"", noise)


def test_the_largest_contents() -> None:
    assert read_dct(write_dct(b"k" * 2047, b"c" * 4095, b"p" * 100_000)) == Dct(
        True, b"k" * 2047, b"c" * 4095, b"p" * 100_000
    )


@given(st.integers(PROFILE_OFFSET, USED_BYTES - 1), st.integers(1, 255))
def test_a_damaged_profile_is_opaque_or_the_same(offset: int, change: int) -> None:
    data = bytearray(write_dct(KEY, CERTIFICATE, b"profile"))
    data[offset] ^= change
    dct = read_dct(bytes(data))
    assert isinstance(dct, Dct)
    assert dct.profile in (None, b"profile")


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_reason(start: bytes, rest: bytes) -> None:
    real = table()
    for data in (start, start + real[len(start) :], real[:PROFILE_OFFSET] + rest + real[PROFILE_OFFSET + len(rest) :]):
        assert isinstance(read_dct(data), Dct | str)
