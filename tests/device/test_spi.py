"""A module whose host is on its SPI line, through real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.device.devices import BANNER, OnTable, on_table
from tests.spi.clients import SpiHost
from wizfi_emu.device.spi import wired
from wizfi_emu.errors import UserError


@asynccontextmanager
async def on_spi(tmp_path: Path, settings: str = "", *switches: str) -> AsyncIterator[tuple[OnTable, SpiHost]]:
    async with on_table(*switches) as table:
        with wired(table.device, f"unix:{tmp_path}/spi{settings}", table.nursery):
            assert table.device.spi is not None
            async with SpiHost.on(table.device.spi) as host:
                yield table, host


async def test_the_vendors_library(tmp_path: Path) -> None:
    async with on_spi(tmp_path) as (table, host):
        assert await host.command(b"AT\r") == b"AT\r\n[OK]\r\n"
        assert not host.data_ready
        assert await host.transfer(b"\xf0") == b"\xf0"
        assert table.sent() in (b"", BANNER), "the serial line has the banner alone"


async def test_a_session_up_to_data_from_a_peer(tmp_path: Path) -> None:
    async with on_spi(tmp_path) as (table, host):
        await host.command(b"AT+MECHO=0\r")
        await host.command(b"AT+WSET=0,WizFiDemoAP\r")
        await host.command(b"AT+WSEC=0,,12345678\r")
        assert b"[Link-Up Event]" in await host.command(b"AT+WJOIN\r")
        listeners = await trio.open_tcp_listeners(0, host=table.device.world.host_address)
        port = listeners[0].socket.getsockname()[1]
        await host.command(b"AT+SCON=O,TCN,192.168.12.50,%d,,0\r" % port)
        async with listeners[0], await listeners[0].accept() as peer:
            await host.command(b"AT+SSEND=0,,,5\r", b"[0,,,5]\r\n")
            # A peer that speaks: F0 and F1 are data in both directions.
            await host.command(b"a\xf1\x00b\xf1\x01c")
            assert await peer.receive_some(100) == b"a\xf0b\xf1c"
            await peer.send_all(b"x\xf0\xf1y")
            got = await host.command(b"", b"y\r\n")
            assert got.endswith(b"{0,192.168.12.50,%d,4}x\xf1\x00\xf1\x01y\r\n" % port)
        await host.command(b"", b"[DISCONNECT 0]\r\n")


async def test_data_ready_falls_with_the_power(tmp_path: Path) -> None:
    async with on_spi(tmp_path) as (table, host):
        await host.transfer(b"AT\r")
        assert host.data_ready
        table.device.power_off()
        assert await host.transfer(b"\xf0\xf0") == b"\xff\xff"
        assert not host.data_ready


async def test_a_host_with_another_mode_is_not_understood(tmp_path: Path) -> None:
    async with on_spi(tmp_path, "?mode=2&order=lsb") as (_, host):
        await host.transfer(b"AT\r")
        assert b"[OK]" not in await host.transfer(b"\xf0" * 40)


async def test_a_module_with_the_same_option_understands_it(tmp_path: Path) -> None:
    async with on_spi(tmp_path, "?mode=3&order=lsb") as (table, host):
        table.serial.host_write(b"AT+MSPI=2,3\r")
        with trio.fail_after(30):
            while table.device.module.ports.option != 3:
                await trio.testing.wait_all_tasks_blocked(0.01)
        await host.transfer(b"\xf0" * 3)
        assert (await host.command(b"AT\r")).endswith(b"[OK]\r\n")


async def test_the_line_goes_with_its_context(tmp_path: Path) -> None:
    async with on_spi(tmp_path):
        assert (tmp_path / "spi.ready").is_socket()
    assert not (tmp_path / "spi").exists()
    async with on_table() as table:
        with pytest.raises(UserError, match="expected unix:PATH"), wired(table.device, "spi", table.nursery):
            pass
