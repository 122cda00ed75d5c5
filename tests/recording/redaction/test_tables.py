"""Configuration tables on their way to the boot loader."""

from __future__ import annotations

from binascii import crc_hqx
from itertools import pairwise

import pytest

from tests.bootbench import ACK, CRC, EOT, BootBench, blocks, header, packet, send_file
from tests.recording.sessions import Tape
from wizfi_emu.boot.dct import KEY_OFFSET, PROFILE_OFFSET, USED_BYTES, read_dct, write_dct
from wizfi_emu.module.uploads import dct_from_image
from wizfi_emu.profile import FlashImage, SecuritySection, decode_image, factory_profile
from wizfi_emu.profile.fields import Security, SecuritySetting
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.tables import TableMasker, mask_table
from wizfi_emu.recording.replay import replay

PRIVATE_KEY = b"-----BEGIN PRIVATE KEY-----\n" + b"c2VjcmV0\n" * 40 + b"-----END PRIVATE KEY-----\n"
WIFI_KEY = b"topSecret!"


def table() -> bytes:
    profile = factory_profile("1.0.3.6")
    profile.station_security = SecuritySetting(Security.WPA2, WIFI_KEY)
    return dct_from_image(FlashImage(profile, security=SecuritySection(b"certificate", PRIVATE_KEY)))


def stream(data: bytes, size: int = 1024) -> bytes:
    return header(b"DCT.bin", len(data)) + b"".join(blocks(data, size)) + EOT


def data_of(sent: bytes, size: int) -> bytes:
    """The table in a stream of blocks of one size, behind block 0."""
    step = 3 + size + 2
    sent = sent[3 + 128 + 2 :].removesuffix(EOT)
    return b"".join(sent[start + 3 : start + 3 + size] for start in range(0, len(sent), step))


def mask(sent: bytes, *cuts: int) -> bytes:
    """Mask a stream that comes in pieces; they are released when the masker does not wait."""
    masker = TableMasker(Masks())
    held: list[bytearray] = []
    released = b""
    bounds = [0, *sorted(cuts), len(sent)]
    for start, end in pairwise(bounds):
        held.append(bytearray(sent[start:end]))
        masker.receive(held[-1])
        if not masker.waits:
            released += b"".join(held)
            held.clear()
    masker.give_up()
    return released + b"".join(held)


@pytest.mark.parametrize("size", [128, 1024])
def test_key_and_profile_are_masked_and_the_table_is_one(size: int) -> None:
    masked = read_dct(data_of(mask(stream(table(), size)), size))
    assert not isinstance(masked, str)
    assert masked.private_key == b"x" * len(PRIVATE_KEY)
    assert masked.certificate == b"certificate"
    assert masked.profile is not None
    image = decode_image(masked.profile)
    assert image is not None
    assert image.profile.station_security == SecuritySetting(Security.WPA2, b"1xxxxxxxxx")


def test_the_same_whatever_pieces_it_comes_in() -> None:
    sent = stream(table())
    whole = mask(sent)
    for cut in (*range(120, 170), 1000, 5000, len(sent) - 1):
        assert mask(sent, cut, cut + 7) == whole
    assert mask(sent, *range(0, 400, 3)) == whole


def test_checksums_are_right() -> None:
    sent = mask(stream(table()))[3 + 128 + 2 :]
    for start in range(0, len(sent) - 1, 1024 + 5):
        assert crc_hqx(sent[start + 3 : start + 1027], 0) == int.from_bytes(sent[start + 1027 : start + 1029], "big")


def test_a_block_that_comes_twice() -> None:
    data = table()
    parts = list(blocks(data))
    sent = header(b"DCT.bin", len(data)) + b"".join([*parts[:2], parts[1], *parts[2:]]) + EOT
    assert b"c2VjcmV0" not in mask(sent)


@pytest.mark.parametrize("end", [b"\x18\x18", b"a"])
def test_a_transfer_that_is_aborted(end: bytes) -> None:
    data = table()
    sent = header(b"DCT.bin", len(data)) + b"".join(list(blocks(data))[:3]) + end + b"AT\r"
    masked = mask(sent)
    assert b"c2VjcmV0" not in masked
    assert masked.endswith(end + b"AT\r")


def test_a_transfer_that_is_not_finished() -> None:
    data = table()
    sent = header(b"DCT.bin", len(data)) + b"".join(blocks(data))[:-700]
    masked = mask(sent, 1300)
    assert len(masked) == len(sent)
    assert b"c2VjcmV0" not in masked


def test_a_transfer_that_never_ends() -> None:
    """What is held back has a limit."""
    parts = list(blocks(table()))
    masker = TableMasker(Masks())
    pieces = [bytearray(parts[0])]
    masker.receive(pieces[0])
    for _ in range(80):
        pieces.append(bytearray(parts[1]))
        masker.receive(pieces[-1])
        if not masker.waits:
            break
    assert len(pieces) < 80
    assert all(b"c2VjcmV0" not in piece for piece in pieces)


def test_the_table_of_a_real_module() -> None:
    """Nobody knows what stands where in its last part, so nothing of it stays."""
    data = bytearray(table())
    data[PROFILE_OFFSET:USED_BYTES] = (b"topSecret!" * 200)[: USED_BYTES - PROFILE_OFFSET]
    data[0x18B0:0x18C0] = b"another secret!!"
    mask_table(data, Masks())
    assert b"Secret" not in data
    assert b"another" not in data
    dct = read_dct(bytes(data))
    assert not isinstance(dct, str)
    assert dct.profile is None


def test_what_the_module_will_not_read_is_cleared() -> None:
    data = bytearray(table())
    data[8] = 1  # marked as incomplete
    before = read_dct(bytes(data))
    mask_table(data, Masks())
    assert not any(data[20:])
    assert read_dct(bytes(data)) == before


def test_a_profile_that_no_longer_fits_is_cleared() -> None:
    """The room is that of what is stored compressed."""
    data = bytearray(write_dct(b"", b"", b"{}"))
    mask_table(data, Masks())
    assert read_dct(bytes(data)) == read_dct(write_dct(b"", b"", b"unreadable"))
    assert not any(data[KEY_OFFSET : KEY_OFFSET + 100])


def test_other_uploads_stay_as_they_are() -> None:
    sent = stream(b"\x00\x40\x00\x00an application" * 300)
    assert mask(sent) == sent
    assert mask(packet(1, table()[:1024])[:15]) == packet(1, table()[:1024])[:15]


def test_an_upload_is_recorded_and_replayed() -> None:
    tape = Tape()
    bench = BootBench(observers=[tape.recorder])
    bench.enter_menu()
    bench.exchange(b"2", 0)
    send_file(bench, table(), name=b"DCT.bin")
    bench.run(5_000_000)
    assert bench.flash.security.private_key == PRIVATE_KEY
    recording = tape.end()
    result = replay(recording)
    assert result.difference is None
    assert result.received_bytes > 8000
    written = b"".join(
        bytes(getattr(item, "data", b"")) + bytes(getattr(item, "image", b"")) for _, item in recording.items()
    )
    assert b"c2VjcmV0" not in written
    assert WIFI_KEY not in written
    assert ACK + CRC in written
