"""Faults of a device with real sockets."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from tests.device.devices import BANNER, OnTable, on_table
from wizfi_emu.device.faults import Faults
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import (
    ApOff,
    Bandwidth,
    BrownOut,
    FlashFail,
    KeyChanged,
    Latency,
    SerialPieces,
    TcpBlackHole,
    TcpCut,
    TcpHalfClose,
    TcpRefuse,
    TcpReset,
    UdpLoss,
    Watchdog,
    When,
)

CONNECT, DISCONNECT = b"[CONNECT 0]\r\n", b"[DISCONNECT 0]\r\n"


@asynccontextmanager
async def joined() -> AsyncIterator[tuple[OnTable, Faults]]:
    async with on_table() as table:
        for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WJOIN"):
            await table.ask(line)
        yield table, Faults(table.device, seed=1)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[OnTable, Faults, trio.SocketStream]]:
    """A TCP client of the module, and the peer's end."""
    async with joined() as (table, faults):
        listener = trio.socket.socket()
        await listener.bind((table.device.world.host_address, 0))
        listener.listen()
        with listener, trio.fail_after(30):
            port = listener.getsockname()[1]
            table.serial.host_write(b"AT+SCON=O,TCN,192.168.12.50,%d,,0\r" % port)
            accepted, _ = await listener.accept()
            await table.read_until(CONNECT)
            stream = trio.SocketStream(accepted)
            async with stream:
                yield table, faults, stream


async def send(table: OnTable, data: bytes) -> bytes:
    await table.ask(b"AT+SSEND=0,,,%d" % len(data), end=b"[0,,,%d]\r\n" % len(data))
    table.serial.host_write(data)
    return await table.read_until(b"[OK]\r\n")


async def test_refused() -> None:
    async with joined() as (table, faults):
        with socket.create_server((table.device.world.host_address, 0)) as server:
            faults.add(TcpRefuse())
            await table.ask(b"AT+SCON=O,TCN,192.168.12.50,%d,,0" % server.getsockname()[1], end=DISCONNECT)
            server.settimeout(0)
            with pytest.raises(BlockingIOError):
                server.accept()


async def test_reset_is_a_reset_for_the_peer() -> None:
    async with connected() as (table, faults, peer):
        faults.add(TcpReset())
        await table.read_until(DISCONNECT)
        with pytest.raises(trio.BrokenResourceError):
            await peer.receive_some()


async def test_a_cut_connection_has_delivered_exactly_that_much() -> None:
    async with connected() as (table, faults, peer):
        faults.add(TcpCut(after_bytes=7, count="sent"))
        await send(table, b"hello")
        await send(table, b"world")
        await table.read_until(DISCONNECT)
        assert await peer.receive_some() == b"hellowo"
        with pytest.raises(trio.BrokenResourceError):
            await peer.receive_some()


async def test_half_close() -> None:
    async with connected() as (table, faults, peer):
        await send(table, b"last")
        faults.add(TcpHalfClose())
        await table.read_until(DISCONNECT)
        assert await peer.receive_some() == b"last"
        assert await peer.receive_some() == b""


async def test_black_hole_both_ways() -> None:
    async with connected() as (table, faults, peer):
        faults.add(TcpBlackHole())
        await send(table, b"to the peer")
        await peer.send_all(b"to the module")
        with trio.move_on_after(0.1):  # nothing comes through, however long one waits
            await peer.receive_some()
            raise AssertionError("it came through")
        assert table.sent() == b""
        faults.heal("tcp-black-hole")
        assert await peer.receive_some() == b"to the peer"
        await table.read_until(b"to the module\r\n")


async def test_latency() -> None:
    """In real time: a clock that jumps does not wait for sockets."""
    async with connected() as (table, faults, peer):
        faults.add(Latency(delay_ms=200))
        begin_s = trio.current_time()
        await send(table, b"hello")
        assert await peer.receive_some() == b"hello"
        assert trio.current_time() - begin_s >= 0.2
        begin_s = trio.current_time()
        await peer.send_all(b"answer")
        await table.read_until(b"answer\r\n")
        assert trio.current_time() - begin_s >= 0.2


async def test_a_narrow_link_holds_the_peer_back() -> None:
    """What waits behind it is bounded: the rest stays with the peer."""
    async with connected() as (table, faults, peer):
        faults.add(Bandwidth(bytes_per_s=1000, direction="received"))
        sent = 0
        with trio.move_on_after(0.5):  # as long as anything is taken
            while True:
                await peer.send_all(bytes(100_000))
                sent += 100_000
        assert not table.device.network_room
        assert sent < 20_000_000
        faults.heal("bandwidth")
        faults.add(TcpReset())
        await table.read_until(DISCONNECT)


async def test_lost_datagrams() -> None:
    async with joined() as (table, faults):
        host = table.device.world.host_address
        with socket.socket(type=socket.SOCK_DGRAM) as peer:
            peer.bind((host, 0))
            peer.settimeout(5)
            await table.ask(b"AT+SCON=O,UCN,192.168.12.50,%d,,0" % peer.getsockname()[1], end=CONNECT)
            faults.add(UdpLoss())
            await send(table, b"lost")
            faults.heal("udp-loss")
            await send(table, b"here")
            assert peer.recv(100) == b"here"


async def test_brown_out_in_the_middle_of_a_command() -> None:
    async with joined() as (table, faults):
        faults.add(BrownOut(off_ms=10, when=When(pattern="AT+MM", source="host")))
        table.serial.host_write(b"AT+MMAC=?\r")
        assert await table.read_until(BANNER) == b"AT+MM" + BANNER
        assert table.device.has_power


async def test_the_watchdog() -> None:
    async with joined() as (table, faults):
        faults.add(Watchdog())
        assert await table.read_until(BANNER) == b"\r\n[Reset Event]\r\n" + BANNER


async def test_a_flash_write_fails() -> None:
    async with joined() as (table, faults):
        faults.add(FlashFail())
        assert (await table.ask(b"AT+MPROF=S", end=b"]\r\n")).endswith(b"[ERROR]\r\n")


async def test_an_access_point_goes_and_comes() -> None:
    async with joined() as (table, faults):
        faults.add(ApOff(access_point="WizFiDemoAP"))
        await table.read_until(b"[Link-Down Event]\r\n")
        faults.heal("ap-off")
        await table.read_until(b"Gateway    : 192.168.12.1\r\n")


async def test_a_key_changes_and_is_the_old_one_again() -> None:
    async with joined() as (table, faults):
        faults.add(KeyChanged(access_point="WizFiDemoAP", key="another key"))
        await table.read_until(b"[Link-Down Event]\r\n")
        faults.heal("key-changed")
        await table.read_until(b"Gateway    : 192.168.12.1\r\n")


async def test_pieces_with_gaps(autojump_clock: MockClock) -> None:
    async with joined() as (table, faults):
        faults.add(SerialPieces(bytes=1, gap_ms=100))
        begin_s = trio.current_time()
        await table.ask(b"AT")
        assert 0.7 <= trio.current_time() - begin_s <= 1.5


async def test_what_the_host_sends_into_a_late_line_is_bounded(autojump_clock: MockClock) -> None:
    async with joined() as (table, faults):
        faults.add(SerialPieces(bytes=1, gap_ms=10, direction="to-module"))
        table.serial.host_write(b"\r" * 100_000)
        with trio.move_on_after(1):
            await trio.sleep_forever()
        assert table.serial.received_bytes < 70_000
        faults.heal("serial-pieces")


async def test_without_a_seed_one_is_made_up_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with on_table() as table:
        Faults(table.device).add(UdpLoss())
        assert "fault seed:" in caplog.text
        with pytest.raises(UserError):
            Faults(table.device).heal("udp-loss")
