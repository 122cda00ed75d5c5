from pathlib import Path

import pytest

from wizfi_emu.userfiles import packaged


def test_checkout_has_them_in_profiles() -> None:
    assert (packaged.packaged("worlds") / "demo.yaml").is_file()


def test_installed_package_has_them_in_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "wizfi_emu"
    package.mkdir()
    monkeypatch.setattr(packaged, "__file__", str(package / "userfiles" / "packaged.py"))
    assert packaged.packaged("worlds") == tmp_path / "profiles" / "worlds"
    (package / "data").mkdir()
    assert packaged.packaged("worlds") == package / "data" / "worlds"
