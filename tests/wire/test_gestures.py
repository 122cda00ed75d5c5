"""FUNCTION, the LEDs and the plug, by ``wizfi-emu ctl`` on the real program (guide, FUNCTION pin usage)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.controlled import Controlled, controlled
from wizfi_emu.testing.running import own_host_address

# A program is started, and presses and actions take their real time.
pytestmark = pytest.mark.slow

BANNER = b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n"
LINK_DOWN = b"\r\n[Link-Down Event]\r\n"
LINK_UP = b"\r\n[Link-Up Event]\r\n  IP Addr    : 192.168.12.10\r\n  Gateway    : 192.168.12.1\r\n"
AP = b"WizFi250_AP_0008DC250001"


@pytest.fixture
def host() -> str:
    return own_host_address()


@pytest.fixture
def module(tmp_path: Path, host: str) -> Iterator[Controlled]:
    with controlled(tmp_path, "--timing", "fast", "--host-address", host) as found:
        yield found


def join(module: Controlled) -> None:
    for command in (b"AT+MECHO=0", b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WJOIN"):
        module.terminal.send(command + b"\r")
        module.terminal.read_until(b"[OK]\r\n")


def enter_data_mode(module: Controlled, host: str) -> socket.socket:
    """Joined, with a TCP connection in data mode; the peer's end."""
    join(module)
    with socket.create_server((host, 0)) as server:
        port = server.getsockname()[1]
        module.terminal.send(b"AT+SCON=O,TCN,192.168.12.1,%d,,1\r" % port)
        peer, _ = server.accept()
    module.terminal.read_until(b"[CONNECT 0]\r\n")
    assert module.state("mode") == "data"
    return peer


def expect_access_point(module: Controlled) -> None:
    """After a single press: the module boots as an access point with its web server."""
    module.terminal.expect(BANNER)
    module.terminal.read_until(b"[Link-Up Event]\r\n  IP Addr    : 192.168.12.1\r\n  Gateway    : 192.168.12.1\r\n")
    module.terminal.synchronize()
    assert module.state("wifi.state") == "ap"
    assert module.state("wifi.ssid").encode() == AP
    assert module.state("services.web.running") == "true"
    assert module.state("services.air.port") == "50001"
    assert module.state("profile.registration.open_type") == "O"


# --- one ------------------------------------------------------------------------------------------------------------


def test_once_in_command_mode(module: Controlled) -> None:
    module.ctl("press")
    module.terminal.expect(b"Set AP Mode & Web Server Launch\r\n[OK]\r\n")
    expect_access_point(module)


def test_once_in_data_mode(module: Controlled, host: str) -> None:
    with closing(enter_data_mode(module, host)) as peer:
        module.ctl("press", 1)
        module.terminal.expect(b"Set AP Mode & Web Server Launch\r\n[OK]\r\n\r\n[DISCONNECT 0]\r\n" + LINK_DOWN)
        assert peer.recv(10) == b""
        expect_access_point(module)


# --- two ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["command", "data"])
def test_twice(module: Controlled, host: str, mode: str) -> None:
    peer = enter_data_mode(module, host) if mode == "data" else None
    module.ctl("press", 2)
    module.terminal.expect(b"Set OTA Mode\r\n")
    module.terminal.read_until(b"[OTA Upgrade Handler]\r\n")
    module.terminal.read_until(b">>> Start OTA >>>>>>>>>>>>>>>>\r\n")
    assert module.state("mode") == "ota"
    assert (module.state("leds.led1"), module.state("leds.led2")) == ("true", "true")
    if peer is not None:
        assert peer.recv(10) == b""
        peer.close()


# --- three ----------------------------------------------------------------------------------------------------------


def test_three_times_in_command_mode(module: Controlled) -> None:
    join(module)
    module.terminal.exchange(b"AT+MPROF=S\r", b"[OK]\r\n")
    module.ctl("press", 3)
    module.terminal.expect(b"Set Factory Default\r\n[OK]\r\n" + LINK_DOWN + BANNER)
    assert module.state("profile.station.ssid") == "WizFiAP"
    assert module.state("profile.echo") == "true"
    assert module.state("wifi.state") == "down"


def test_three_times_in_data_mode(module: Controlled, host: str) -> None:
    with closing(enter_data_mode(module, host)) as peer:
        module.ctl("press", 3)
        module.terminal.expect(b"Set Factory Default\r\n[OK]\r\n\r\n[DISCONNECT 0]\r\n" + LINK_DOWN + BANNER)
        assert peer.recv(10) == b""
        assert module.state("mode") == "command"


# --- four and more --------------------------------------------------------------------------------------------------


def test_four_times_in_command_mode(module: Controlled) -> None:
    module.ctl("press", 4)
    module.terminal.expect(b"Error\r\n")
    module.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")


def test_five_times_in_data_mode(module: Controlled, host: str) -> None:
    with closing(enter_data_mode(module, host)) as peer:
        module.ctl("press", 5)
        module.terminal.expect(b"Error\r\n")
        assert module.state("mode") == "data"
        module.terminal.send(b"still connected")
        assert peer.recv(100) == b"still connected"


# --- lights ---------------------------------------------------------------------------------------------------------


def test_the_leds_follow_link_and_data_mode(module: Controlled, host: str) -> None:
    def lit() -> tuple[str, str]:
        return module.state("leds.led1"), module.state("leds.led2")

    while lit() != ("false", "false"):  # they flash three times after the banner
        pass
    with closing(enter_data_mode(module, host)) as peer:
        assert lit() == ("true", "true")
        module.terminal.send(b"+++")
        module.terminal.expect(b"[OK]\r\n")
        assert lit() == ("true", "false")
        module.terminal.exchange(b"AT+SDATA\r", b"[OK]\r\n")
        assert lit() == ("true", "true")
        peer.close()
        module.terminal.expect(b"\r\n[DISCONNECT 0]\r\n")
        assert lit() == ("true", "false")
    module.terminal.send(b"AT+WLEAVE\r")
    module.terminal.read_until(b"[OK]\r\n")
    assert lit() == ("false", "false")


# --- pins, plug -----------------------------------------------------------------------------------------------------


def test_a_gpio_from_outside(module: Controlled) -> None:
    module.terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
    module.terminal.exchange(b"AT+FGPIO=2,5,2\r", b"[OK]\r\n")
    for level in (1, 0, 1):
        module.ctl("pin", "gpio5", level)
        module.terminal.exchange(b"AT+FGPIO=0,5\r", b"%d\r\n[OK]\r\n" % level)
    module.terminal.exchange(b"AT+FGPIO=2,5,0\r", b"[OK]\r\n")
    module.ctl("pin", "gpio5", "free")
    module.terminal.exchange(b"AT+FGPIO=0,5\r", b"1\r\n[OK]\r\n")
    module.ctl("adc", 4000)
    module.terminal.exchange(b"AT+FGETADC\r", b"4000\r\n[OK]\r\n")


def test_pull_the_plug_while_connected(module: Controlled, host: str) -> None:
    with closing(enter_data_mode(module, host)) as peer:
        module.ctl("power", "off")
        assert peer.recv(10) == b""
    assert (module.state("mode"), module.state("leds.led1"), module.state("leds.led2")) == ("off", "false", "false")
    module.terminal.send(b"AT\r")
    module.terminal.expect_silence(0.2)  # real time: silence is what is expected
    module.ctl("power", "on")
    module.terminal.expect(BANNER)
    module.terminal.exchange(b"AT+WSTAT\r", b"AT+WSTAT\r\n")


def test_what_was_saved_outlives_the_plug(module: Controlled) -> None:
    module.terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
    module.ctl("power-cycle")
    module.terminal.expect(BANNER)
    module.terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
    module.terminal.exchange(b"AT+MPROF=S\r", b"[OK]\r\n")
    module.ctl("power-cycle")
    module.terminal.expect(BANNER)
    module.terminal.exchange(b"AT\r", b"[OK]\r\n")


def test_the_boot_loader_by_the_boot_pin(module: Controlled) -> None:
    module.ctl("power-cycle", "--boot-pin", "low")
    assert module.state("mode") == "boot"
    module.terminal.read_until(b"WizFi Bootloader")
    module.terminal.read_until(b"*) Exit\r\n\r\n")
    module.terminal.send(b"9")
    module.terminal.read_until(BANNER)
