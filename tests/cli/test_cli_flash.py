"""``wizfi-emu flash``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wizfi_emu.boot.dct import write_dct
from wizfi_emu.cli.app import main
from wizfi_emu.profile.fields import MqttSetting, SecuritySetting, StationSetting, factory_profile
from wizfi_emu.profile.flashfile import FlashFile, read_image
from wizfi_emu.profile.image import (
    Application,
    FlashImage,
    SecuritySection,
    WifiSection,
    decode_image,
    encode_image,
)
from wizfi_emu.readable import readable


def image_with_secrets() -> FlashImage:
    profile = factory_profile("1.0.5.2")
    profile.station = StationSetting(ssid="Büro".encode() + b"\xff")
    profile.station_security = SecuritySetting(key=b"secret-1")
    profile.ap_security = SecuritySetting(key=b"secret-2")
    profile.web_password = b"secret-3"
    profile.mqtt = MqttSetting(password=b"secret-4")
    return FlashImage(profile, WifiSection.of(profile), SecuritySection(b"certificate", b"secret-5"))


def write(path: Path, data: bytes) -> None:
    with FlashFile(path) as flash:
        flash.write(data)


def call(capsys: pytest.CaptureFixture[str], *args: object, status: int = 0) -> str:
    with pytest.raises(SystemExit) as end:
        main(["flash", *map(str, args)])
    assert end.value.code == status
    out, err = capsys.readouterr()
    return err if status else out


def test_show_leaves_the_secrets_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    write(path, encode_image(image_with_secrets()))
    with FlashFile(path):  # a module may be running on it
        text = call(capsys, "show", path)
    assert "secret" not in text
    shown = json.loads(text)
    assert shown["wifi"]["station"] == {"ssid": "Büro\\xff", "bssid": "", "channel": 6}
    assert shown["wifi"]["station_security"] == {"type": "WPA2", "key": "***"}
    assert shown["security"] == {"certificate": "certificate", "private_key": "***"}
    assert shown["profile"]["socket_options"] == [5000, 5000, 5, 100, 0, 0, 0, 0, 0]


def test_show_with_secrets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    write(path, encode_image(image_with_secrets()))
    text = call(capsys, "show", "--secrets", path)
    assert [f"secret-{number}" in text for number in range(1, 6)] == [True] * 5


def test_an_empty_secret_is_shown_as_empty() -> None:
    shown = json.dumps(readable(FlashImage(factory_profile("1.0.5.2"))))
    assert '"private_key": ""' in shown


def test_show_of_the_users_own_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "there is no flash file" in call(capsys, "show", status=2)
    (tmp_path / "wizfi-emu").mkdir()
    write(tmp_path / "wizfi-emu" / "flash.bin", encode_image(image_with_secrets()))
    assert json.loads(call(capsys, "show"))["format"] == 1


@pytest.mark.parametrize(("data", "message"), [(b"", "is blank"), (b"{}", "another version")])
def test_show_of_what_holds_no_profile(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "flash.bin"
    write(path, data)
    assert message in call(capsys, "show", path, status=2)


def test_erase(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    write(path, b"image")
    with FlashFile(path) as flash:
        assert "is in use by" in call(capsys, "erase", path, status=2)
        assert flash.load() == b"image"
    call(capsys, "erase", path)
    assert list(tmp_path.iterdir()) == []
    assert "there is no flash file" in call(capsys, "erase", path, status=2)


def test_erase_leaves_other_files_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("years of work")
    assert "is not a flash file" in call(capsys, "erase", path, status=2)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "years of work"


# --- configuration tables ---------------------------------------------------------------------------------------------


def test_export_and_import(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one, table, other = tmp_path / "one.bin", tmp_path / "DCT.bin", tmp_path / "other.bin"
    image = image_with_secrets()
    write(one, encode_image(image))
    with FlashFile(one):  # a module may be running on it
        assert call(capsys, "export", one, "--dct", table) == ""
    assert table.stat().st_size == 8220
    assert table.stat().st_mode & 0o777 == 0o600
    assert call(capsys, "import", other, "--dct", table) == ""
    assert decode_image(read_image(other)) == image


def test_export_over_a_file_that_others_could_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    write(path, encode_image(image_with_secrets()))
    table.write_bytes(b"x" * 20_000)
    table.chmod(0o644)
    call(capsys, "export", path, "--dct", table)
    assert (table.stat().st_size, table.stat().st_mode & 0o777) == (8220, 0o600)


def test_import_leaves_the_application(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    write(path, encode_image(image_with_secrets()))
    call(capsys, "export", path, "--dct", table)
    application = Application("guide", "1.0.4.9", 3000)
    write(path, encode_image(FlashImage(factory_profile("1.0.3.6"), application=application)))
    call(capsys, "import", path, "--dct", table)
    image = decode_image(read_image(path))
    assert image is not None
    assert image.application == application
    assert image.security.private_key == b"secret-5"


def test_import_of_a_real_modules_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    content = bytearray(write_dct(b"key", b"certificate", b""))
    content[0x18C0:] = b"1.0.5.2".ljust(8220 - 0x18C0, b"\0")
    table.write_bytes(content.ljust(16384, b"\xff"))
    with pytest.raises(SystemExit) as end:
        main(["flash", "import", str(path), "--dct", str(table)])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (0, "")
    assert err == (
        f"{table}: certificate and key were taken; the profile of a real module's table cannot be read, and all "
        "settings get their defaults at the next boot\n"
    )
    image = decode_image(read_image(path))
    assert image is not None
    assert image.security == SecuritySection(b"certificate", b"key")
    assert image.profile == factory_profile("")


def test_import_of_a_damaged_profile(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    table.write_bytes(write_dct(b"key", b"certificate", b'{"profile":{"firmware_version":"1.0.5.2","event_form":""}}'))
    with pytest.raises(SystemExit):
        main(["flash", "import", str(path), "--dct", str(table)])
    assert capsys.readouterr().err.startswith(f"{table}: certificate and key were taken; ")
    image = decode_image(read_image(path))
    assert image is not None
    assert image.profile == factory_profile("")


def test_show_of_a_damaged_profile(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    write(path, b'{"profile":{"firmware_version":"1.0.5.2","event_form":""}}')
    assert call(capsys, "show", path, status=2) == (
        f"wizfi-emu: {path} holds a damaged image, or one of another version of this program\n"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file has 0 bytes, a configuration table has 8220 to 16384"),
        (b"x" * 8220, "the file does not begin as a configuration table does"),
        (b"x" * 20_000, "the file has more than 16384 bytes, a configuration table has 8220 to 16384"),
        (write_dct(b"", b"", b"")[:-1], "the file has 8219 bytes, a configuration table has 8220 to 16384"),
        (b"\0" + write_dct(b"", b"", b""), "the file does not begin as a configuration table does"),
    ],
)
def test_import_of_what_is_no_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, reason: str
) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    write(path, encode_image(image_with_secrets()))
    before = path.read_bytes()
    table.write_bytes(content)
    message = call(capsys, "import", path, "--dct", table, status=2)
    assert message == f"wizfi-emu: {table} is not a configuration table: {reason}\n"
    assert path.read_bytes() == before


def test_import_into_a_flash_that_a_module_uses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    table.write_bytes(write_dct(b"", b"", b""))
    with FlashFile(path):
        assert "is in use by" in call(capsys, "import", path, "--dct", table, status=2)


def test_export_and_import_of_files_that_are_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    assert "there is no flash file" in call(capsys, "export", path, "--dct", table, status=2)
    assert call(capsys, "import", path, "--dct", table, status=2) == (
        f"wizfi-emu: cannot read {table}: No such file or directory\n"
    )
    write(path, b"")
    assert "is blank" in call(capsys, "export", path, "--dct", table, status=2)
    write(path, encode_image(image_with_secrets()))
    nowhere = tmp_path / "none" / "DCT.bin"
    assert call(capsys, "export", path, "--dct", nowhere, status=2) == (
        f"wizfi-emu: cannot write {nowhere}: No such file or directory\n"
    )
    assert "Missing option '--dct'" in call(capsys, "export", path, status=2)
    assert "Missing option '--dct'" in call(capsys, "import", path, status=2)
    assert not table.exists()


def test_export_of_what_no_table_has_room_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, table = tmp_path / "flash.bin", tmp_path / "DCT.bin"
    image = image_with_secrets()
    image.security = SecuritySection(b"certificate", b"k" * 2048)
    write(path, encode_image(image))
    assert call(capsys, "export", path, "--dct", table, status=2) == (
        f"wizfi-emu: {path}: the private key has 2048 bytes, the configuration table has room for 2047\n"
    )
    assert not table.exists()


def test_export_leaves_devices_as_they_are(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, nowhere = tmp_path / "flash.bin", Path("/dev/null")
    write(path, encode_image(image_with_secrets()))
    mode = nowhere.stat().st_mode
    assert call(capsys, "export", path, "--dct", nowhere) == ""
    assert nowhere.stat().st_mode == mode
