"""Boot mode with the YMODEM senders that people use: sb and sz of lrzsz, on the running program's device."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.bootbench import APP_UPLOADER, DCT_UPLOADER, MENU, RECOVERY, START_APP, banner
from tests.programs import need
from tests.wire.emulator import PATIENCE_S, Terminal, running
from wizfi_emu.boot.appimage import make_app_image
from wizfi_emu.module.uploads import dct_from_image
from wizfi_emu.profile import FlashImage, SecuritySection, factory_profile
from wizfi_emu.profile.fields import StationSetting

pytestmark = pytest.mark.slow

UNDER_WAY_BYTES = 2000
"""What sb writes about its progress until some dozens of kilobytes are sent."""


MENU_ASKS = 12 * b"C"
ATTEMPTS = 20
ANSWER_S = 0.3
"""Silence after which a question is asked again; the boot loader wants less of it before it goes on."""


class BootMode:
    """A module, its serial line, and hands on its power and pins."""

    def __init__(self, terminal: Terminal, device: str, control: str) -> None:
        self.terminal = terminal
        self._device = device
        self._control = control

    def start(self, *pins: str) -> None:
        """Switch the power off and on with these pins held low."""
        command = (sys.executable, "-m", "wizfi_emu", "ctl", "--control", self._control, "power-cycle")
        self.terminal.read_until_silent()
        subprocess.run((*command, *(word for pin in pins for word in (f"--{pin}-pin", "low"))), check=True)

    def open_menu(self) -> None:
        self.start("boot")
        self.terminal.expect(MENU + b"C")

    def wait_for_menu(self) -> None:
        """Wait until the menu asks for a key: more often in a row than a receiver asks for a packet."""
        got = b""
        while not got.endswith(MENU_ASKS):
            more = self.terminal.read_some(PATIENCE_S)
            assert more, got
            got += more

    def choose(self, key: bytes, answer: bytes) -> None:
        """Press a key of the menu. What it asked for meanwhile is read, or the sender would take it for an answer."""
        self.terminal.send(key)
        assert self.terminal.read_until(answer).removesuffix(answer).strip(b"C") == b""

    def expect_rest(self, data: bytes) -> None:
        """Read what the sender has left of this: it throws away what comes before it ends, which may be all."""
        rest = self.terminal.read_until_silent().removesuffix(b"C")
        assert data.endswith(rest), rest

    def expect_version(self, version: bytes) -> None:
        """Ask the application what it is, as soon as it answers."""
        question = b"AT+MINFO\r"
        answer = question + b"\nFW version/HW version\r\n%s/WizFi250 Rev 1.0\r\n[OK]\r\n" % version
        for _ in range(ATTEMPTS):
            self.terminal.send(question)
            got = self.terminal.read_until_silent(ANSWER_S)
            if got.endswith(answer):
                return
        raise AssertionError(got)

    def sender(self, *command: object) -> subprocess.Popen[bytes]:
        """A program with the device as its standard input and output."""
        with open(self._device, "r+b", buffering=0) as device:
            return subprocess.Popen([*map(str, command)], stdin=device, stdout=device, stderr=subprocess.PIPE)

    def send(self, *command: object) -> int:
        """Run such a program to its end; its exit status."""
        process = self.sender(*command)
        process.communicate(timeout=PATIENCE_S)
        return process.returncode

    def cut(self, *command: object, by: signal.Signals) -> None:
        """Run such a program and end it half-way."""
        with self.sender(*command) as process:
            assert process.stderr is not None
            assert len(process.stderr.read(UNDER_WAY_BYTES)) == UNDER_WAY_BYTES
            process.send_signal(by)
            process.stderr.read()


@pytest.fixture
def module(tmp_path: Path) -> Iterator[BootMode]:
    """A module on a paced line, twice as fast as in life: it takes its time to get to the menu."""
    need("sb")
    control = f"unix:{tmp_path}/control.sock"
    with running("--time-scale", 2, "--control", control) as emulator, closing(Terminal(emulator.device)) as terminal:
        terminal.synchronize()
        yield BootMode(terminal, emulator.device, control)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application of the size of the real ones."""
    path = tmp_path / "APP.bin"
    path.write_bytes(make_app_image("1.0.5.2", 810_132))
    return path


@pytest.fixture
def small_app(tmp_path: Path) -> Path:
    path = tmp_path / "small.bin"
    path.write_bytes(make_app_image("1.0.4.9", 20_000))
    return path


@pytest.fixture
def dct(tmp_path: Path) -> Path:
    """A table for the guide's firmware."""
    profile = factory_profile("1.0.3.6")
    profile.mac, profile.station = "00:08:DC:12:34:56", StationSetting(b"theirs")
    path = tmp_path / "DCT.bin"
    path.write_bytes(dct_from_image(FlashImage(profile, security=SecuritySection(b"certificate", b"private key"))))
    return path


def done(name: str, size: int) -> bytes:
    return (
        b"\n\n\r Programming Completed Successfully!\n\r--------------------------------\r\n"
        b" Name: %s\n\r Size: %d Bytes\r\n-------------------\n" % (name.encode(), size)
    )


def test_an_application_by_sb_and_the_next_by_sz(module: BootMode, app: Path, small_app: Path) -> None:
    module.open_menu()
    module.choose(b"1", APP_UPLOADER)
    assert module.send("sb", "-k", app) == 0
    module.expect_rest(done("APP.bin", 810_132) + START_APP + banner("1.0.5.2"))
    module.expect_version(b"1.0.5.2")
    module.open_menu()
    module.choose(b"1", APP_UPLOADER)
    assert module.send("sz", "--ymodem", small_app) == 0  # in blocks of 128 bytes
    module.expect_rest(done("small.bin", 20_000) + START_APP + banner("1.0.4.9"))
    module.expect_version(b"1.0.4.9")


def test_a_table_then_both(module: BootMode, small_app: Path, dct: Path) -> None:
    terminal = module.terminal
    module.open_menu()
    module.choose(b"2", DCT_UPLOADER)
    assert module.send("sb", dct) == 0
    module.expect_rest(done("DCT.bin", 8220) + START_APP + banner("1.0.3.6"))
    terminal.exchange(b"AT+MMAC=?\r", b"AT+MMAC=?\r\n00:08:DC:12:34:56\r\n[OK]\r\n")
    terminal.exchange(b"AT+MCERT=R,C\r", b"AT+MCERT=R,C\r\ncertificate\r\n[OK]\r\n")
    module.open_menu()
    module.choose(b"0", b"[USART DCT APP ALL Uploader]\r\n\r\n" + DCT_UPLOADER)
    assert module.send("sb", "-k", dct) == 0
    module.expect_rest(done("DCT.bin", 8220) + APP_UPLOADER)
    assert module.send("sb", "-k", small_app) == 0
    module.expect_rest(done("small.bin", 20_000) + START_APP + banner("1.0.4.9"))
    module.expect_version(b"1.0.4.9")


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_a_sender_that_dies_leaves_the_module_in_the_menu(
    module: BootMode, app: Path, small_app: Path, by: signal.Signals
) -> None:
    module.open_menu()
    module.choose(b"1", APP_UPLOADER)
    module.cut("sb", "-k", app, by=by)
    module.wait_for_menu()
    module.choose(b"1", APP_UPLOADER)
    assert module.send("sb", "-k", small_app) == 0
    module.expect_rest(done("small.bin", 20_000) + START_APP + banner("1.0.4.9"))
    module.expect_version(b"1.0.4.9")


def test_a_file_that_is_too_big_is_refused(module: BootMode, tmp_path: Path) -> None:
    path = tmp_path / "BIG.bin"
    path.write_bytes(bytes(983_041))
    module.open_menu()
    module.choose(b"1", APP_UPLOADER)
    assert module.send("sb", "-k", path) != 0
    module.expect_version(b"1.0.3.6")


def test_factory_recovery(module: BootMode) -> None:
    module.start("boot", "function")
    module.terminal.expect(RECOVERY + banner("1.0.3.6"))
