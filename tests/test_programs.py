"""Programs that are missing leave out tests by hand, and fail them in CI."""

from __future__ import annotations

import pytest

from tests.programs import PACKAGES, need


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)


@pytest.mark.usefixtures("nothing_installed")
def test_a_test_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"curl is not installed \(Debian package curl\)"):
        need("curl")


@pytest.mark.usefixtures("nothing_installed")
def test_in_ci_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="in CI no test is left out"):
        need("sb")


def test_every_program_has_its_package() -> None:
    assert PACKAGES["sb"] == "lrzsz"
    assert all(PACKAGES.values())
