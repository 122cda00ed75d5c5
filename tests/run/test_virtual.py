"""A device in virtual time: its line at the speed of a wire, and a host that is as fast as the module takes it."""

from __future__ import annotations

import pytest

from tests.desk import firmware_named, world_named
from wizfi_emu.factory import new_module
from wizfi_emu.run.virtual import VirtualDevice
from wizfi_emu.stages.stage import Stage
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.memory.world import MemoryWorld

BANNER = b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n"
BYTE_US = 10 * 1_000_000 / 115200


def device(*, paced: bool = True) -> VirtualDevice:
    found = VirtualDevice(new_module(firmware_named("guide")), MemoryWorld(world_named("demo")), Timing(paced=paced))
    found.power_on()
    return found


def test_an_unpaced_line_takes_no_time() -> None:
    assert device(paced=False).read() == BANNER


def test_a_paced_line_has_the_speed_of_its_framing() -> None:
    found = device()
    assert found.read() == b"", "no byte has passed"
    found.run(round(len(BANNER) * BYTE_US / 2))
    came = found.read()
    assert BANNER.startswith(came)
    assert len(BANNER) / 2 - 13 <= len(came) <= len(BANNER) / 2
    found.run(round(len(BANNER) * BYTE_US / 2) + 1)
    assert came + found.read() == BANNER


def test_a_paced_line_takes_time_towards_the_module_too() -> None:
    found = device()
    found.run(1_000_000)
    found.read()
    found.send_soon(b"AT\r")
    assert found.unsent_bytes == 3
    found.run(round(3 * BYTE_US) + 1)
    assert found.unsent_bytes == 0
    found.run(round(10 * BYTE_US) + 1)
    assert found.read() == b"AT\r\n[OK]\r\n"


def test_what_has_not_left_the_line_dies_with_the_power() -> None:
    found = device()
    came = found.read()
    found.power_off()
    found.run(1_000_000)
    assert found.read() == b""
    assert len(came) < len(BANNER)


def test_a_host_waits_until_the_module_takes_its_bytes() -> None:
    found = device(paced=False)
    found.run(1_000_000)
    found.read()
    lines = b"AT+WSTAT\r" * 500
    assert found.send(lines, found.now_us + 1_000_000)
    found.run(1_000_000)
    assert found.read().count(b"AT+WSTAT\r\n") == 500


def test_a_host_gives_up_at_its_end_and_goes_on_later() -> None:
    found = device(paced=False)
    found.run(1_000_000)
    found.world.radio.execute = lambda effect, now_us: []  # type: ignore[attr-defined]  # a scan without an answer
    found.send(b"AT+WSCAN\r")
    assert not found.send(bytes(5000), found.now_us + 1000)
    assert found.send(b"x"), "the module has given the scan up"
    assert found.unsent_bytes == 0


class Full(Stage):
    """Takes nothing from the host."""

    def serial_room(self, inside: int) -> int:
        return 0


def test_a_host_that_waits_for_ever_hears_of_it() -> None:
    found = device(paced=False)
    found.run(1_000_000)
    found.add(Full())
    with pytest.raises(RuntimeError, match="takes no more serial bytes"):
        found.send(b"x")
