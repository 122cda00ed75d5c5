"""``wizfi-emu calibrate`` on an emulator in another process, in real time."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.calibrate.test_play import Script
from tests.wire.emulator import PATIENCE_S, Emulator, Terminal, running
from wizfi_emu.calibrate.bench import VirtualLine, virtual_device
from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.network import NO_NETWORK
from wizfi_emu.calibrate.plan import Stage
from wizfi_emu.cli.app import main
from wizfi_emu.cli.desk import Desk
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.timing import load_timing

MY_HEADER = "SCID/Mode/Peer/Port/DataMode"


def call(*args: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["calibrate", *args])
    assert isinstance(end.value.code, int)
    return end.value.code


@contextmanager
def module(*options: str) -> Iterator[Emulator]:
    with running("--firmware", "1.0.4.5", *options) as emulator:
        yield emulator


@pytest.mark.slow
def test_a_module_behind_a_pseudo_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.yaml"
    reports = [tmp_path / f"report.{kind}" for kind in ("html", "xml", "txt")]
    with module("--switch", f"smgmt_header={MY_HEADER}", "--switch", "wcheck_values=2") as emulator:
        words = ["--times", "1", "--out", str(out), *(f"--report={path}" for path in reports)]
        assert call(emulator.device, *words) == 0
    shown = capsys.readouterr()
    assert "firmware 1.0.4.5, hardware WizFi250 Rev 1.0\nnearest: 1.0.4.5, " in shown.out
    assert f'  smgmt_header: "{MY_HEADER}" and not "SCID/Mode/Remote/Local/DataMode"\n' in shown.out
    assert re.search(r"^\[  1/36\] 0:\d\d left  at: an empty command$", shown.err, re.MULTILINE)
    mine = load_firmware(str(out))
    assert (mine.name, mine.smgmt_header, mine.wcheck_values) == ("mine", MY_HEADER, 2)
    load_timing(str(tmp_path / "mine.timing.yaml"))
    assert reports[0].read_text().startswith("<!doctype html>")
    assert b'name="sockets"' in reports[1].read_bytes()
    assert "emulator 1.0.4.5: 31 of 33 probes equal" in reports[2].read_text()


@pytest.mark.slow
def test_an_interruption_puts_the_profile_back(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    with module() as emulator:
        host = Terminal(emulator.device)
        host.synchronize()
        host.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
        host.exchange(b"AT+WNET=0,192.168.12.77\r", b"[OK]\r\n")
        host.exchange(b"AT+MPROF=S\r", b"[OK]\r\n")
        host.send(b"AT+MPROF=VG\r")
        before = host.read_until(b"[OK]\r\n")
        host.close()
        command = [
            sys.executable,
            "-m",
            "wizfi_emu",
            "calibrate",
            emulator.device,
            "--stage",
            "volatile",
            "--times",
            "0",
        ]
        with subprocess.Popen([*command, "--backup", str(kept)], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            said = ""
            while "left-out" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            process.send_signal(signal.SIGINT)
            said += process.stderr.read()
            assert process.wait(PATIENCE_S) == 130
        assert "interrupted; the module has its profile again" in said
        assert "Traceback" not in said
        assert "+WNET=0,192.168.12.77," in said
        assert "12345678" not in said
        assert kept.stat().st_mode & 0o777 == 0o600
        host = Terminal(emulator.device)
        host.send(b"AT+MPROF=VG\r")
        assert host.read_until(b"[OK]\r\n") == before
        host.exchange(b"AT+WNET=1\r", b"[OK]\r\n")
        host.exchange(b"AT+MPROF=S\r", b"[OK]\r\n")
        host.close()
        assert call(emulator.device, "--restore", str(kept)) == 0
        host = Terminal(emulator.device)
        host.send(b"AT+MPROF=VG\r")
        assert host.read_until(b"[OK]\r\n") == before
        host.close()


@pytest.fixture(name="terminal")
def make_terminal() -> Iterator[tuple[int, str]]:
    """A serial device whose other end the test has."""
    master, slave = pty.openpty()
    tty.setraw(slave, termios.TCSANOW)
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_what_to_do_about_a_line_that_is_silent_or_prints_too_much() -> None:
    def check(answers: dict[bytes, list[tuple[int, bytes]]], stage: Stage = "read") -> None:
        Desk(Script(answers), load_plan(), NO_NETWORK, None).check(stage)

    ready = {b"AT\r": [(1, b"[OK]\r\n")]}
    with pytest.raises(UserError, match="silent: nothing answers: look for power"):
        check({})
    with pytest.raises(UserError, match=r"message level 3 .* AT\+MMSG=2 first"):
        check({**ready, b"AT+MMSG=?\r": [(1, b"3\r\n[OK]\r\n")]})
    sockets = {**ready, b"AT+SMGMT=?\r": [(1, b"Number of Sockets : 2 (SCID)\r\n[OK]\r\n")]}
    check(sockets)
    with pytest.raises(UserError, match="2 open sockets, which stage flash would close"):
        check(sockets, "flash")


@pytest.mark.slow
def test_a_cable_that_comes_off_leaves_the_file_and_says_how_to_use_it(tmp_path: Path) -> None:
    class Loose(VirtualLine):
        name = "/dev/loose"
        gone = False

        def send(self, data: bytes) -> None:
            self.gone = self.gone or data == b"AT+MMSG=3\r"
            if self.gone:
                raise UserError("/dev/loose: the device is gone")
            super().send(data)

    kept = tmp_path / "kept.json"
    device = virtual_device(load_firmware("1.0.5.2"))
    with pytest.raises(UserError, match=f"is gone. To put .* wizfi-emu calibrate /dev/loose --restore {kept}"):
        Desk(Loose(device), load_plan(), NO_NETWORK, kept).learn("volatile", "none", 0)
    with pytest.raises(UserError, match="is there already; restore it first"):
        Desk(VirtualLine(device), load_plan(), NO_NETWORK, kept).learn("volatile", "none", 0)
    before = device.module.ram.copied()
    device.send(b"AT+WNET=0,192.168.12.78\r")
    device.run(1_000_000)
    Desk(VirtualLine(device), load_plan(), NO_NETWORK, None).put_back(kept)
    assert device.module.ram == before


def test_a_device_that_is_in_use(terminal: tuple[int, str], capsys: pytest.CaptureFixture[str]) -> None:
    host = Terminal(terminal[1])
    host.port.exclusive = True
    try:
        assert call(terminal[1]) == 2
    finally:
        host.close()
    assert capsys.readouterr().err == f"wizfi-emu: {terminal[1]}: another program has it open\n"


def test_a_dry_run_prints_every_line_and_opens_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("/dev/not/there", "--dry-run") == 0
    read = capsys.readouterr().out.splitlines()
    assert {"AT+MINFO", "AT+MHELP", "# read: versions: the versions of firmware and hardware"} <= set(read)
    assert not {"AT+MPROF=L", "AT+MPROF=S", "AT+MFDEF=FR"} & set(read)
    assert call("--dry-run", "--stage", "volatile") == 0
    volatile = capsys.readouterr().out.splitlines()
    assert {"AT+MPROF=L", "AT+MMCUPS=1,<0..1000>", "AT+SFORM=<as it was>"} <= set(volatile)
    assert not {"AT+MPROF=S", "AT+MFDEF=FR", "AT+MRESET"} & set(volatile)
    assert call("--dry-run", "--stage", "flash") == 0
    flash = capsys.readouterr().out.splitlines()
    assert {"AT+MPROF=S", "AT+MFDEF=FR", "AT+WSET=1,wizfi-emu-calibrate"} <= set(flash)
    assert re.fullmatch(r"# \d+ probes, \d+ times measured 5 times; about \d+ s", flash[-1])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "Missing argument 'DEVICE'"),
        (["/dev/not/there"], "/dev/not/there: there is no such device"),
        (["/dev/null"], "/dev/null: no serial device"),
        (["x", "--network", "mine"], "--network writes the network into the module's flash"),
        (["x", "--stage", "flash", "--network", "mine"], "--network takes --key-file"),
        (["x", "--stage", "flash", "--network", "mine", "--key-file", "/not/there"], "cannot be read"),
        (["x", "--peer", "127.0.0.1:5000"], "--peer is an address of this machine in the network of --network"),
        (["x", "--key-file", "y"], "--key-file is for --network"),
        (["x", "--out", "/not/there/mine.yaml"], "there is no folder /not/there"),
    ],
)
def test_mistakes(words: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*words) == 2
    shown = capsys.readouterr().err
    assert error in shown
    assert shown.count("\n") == 1


def test_a_key_that_no_network_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key"
    key.write_text("short")
    assert call("x", "--stage", "flash", "--network", "mine", "--key-file", str(key)) == 2
    assert "--network: " in capsys.readouterr().err
