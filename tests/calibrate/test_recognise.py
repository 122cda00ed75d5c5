"""What is at the other end of a line, and what to do about it."""

from __future__ import annotations

import pytest

from tests.calibrate.test_play import Script
from wizfi_emu.calibrate.bench import VirtualLine, VirtualModule, virtual_device
from wizfi_emu.calibrate.network import NO_NETWORK
from wizfi_emu.calibrate.recognise import State, recognise
from wizfi_emu.firmware.load import load_firmware, with_switches

S = 1_000_000


def module(*lines: str, switches: tuple[str, ...] = ()) -> VirtualModule:
    device = virtual_device(with_switches(load_firmware("1.0.5.2"), switches), world=NO_NETWORK.world)
    for line in lines:
        device.send(line.encode() + b"\r")
        device.run(S)
    device.read()
    return device


@pytest.mark.parametrize(
    "lines", [(), ("AT+MECHO=0",), ("AT+MMSG=3",), ("AT+WSET=1,mine", "AT+WJOIN", "AT+SCON=O,USN,,,5000,0")]
)
def test_a_module_that_is_ready(lines: tuple[str, ...]) -> None:
    device = module(*lines)
    assert recognise(VirtualLine(device)).state is State.READY
    device.send(b"AT\r")
    device.run(S)
    assert device.read().endswith(b"[OK]\r\n")


def test_half_a_line_is_ended() -> None:
    device = module()
    device.send(b"AT+WSC")
    assert recognise(VirtualLine(device)).state is State.READY


def test_the_first_byte_of_a_module_that_chooses_its_interface() -> None:
    device = module("AT+MSPI=0,9", switches=("auto_interface=true",))
    assert device.module.ram.interface == 0
    assert recognise(VirtualLine(device)).state is State.READY


def test_data_mode_is_left_as_it_was_and_nothing_goes_to_the_peer() -> None:
    device = module("AT+WSET=1,mine", "AT+WJOIN", "AT+SCON=O,UCN,192.168.12.50,5000,,1")
    assert device.module.data_mode.active
    device.world.network.udp_open("peer", 5000)
    found = recognise(VirtualLine(device))
    assert found.state is State.DATA_MODE
    assert "End your session first" in found.advice
    assert device.module.data_mode.active
    assert device.world.network.received("peer") == b""


def test_message_level_1() -> None:
    found = recognise(VirtualLine(module("AT+MMSG=1")))
    assert found.state is State.ECHO_ONLY
    assert "AT+MMSG=2" in found.advice


def test_silence() -> None:
    found = recognise(Script({}))
    assert found.state is State.SILENT
    assert "--baud" in found.advice


@pytest.mark.parametrize(("answer", "state"), [(b"\xf8\x00\x80\xe6\xf8", State.GARBAGE), (b"login: ", State.OTHER)])
def test_something_else(answer: bytes, state: State) -> None:
    line = Script({data: [(1, answer)] for data in (b"+++", b"\r", b"AT\r")})
    found = recognise(line)
    assert found.state is state
    assert found.advice
