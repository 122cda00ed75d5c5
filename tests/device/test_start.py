"""From options to a running module, and its end."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
import serial
import trio

from wizfi_emu.device import start
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.start import open_module, run_module
from wizfi_emu.errors import UserError
from wizfi_emu.module.events import SocketFailed
from wizfi_emu.profile.flashfile import FlashFile, open_flash
from wizfi_emu.profile.image import decode_image
from wizfi_emu.stages.observer import Observer


class SlowFlash(FlashFile):
    """A flash whose disk takes its time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.is_slow = False

    def write(self, image: bytes) -> None:
        if self.is_slow:
            self.began.set()
            assert self.may_end.wait(10)
        super().write(image)


async def test_a_module_ends_in_order_while_its_flash_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash = SlowFlash(tmp_path / "flash.bin")
    monkeypatch.setattr(start, "open_flash", lambda _spec: flash)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            await nursery.start(run_module, RunOptions(timing="fast", link=tmp_path / "module"))
            flash.is_slow, before = True, flash.load()
            with serial.Serial(str(tmp_path / "module")) as port:
                port.write(b"AT+MPROF=S\r")
                await trio.to_thread.run_sync(flash.began.wait)
            nursery.cancel_scope.cancel()
            flash.may_end.set()
    with FlashFile(flash.path) as after:
        assert after.load() != before


async def test_address_of_the_factory_goes_to_a_blank_flash_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "flash.bin")
    for mac in ("00:08:DC:12:34:56", "00:08:DC:65:43:21"):
        async with open_module(RunOptions(flash=path, mac=mac)):
            pass
        flash = open_flash(path)
        image = decode_image(flash.load())
        flash.close()
        assert image is not None
        assert image.profile.mac == image.factory_mac == "00:08:DC:12:34:56"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            RunOptions(flash=":memory:", host_address="192.0.2.1"),
            "--host-address: host address 192.0.2.1 is not within",
        ),
        (RunOptions(flash=":memory:", world="nowhere"), "worlds: 'nowhere' not found"),
        (RunOptions(flash=":memory:", timing="nothing"), "timing: 'nothing' not found"),
    ],
)
async def test_mistakes_are_the_users(options: RunOptions, message: str) -> None:
    with pytest.raises(UserError, match=message):
        async with open_module(options):
            pass


async def test_the_start_says_what_runs_where_and_how_it_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    options = RunOptions(timing="fast", flash=":memory:", firmware="1.0.5.2", boot="on-open", control="127.0.0.1:0")
    async with trio.open_nursery() as nursery:
        device = await nursery.start(run_module, options)
        [line] = [record.getMessage() for record in caplog.records if "Ctrl-C" in record.getMessage()]
        nursery.cancel_scope.cancel()
    assert line.startswith(
        f"WizFi250 1.0.5.2 (1.0.5.2) in world demo at {device}, which waits for the host; panel http://"
    )
    assert line.endswith("; Ctrl-C ends it")


async def test_with_v_the_log_says_where_a_connect_really_went(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_module(RunOptions(timing="fast", flash=":memory:", host_address="127.0.0.9")) as device:
        device.power_on()
        failed = trio.Event()
        device.add(Observer(lambda item, _now_us: failed.set() if isinstance(item, SocketFailed) else None))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(device.run)
            with trio.fail_after(20):
                for line in (b"AT+WSET=0,WizFiDemoAP\r", b"AT+WSEC=0,,12345678\r", b"AT+WJOIN\r"):
                    await device.receive_serial(line)
                    while device.module.busy:
                        await trio.lowlevel.checkpoint()
                await device.receive_serial(b"AT+SCON=O,TCN,192.168.12.1,1,,0\r")
                await failed.wait()
            nursery.cancel_scope.cancel()
    lines = [record.getMessage() for record in caplog.records]
    assert "192.168.12.1:1 is 127.0.0.9:1 here: refused" in lines


@pytest.mark.slow  # pyserial takes its time over RFC 2217
@pytest.mark.filterwarnings(r"ignore:set(Daemon|Name)\(\) is deprecated:DeprecationWarning")  # pyserial's
async def test_a_host_resets_the_module_by_dtr(nursery: trio.Nursery) -> None:
    def host(name: str) -> bytes:
        with serial.serial_for_url(name, timeout=30) as port:
            heard = port.read_until(b"Ltd)\r\n")
            port.dtr = False
            port.dtr = True
            return heard + port.read_until(b"Ltd)\r\n")

    options = RunOptions(serial="rfc2217://127.0.0.1:0?dtr=reset", flash=":memory:", boot="on-open", timing="fast")
    name = await nursery.start(run_module, options)
    assert await trio.to_thread.run_sync(host, name) == 2 * b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n"
