"""The address ``wizfi://``, for a lockstep and for a real port."""

from __future__ import annotations

import pytest
import serial

from wizfi_emu.testing.lockstep import lockstep
from wizfi_emu.testing.running import RunningModule


def test_address_with_and_without_a_lockstep(wizfi: RunningModule, monkeypatch: pytest.MonkeyPatch) -> None:
    with lockstep() as bench, serial.serial_for_url(bench.port, timeout=1) as port:
        port.write(b"AT\r")
        assert port.read_until(b"]") == b"AT\r\n[OK]"
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, "wizfi_emu.lockstep"])
    with serial.serial_for_url(f"wizfi://{wizfi.port}", timeout=1) as port:
        assert isinstance(port, serial.Serial)
        port.write(b"AT\r")
        assert port.read_until(b"]").endswith(b"AT\r\n[OK]")
