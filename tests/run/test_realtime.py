"""What ``realtime`` takes time for, as a host sees it."""

from __future__ import annotations

import pytest

from tests.desk import MS, OK, S, firmware_named, world_named
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.timing import load_timing

BANNER = b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n"
LINE_US = 1.08 * 1_000_000 / 11_520


@pytest.fixture
def module() -> VirtualModule:
    found = VirtualModule(firmware_named("guide"), world_named("demo"), timing=load_timing("realtime"))
    assert found.exchange(b"", 1099 * MS) == b"", "power-on, and the defaults into a new flash"
    assert found.exchange(b"", 100 * MS) == BANNER
    return found


def waited_us(module: VirtualModule, end: bytes) -> int:
    """How long it takes until the module has sent this."""
    start_us, came = module.now_us, b""
    while not came.endswith(end):
        assert module.step_to(start_us + 60 * S), came
        came += module.read()
    return module.now_us - start_us


def test_a_reset_takes_half_a_second_once(module: VirtualModule) -> None:
    module.send(b"AT+MRESET\r")
    waited_us(module, OK)
    assert waited_us(module, BANNER) == pytest.approx(500 * MS + len(BANNER) * LINE_US, rel=0.01)


def test_an_answer_takes_its_time_on_the_line(module: VirtualModule) -> None:
    module.send(b"AT\r")
    assert waited_us(module, OK) == pytest.approx(13 * LINE_US, abs=2)


def test_a_scan_prints_its_head_at_once_and_each_network_when_it_is_found(module: VirtualModule) -> None:
    module.send(b"AT+WSCAN\r")
    assert waited_us(module, b"Channel\r\n") < 20 * MS
    assert waited_us(module, b"2.4/1\r\n") == pytest.approx(100 * MS, abs=20 * MS)
    assert waited_us(module, b"2.4/6\r\n") == pytest.approx(500 * MS, abs=20 * MS)
    assert waited_us(module, OK) == pytest.approx(800 * MS, abs=20 * MS)


def test_joining_and_writing_the_flash_take_time(module: VirtualModule) -> None:
    assert module.exchange(b"AT+WSET=0,OpenNet\r", 99 * MS) == b"AT+WSET=0,OpenNet\r\n"
    assert module.exchange(b"") == OK
    module.exchange(b"AT+WSEC=0,OPEN\r")
    module.send(b"AT+WJOIN\r")
    assert waited_us(module, b"Successfully joined : OpenNet\r\n") > S
    assert waited_us(module, OK) > 500 * MS
