"""``wizfi-emu image``."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.boot.appimage import make_app_image
from wizfi_emu.cli.app import main


def call(capsys: pytest.CaptureFixture[str], *args: object, status: int = 0) -> str:
    with pytest.raises(SystemExit) as end:
        main(["image", *map(str, args)])
    assert end.value.code == status
    out, err = capsys.readouterr()
    assert (out if status else err) == ""
    return err if status else out


def test_make_and_show(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "APP.bin"
    assert call(capsys, "make", "--version", "1.0.5.2", path) == ""
    assert path.read_bytes() == make_app_image("1.0.5.2", 810_132)
    assert call(capsys, "show", path) == (
        "name     wizfi_wiced\n"
        "version  1.0.5.2\n"
        "size     810132 bytes\n"
        "runs as  firmware 1.0.5.2 of 2016-06-30: MQTT commands, data mode for UDP on opening\n"
    )


def test_a_small_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "APP.bin"
    call(capsys, "make", "--version", "1.0.5.2", "--bytes", 584, path)
    assert path.stat().st_size == 584
    assert "size     584 bytes\n" in call(capsys, "show", path)


@pytest.mark.parametrize(
    ("version", "behaviour"),
    [("1.0.4.7", "firmware 1.0.4.6 of "), ("9.9.9.9", "firmware 1.0.5.2 of "), ("0.0.0.1", "firmware 0.9.2.0: ")],
)
def test_a_version_that_is_not_known(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, version: str, behaviour: str
) -> None:
    path = tmp_path / "APP.bin"
    call(capsys, "make", "--version", version, path)
    assert f"version  {version}\n" in (text := call(capsys, "show", path))
    assert f"runs as  {behaviour}" in text


def test_an_image_without_texts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "APP.bin"
    image = bytearray(make_app_image("1.0.5.2", 1000))
    image[0x10:0x18] = bytes(8)
    path.write_bytes(image)
    assert call(capsys, "show", path) == (
        "name     -\nversion  -\nsize     1000 bytes\nruns as  the firmware that it replaces\n"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--version", "1.0.5"), "wizfi-emu: '1.0.5' is not a version like 1.0.5.2"),
        (("--version", "1.0.5.2", "--bytes", "100"), "wizfi-emu: 100 bytes, an image has 584 to 983040"),
        (("--version", "1.0.5.2", "--bytes", "x"), "wizfi-emu: Invalid value for '--bytes'"),
        ((), "wizfi-emu: Missing option '--version'"),
    ],
)
def test_make_what_cannot_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    assert call(capsys, "make", *args, tmp_path / "APP.bin", status=2).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_make_where_nothing_can_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "none" / "APP.bin"
    message = call(capsys, "make", "--version", "1.0.5.2", path, status=2)
    assert message == f"wizfi-emu: cannot write {path}: No such file or directory\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file has 0 bytes, too few for a firmware image"),
        (b"x" * 1000, "word 0 is 0x78787878, a firmware image has 0x00000200"),
        (make_app_image("1.0.5.2", 1000)[:999], "word 1 is 1000, but the file has only 999 bytes"),
        (bytes(983_041), "the file has more than the 983040 bytes of the application area"),
    ],
)
def test_show_of_what_is_no_image(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "APP.bin"
    path.write_bytes(content)
    assert call(capsys, "show", path, status=2) == f"wizfi-emu: {path} is not a firmware image: {reason}\n"


def test_show_of_a_directory(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call(capsys, "show", tmp_path, status=2) == f"wizfi-emu: cannot read {tmp_path}: Is a directory\n"
