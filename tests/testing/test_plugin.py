"""The pytest plugin, used as its users do: in test files of their own, run by pytest."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from wizfi_emu.errors import UserError
from wizfi_emu.testing.running import ExpectationError, RunningModule
from wizfi_emu.testing.virtual import VirtualModule

pytestmark = pytest.mark.slow


def opened(module: RunningModule) -> serial.Serial:
    return serial.Serial(module.port, 115200, timeout=5)


def join(module: RunningModule, port: serial.Serial) -> None:
    port.write(b"AT+WSET=0,WizFiDemoAP\rAT+WJOIN\r")
    module.expect(b"  Gateway    : 192.168.12.1\r\n[OK]\r\n")


def test_a_module_answers(wizfi: RunningModule) -> None:
    with opened(wizfi) as port:
        port.write(b"AT\r")
        assert port.read_until(b"[OK]\r\n").endswith(b"AT\r\n[OK]\r\n")
    assert wizfi.expect(b"[OK]\r\n").startswith(b"WizFi250 Version 1.0.3.6")


@pytest.mark.wizfi(firmware="1.0.5.2", switches=("auto_interface=true",))
def test_options_of_one_test(wizfi: RunningModule) -> None:
    wizfi.expect(b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n")
    with opened(wizfi) as port:
        port.write(b"A")
        wizfi.expect(b"[OK]\r\nWizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n")


def test_power_cycle_and_watchdog(wizfi: RunningModule) -> None:
    wizfi.expect(b"(WIZnet Co.Ltd)\r\n")
    wizfi.power_cycle()
    wizfi.expect(b"(WIZnet Co.Ltd)\r\n")
    wizfi.reset(watchdog=True)
    wizfi.expect(b"\r\n[Reset Event]\r\n")


@pytest.mark.wizfi(timing="fast", time_scale=10.0)
def test_three_presses_reset_the_profile(wizfi: RunningModule) -> None:
    with opened(wizfi) as port:
        port.write(b"AT+WNET=0,10.0.0.1\rAT+MPROF=S\r")
        wizfi.expect(b"AT+MPROF=S\r\n[OK]\r\n")
    wizfi.press(3)
    wizfi.expect(b"Set Factory Default\r\n[OK]\r\n")
    wizfi.expect(b"(WIZnet Co.Ltd)\r\n")
    with opened(wizfi) as port:
        port.write(b"AT+WNET=?\r")
        wizfi.expect(b"\r\n1,192.168.12.101,")


def test_leds_and_network(wizfi: RunningModule) -> None:
    with opened(wizfi) as port:
        join(wizfi, port)
        # Both LEDs flash three times at boot, which is not over when a join takes no time.
        deadline_s = time.monotonic() + 5
        while wizfi.leds != {"led1": True, "led2": False}:
            assert time.monotonic() < deadline_s
        wizfi.air["WizFiDemoAP"].off()
        wizfi.expect(b"\r\n[Link-Down Event]\r\n")
        assert wizfi.leds["led1"] is False
        wizfi.air["WizFiDemoAP"].on()
        wizfi.expect(b"\r\n[Link-Up Event]\r\n")
    with pytest.raises(UserError, match="NoSuchNet"):
        wizfi.air["NoSuchNet"].off()


def test_sockets_show_both_addresses(wizfi: RunningModule) -> None:
    with opened(wizfi) as port, socket.create_server((wizfi.address, 0)) as server:
        join(wizfi, port)
        number = server.getsockname()[1]
        port.write(b"AT+SCON=O,TCN,192.168.12.50,%d,,0\r" % number)
        wizfi.expect(b"[CONNECT 0]")
        [shown] = wizfi.sockets
        assert shown.remote.virtual == f"192.168.12.50:{number}"
        assert shown.remote.host == f"{wizfi.address}:{number}"


def test_two_modules_share_nothing(wizfi_factory: Callable[..., RunningModule]) -> None:
    first, second = wizfi_factory(), wizfi_factory(firmware="1.0.4.2")
    assert first.port != second.port
    assert first.address != second.address
    first.expect(b"Version 1.0.3.6 ")
    second.expect(b"Version 1.0.4.2 ")


def test_what_does_not_come_is_told_with_what_came(wizfi: RunningModule) -> None:
    with pytest.raises(ExpectationError, match=r"no b'\[CONNECT 0\]' within 0.1 s; the module sent b'WizFi250"):
        wizfi.expect(b"[CONNECT 0]", timeout=0.1)


def test_time_line_holds_what_happened(wizfi: RunningModule) -> None:
    wizfi.expect(b"(WIZnet Co.Ltd)\r\n")
    names = [type(moment.item).__name__ for moment in wizfi.timeline]
    assert names.index("PoweredOn") < names.index("UartSend")
    assert "WizFi250 Version" in wizfi.transcript


def test_wrong_options_fail_where_the_module_is_made(wizfi_factory: Callable[..., RunningModule]) -> None:
    threads = threading.active_count()
    with pytest.raises(UserError, match="unknown firmware"):
        wizfi_factory(firmware="9.9.9.9")
    assert threading.active_count() == threads


def test_faults_by_their_words(wizfi: RunningModule) -> None:
    assert wizfi.fault("tcp-refuse", for_=60, name="closed") == "closed"
    assert wizfi.fault("watchdog", when={"pattern": "AT+MINFO", "from": "host"}) == "watchdog"
    assert [(one.name, one.state) for one in wizfi.faults] == [("closed", "active"), ("watchdog", "waiting")]
    wizfi.heal("closed")
    with opened(wizfi) as port:
        port.write(b"AT+MINFO\r")
        wizfi.expect(b"\r\n[Reset Event]\r\n")
    assert [(one.name, one.hits) for one in wizfi.faults] == [("watchdog", 1)]
    with pytest.raises(UserError, match=r"got 'tcp-rest'; did you mean tcp-reset\?$"):
        wizfi.fault("tcp-rest")
    with pytest.raises(UserError, match=r"^fault tcp-cut: afterbytes: no such key.*did you mean after_bytes\?$"):
        wizfi.fault("tcp-cut", afterbytes=3)
    with pytest.raises(UserError, match="the world has no access point 'Nowhere'"):
        wizfi.fault("ap-off", access_point="Nowhere")
    with pytest.raises(UserError, match="there is no fault 'closed'; there is: watchdog"):
        wizfi.heal("closed")


def test_what_the_module_says_and_what_leaves_the_line(wizfi: RunningModule) -> None:
    wizfi.expect(b"(WIZnet Co.Ltd)\r\n", on="line")
    wizfi.expect(b"(WIZnet Co.Ltd)\r\n")
    wizfi.fault("serial-loss", direction="to-host")
    with opened(wizfi) as port:
        port.write(b"AT\r")
        wizfi.expect(b"[OK]\r\n")
        with pytest.raises(ExpectationError, match=r"^no b'\[OK\]' within 0.2 s; the line carried b''$"):
            wizfi.expect(b"[OK]", timeout=0.2, on="line")
        wizfi.heal("serial-loss")
        port.write(b"AT\r")
        wizfi.expect(b"[OK]\r\n", on="line")
        wizfi.forget_output()
        for on in ("module", "line"):
            with pytest.raises(ExpectationError):
                wizfi.expect(b"[OK]", timeout=0.05, on=on)


def test_pins_that_there_are_not(wizfi: RunningModule) -> None:
    with pytest.raises(UserError, match=r"^there is no pin 'gpio55'; expected boot, .*; did you mean gpio5\?$"):
        wizfi.pin("gpio55", True)
    with pytest.raises(UserError, match=r"^pin gpio5: expected True, False or None, got 'high'$"):
        wizfi.pin("gpio5", "high")  # type: ignore[arg-type]  # what is refused


MISTAKES_FILE = """
import pytest


@pytest.mark.wizfi("1.0.5.2")
def test_positional(wizfi): ...


@pytest.mark.wizfi(firmwear="1.0.5.2")
def test_unknown(wizfi): ...


@pytest.mark.wizfi(boot="on-open")
def test_not_for_virtual(wizfi_virtual): ...


@pytest.mark.wizfi(boot="on-open")
def test_not_for_lockstep(wizfi_lockstep): ...


def test_factory(wizfi_factory):
    wizfi_factory(firmwear="1.0.5.2")
"""


def test_mistakes_of_markers_are_told(tmp_path: Path) -> None:
    (tmp_path / "test_mistakes.py").write_text(MISTAKES_FILE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False).stdout
    assert "test_positional: the marker wizfi takes options by name, such as wizfi(firmware='1.0.5.2')" in shown
    assert "test_unknown: there is no option 'firmwear'; expected one of " in shown
    assert shown.count("; did you mean firmware?") >= 2
    assert "test_not_for_virtual: there is no option 'boot'; expected one of firmware, switches" in shown
    assert "test_not_for_lockstep: there is no option 'boot'; expected one of firmware, limit_s, seed" in shown
    assert "wizfi_factory: there is no option 'firmwear'" in shown


@pytest.mark.wizfi(firmware="1.0.5.2")
def test_virtual_time(wizfi_virtual: VirtualModule) -> None:
    wizfi_virtual.run(1_000_000)
    assert wizfi_virtual.read() == b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"
    assert wizfi_virtual.exchange(b"AT+MMCUPS=1,3600000\r").endswith(b"[OK]\r\n")
    assert wizfi_virtual.exchange(b"AT\r", 3_599_000_000) == b""
    assert wizfi_virtual.exchange(b"AT\r", 1_000_000) == b"AT\r\n[OK]\r\n"


USERS_FILE = """
import subprocess
import sys

import pytest
import serial

HOST = "import sys, serial; p = serial.Serial(sys.argv[1], timeout=5); p.write(b'AT\\\\r'); print(p.read_until(b'K]'))"


def test_program_under_test(wizfi):
    shown = subprocess.run([sys.executable, "-c", HOST, wizfi.port], capture_output=True, text=True, check=True)
    assert "[OK]" in shown.stdout


@pytest.mark.parametrize("number", range(4))
def test_in_parallel(wizfi, number):
    wizfi.expect(b"WizFi250")


def test_that_fails(wizfi):
    with serial.Serial(wizfi.port, timeout=5) as port:
        port.write(b"AT+FOO\\r")
        wizfi.expect(b"[ERROR: INVALID INPUT]")
    assert False
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_file_of_a_user(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_mine.py").write_text(USERS_FILE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--wizfi-artifacts",
        str(tmp_path / "kept"),
        *options,
        str(tmp_path),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False).stdout
    assert "1 failed, 5 passed" in shown
    assert "what happened last to /dev/pts/" in shown
    assert r"host    AT+FOO\r" in shown
    assert "[ERROR: INVALID INPUT]" in shown
    [kept] = (tmp_path / "kept").iterdir()
    assert kept.name.startswith("test_mine.py__test_that_fails")
    assert f"wizfi-emu report {kept} -o {kept.with_suffix('.html')}" in shown
    assert kept.read_text().count("UartSend") >= 2
