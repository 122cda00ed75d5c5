"""``wizfi-emu flash``."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from wizfi_emu.cli.app import main
from wizfi_emu.cli.flash import SECRET_FIELDS, printable
from wizfi_emu.profile.fields import MqttSetting, SecuritySetting, StationSetting, factory_profile
from wizfi_emu.profile.flashfile import FlashFile
from wizfi_emu.profile.image import FlashImage, SecuritySection, WifiSection, encode_image


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
    assert shown["wifi"]["station_security"] == {"type": "WPA2", "key": "..."}
    assert shown["security"] == {"certificate": "certificate", "private_key": "..."}
    assert shown["profile"]["socket_options"] == [5000, 5000, 5, 100, 0, 0, 0, 0, 0]


def test_show_with_secrets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    write(path, encode_image(image_with_secrets()))
    text = call(capsys, "show", "--secrets", path)
    assert [f"secret-{number}" in text for number in range(1, 6)] == [True] * 5


def test_an_empty_secret_is_shown_as_empty() -> None:
    shown = json.dumps(printable(FlashImage(factory_profile("1.0.5.2")), secrets=False))
    assert '"private_key": ""' in shown


def test_the_list_of_secrets_is_complete() -> None:
    """A field that is named like a secret has to be in the list, and the list names fields that exist."""

    def names(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(names, value.values()))
        return set().union(*map(names, value)) if isinstance(value, list | tuple) else set()

    fields = names(msgspec.to_builtins(image_with_secrets(), builtin_types=(bytes,)))
    assert {
        name for name in fields if any(word in name for word in ("key", "password", "secret", "pin"))
    } == SECRET_FIELDS


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
