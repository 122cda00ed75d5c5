"""What people write behind --spi."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.module.spi import Wiring
from wizfi_emu.spi.spec import SpiSpec, parse_spi_spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("unix:/run/spi", SpiSpec(path="/run/spi")),
        ("unix:/run/spi?mode=3&order=lsb", SpiSpec(path="/run/spi", wiring=Wiring(3, False))),
        ("tcp://:0", SpiSpec(host="127.0.0.1")),
        ("tcp://[::1]:7?mode=1", SpiSpec(host="::1", port=7, wiring=Wiring(1))),
        ("tcp://127.0.0.1:7?token=abc", SpiSpec(host="127.0.0.1", port=7, token="abc")),
    ],
)
def test_addresses(text: str, spec: SpiSpec) -> None:
    assert parse_spi_spec(text) == spec


def test_a_relative_path_is_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_spi_spec("unix:spi").path == str(tmp_path / "spi")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--spi : expected unix:PATH or tcp://HOST:PORT"),
        ("unix:", "--spi unix:: expected unix:PATH or tcp://HOST:PORT"),
        ("/dev/spidev0.0", "--spi /dev/spidev0.0: expected unix:PATH or tcp://HOST:PORT"),
        ("tcp://7", "--spi tcp://7: expected unix:PATH or tcp://HOST:PORT"),
        ("unix:/s?token=abc", "--spi unix:/s: unknown setting 'token'; expected mode and order"),
        ("unix:/s?mode=4", "--spi ...?mode=4: expected mode=0|1|2|3"),
        ("unix:/s?order=MSB", "--spi ...?order=MSB: expected order=msb|lsb"),
        ("tcp://:1?cs=1", "--spi tcp://:1: unknown setting 'cs'; expected mode, order and token"),
    ],
)
def test_what_is_none(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_spi_spec(text)
    assert str(caught.value) == message


def test_a_token_is_not_shown() -> None:
    assert "abc" not in repr(parse_spi_spec("tcp://:7?token=abc"))
