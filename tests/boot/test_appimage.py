"""The header of an application image, and images that are none."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.boot.appimage import APP_ADDRESS, APP_BYTES_MAX, AppImage, make_app_image, read_app_image


def image(size: int = 2048, *, vectors: int = 0x200, name: int = 0, version: int = 0, texts: bytes = b"") -> bytes:
    """An image of 2048 bytes with texts at 0x300; addresses are given as offsets, 0 for none."""
    words = [vectors, size, 0, 0, *(offset and APP_ADDRESS + offset for offset in (name, version))]
    return (struct.pack("<6I", *words).ljust(0x300, b"\0") + texts).ljust(2048, b"\xff")


def test_what_the_header_says() -> None:
    texts = b"wizfi_wiced\0" + b"WizFi250 1.0.5.2 \0"
    assert read_app_image(image(2000, name=0x300, version=0x30C, texts=texts)) == AppImage(
        2000, "wizfi_wiced", "1.0.5.2"
    )


@pytest.mark.parametrize(
    ("texts", "version"),
    [
        (b"1.0.3.6\0", "1.0.3.6"),
        (b"V1.0.5.2-rc\0", "1.0.5.2"),
        (b"1.0.5\0", ""),
        (b"no version\0", ""),
        (b"\xff\xff1.0.5.2\0", ""),
        (b"1.0.5.2\x07\0", ""),
        (b" " * 32 + b"1.0.5.2\0", ""),
    ],
)
def test_version_texts(texts: bytes, version: str) -> None:
    read = read_app_image(image(version=0x300, texts=texts))
    assert isinstance(read, AppImage)
    assert read.version == version


@pytest.mark.parametrize("offset", [0, 2048, 0x7FFFFFF, -APP_ADDRESS])
def test_a_text_address_that_leads_nowhere(offset: int) -> None:
    assert read_app_image(image(name=offset, version=offset)) == AppImage(2048, "", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file has 0 bytes, too few for a firmware image"),
        (image()[:519], "the file has 519 bytes, too few for a firmware image"),
        (image().ljust(APP_BYTES_MAX + 1), "the file has more than the 983040 bytes of the application area"),
        (image(vectors=0x201), "word 0 is 0x00000201, a firmware image has 0x00000200"),
        (b"%PDF-1.7".ljust(2048), "word 0 is 0x46445025, a firmware image has 0x00000200"),
        (image(0), "word 1 is 0, a firmware image has 520 to 983040 bytes"),
        (image(519), "word 1 is 519, a firmware image has 520 to 983040 bytes"),
        (image(983041), "word 1 is 983041, a firmware image has 520 to 983040 bytes"),
        (image(0xFFFFFFFF), "word 1 is 4294967295, a firmware image has 520 to 983040 bytes"),
        (image(2049), "word 1 is 2049, but the file has only 2048 bytes"),
    ],
)
def test_what_is_no_image(data: bytes, reason: str) -> None:
    assert read_app_image(data) == reason


def test_the_smallest_and_the_largest_image() -> None:
    assert read_app_image(image(520)[:520]) == AppImage(520, "", "")
    assert read_app_image(image(APP_BYTES_MAX).ljust(APP_BYTES_MAX)) == AppImage(APP_BYTES_MAX, "", "")


@pytest.mark.parametrize("size", [584, 585, 1024, 810_132, APP_BYTES_MAX])
def test_a_made_image_is_one(size: int) -> None:
    made = make_app_image("1.0.5.2", size)
    assert len(made) == size
    assert read_app_image(made) == AppImage(size, "wizfi_wiced", "1.0.5.2")
    assert made == make_app_image("1.0.5.2", size)


@pytest.mark.parametrize("version", ["", "1.0.5", "v1.0.5.2", "1.0.5.2\n", "1.0.5.2222", "1.0.5.2.1", "١.0.5.2"])
def test_a_version_that_is_none(version: str) -> None:
    with pytest.raises(ValueError, match="is not a version like"):
        make_app_image(version, 1000)


@pytest.mark.parametrize("size", [-1, 0, 583, APP_BYTES_MAX + 1])
def test_a_size_that_no_image_has(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} bytes, an image has 584 to 983040"):
        make_app_image("1.0.5.2", size)


@given(st.binary(max_size=600), st.binary(min_size=8, max_size=24))
def test_any_bytes_are_an_image_or_a_reason(data: bytes, words: bytes) -> None:
    for candidate in (data, struct.pack("<2I", 0x200, 600) + words + data.ljust(600)):
        read = read_app_image(candidate)
        assert isinstance(read, str) or read.size_bytes <= len(candidate)
