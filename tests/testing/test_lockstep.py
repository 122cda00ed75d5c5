"""The fixture ``wizfi_lockstep``: a driver as it is, in virtual time."""

from __future__ import annotations

import time

import pytest
import serial

from wizfi_emu.scenario.model import EchoPeer
from wizfi_emu.testing.lockstep import LockstepBench


@pytest.mark.wizfi(firmware="1.0.5.2", timing="fast")
def test_marked_options(wizfi_lockstep: LockstepBench) -> None:
    with serial.Serial(wizfi_lockstep.port, timeout=1) as port:
        port.write(b"AT+MINFO\r")
        assert b"1.0.5.2" in port.read_until(b"[OK]")


def test_a_driver_with_a_peer(wizfi_lockstep: LockstepBench) -> None:
    peer = wizfi_lockstep.add_peer("echo", EchoPeer(port=5000))
    with serial.Serial(wizfi_lockstep.port, timeout=30) as port:
        for command in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WNET=1", b"AT+WJOIN"):
            port.write(command + b"\r")
            assert port.read_until(b"[OK]\r\n").endswith(b"[OK]\r\n")
        port.write(b"AT+SCON=O,TCN,192.168.12.1,5000,,1\r")
        port.read_until(b"[CONNECT 0]\r\n")
        port.write(b"hello")
        assert port.read_until(b"hello") == b"hello"
        time.sleep(3600 - time.monotonic() - 1)
    assert peer.got.part(0) == b"hello"
