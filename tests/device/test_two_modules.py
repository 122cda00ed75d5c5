"""Two modules in one process, over real pseudo-terminals and sockets: A is the access point, B its station."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from wizfi_emu.device.fleet import numbered
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.start import run_modules
from wizfi_emu.serial.pty import make_raw

PATIENCE_S = 30.0
MEGABYTE = 1_000_000
OK = b"[OK]\r\n"
A_ADDRESS, B_ADDRESS = "192.168.12.101", "192.168.12.102"


class Host:
    """The host of one module: a raw terminal."""

    def __init__(self, device: str) -> None:
        self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        make_raw(self._fd)
        self._unread = bytearray()

    def close(self) -> None:
        trio.lowlevel.notify_closing(self._fd)
        os.close(self._fd)

    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._fd)

    async def _more(self) -> None:
        await trio.lowlevel.wait_readable(self._fd)
        self._unread += os.read(self._fd, 65536)

    async def read_until(self, end: bytes) -> bytes:
        while end not in self._unread:
            await self._more()
        return self._take(self._unread.index(end) + len(end))

    async def read_exactly(self, length: int) -> bytes:
        while len(self._unread) < length:
            await self._more()
        return self._take(length)

    async def at(self, command: str, end: bytes = OK) -> bytes:
        await self.send(command.encode() + b"\r")
        return await self.read_until(end)

    def _take(self, length: int) -> bytes:
        data = bytes(self._unread[:length])
        del self._unread[:length]
        return data


@asynccontextmanager
async def two_modules(
    first_address: str, world: str = "demo", time_scale: float = 1.0
) -> AsyncIterator[tuple[Host, Host]]:
    options = RunOptions(
        flash=":memory:", timing="fast", host_address=first_address, world=world, time_scale=time_scale
    )
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            devices = await nursery.start(run_modules, numbered(options, 2))
            hosts = [Host(device) for device in devices]
            try:
                for host in hosts:
                    await host.at("AT+MECHO=0")
                yield hosts[0], hosts[1]
            finally:
                for host in hosts:
                    host.close()
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def linked(first_address: str) -> AsyncIterator[tuple[Host, Host]]:
    """A runs an access point and B has joined it."""
    async with two_modules(first_address) as (a, b):
        for command in ("AT+WSET=1,Between us", "AT+WSEC=1,WPA2AES,a good key", "AT+WJOIN"):
            await a.at(command)
        for command in ("AT+WSET=0,Between us", "AT+WSEC=0,WPA2AES,a good key"):
            await b.at(command)
        assert f"  IP Addr    : {B_ADDRESS}\r\n  Gateway    : {A_ADDRESS}\r\n".encode() in await b.at("AT+WJOIN")
        yield a, b


@pytest.mark.slow
async def test_ten_megabytes_each_way_through_a_pair_of_tcp_sockets() -> None:
    """Both in data mode, both directions at once."""
    seeded = random.Random(1)
    # A plus sign would be held back as the beginning of an escape sequence.
    from_a, from_b = (seeded.randbytes(10 * MEGABYTE).replace(b"+", b"-") for _ in range(2))
    async with linked("127.0.1.1") as (a, b):
        await a.at("AT+SCON=O,TSN,,,5000,1")
        await b.at(f"AT+SCON=O,TCN,{A_ADDRESS},5000,,1", b"[CONNECT 0]\r\n")
        await a.read_until(b"[CONNECT 0]\r\n")
        received: dict[Host, bytes] = {}

        async def receive(host: Host) -> None:
            received[host] = await host.read_exactly(10 * MEGABYTE)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(a.send, from_a)
            nursery.start_soon(b.send, from_b)
            nursery.start_soon(receive, a)
            nursery.start_soon(receive, b)
        assert received[a] == from_b
        assert received[b] == from_a


async def test_each_sees_the_other_under_its_address() -> None:
    async with linked("127.0.1.3") as (a, b):
        await a.at("AT+SCON=O,TSN,,,5000,0")
        await b.at(f"AT+SCON=O,TCN,{A_ADDRESS},5000,,0", b"[CONNECT 0]\r\n")
        await a.read_until(b"[CONNECT 0]\r\n")
        assert f"0/TSN/{B_ADDRESS}:".encode() in await a.at("AT+SMGMT=?")
        assert f"0/TCN/{A_ADDRESS}:5000/".encode() in await b.at("AT+SMGMT=?")


async def test_datagrams_reach_each_other() -> None:
    async with linked("127.0.1.5") as (a, b):
        await a.at(f"AT+SCON=O,UCN,{B_ADDRESS},4000,3000,0", b"[CONNECT 0]\r\n")
        await b.at(f"AT+SCON=O,UCN,{A_ADDRESS},3000,4000,0", b"[CONNECT 0]\r\n")
        for sender, receiver, address in ((a, b, f"{A_ADDRESS},3000"), (b, a, f"{B_ADDRESS},4000")):
            await sender.at("AT+SSEND=0,,,5", b"]\r\n")
            await sender.send(b"hello")
            assert await receiver.read_until(b"hello") == b"{0,%s,5}hello" % address.encode()
            await sender.read_until(OK)


async def test_pings_reach_each_other() -> None:
    async with linked("127.0.1.7") as (a, b):
        assert b"Ping Reply :  1 ms\r\n" in await a.at(f"AT+FPING=1,{B_ADDRESS}")
        assert b"Ping Reply :  1 ms\r\n" in await b.at(f"AT+FPING=1,{A_ADDRESS}")


async def test_the_station_loses_its_link_with_the_access_point_and_finds_it_again() -> None:
    async with linked("127.0.1.9") as (a, b):
        await a.at("AT+WLEAVE")
        assert await b.read_until(b"[Link-Down Event]\r\n") == b"\r\n[Link-Down Event]\r\n"
        await a.at("AT+WJOIN")
        up = await b.read_until(f"Gateway    : {A_ADDRESS}\r\n".encode())
        assert up.startswith(b"\r\n[Link-Up Event]\r\n")
        assert B_ADDRESS.encode() in up


async def test_the_key_is_checked() -> None:
    async with two_modules("127.0.1.11") as (a, b):
        for command in ("AT+WSET=1,Mine", "AT+WSEC=1,WPA2,12345678", "AT+WJOIN"):
            await a.at(command)
        await b.at("AT+WSET=0,Mine")
        await b.at("AT+WSEC=0,WPA2,12345679")
        assert (await b.at("AT+WJOIN", b"[ERROR]\r\n")).count(b"Failed to join: Mine\r\n") == 3


async def test_modules_in_one_network_of_the_world_reach_each_other() -> None:
    async with two_modules("127.0.1.13") as (a, b):
        for host in (a, b):
            await host.at("AT+WSET=0,OpenNet")
            await host.at("AT+WSEC=0,OPEN")
        assert b"192.168.12.10\r\n" in await a.at("AT+WJOIN")
        assert b"192.168.12.11\r\n" in await b.at("AT+WJOIN")
        await b.at("AT+SCON=O,TSN,,,5001,0")
        await a.at("AT+SCON=O,TCN,192.168.12.11,5001,,0", b"[CONNECT 0]\r\n")
        assert b"0/TSN/192.168.12.10:" in (await b.read_until(b"[CONNECT 0]\r\n")) + await b.at("AT+SMGMT=?")


SCHEDULE = """
access_points:
  - ssid: Crane
    bssid: 00:08:DC:11:00:02
    schedule: [{at_s: 60, on: false}, {at_s: 90, on: true}]
    repeat_s: 120
"""


async def test_time_passes_in_the_world_of_both(tmp_path: Path) -> None:
    world = tmp_path / "crane.yaml"
    world.write_text(SCHEDULE)
    async with two_modules("127.0.1.17", str(world), time_scale=600) as hosts:
        for host in hosts:
            await host.at("AT+WSET=0,Crane")
            await host.at("AT+WSEC=0,OPEN")
            while b"[Link-Up Event]" not in await host.at("AT+WJOIN", b"]\r\n"):
                pass  # the crane is away just now
        for event in (b"[Link-Down Event]\r\n", b"[Link-Up Event]\r\n") * 2:
            for host in hosts:
                await host.read_until(event)


async def test_each_module_has_its_own_addresses() -> None:
    async with two_modules("127.0.1.15") as (a, b):
        assert await a.at("AT+MMAC=?") == b"00:08:DC:25:00:01\r\n" + OK
        assert await b.at("AT+MMAC=?") == b"00:08:DC:25:00:02\r\n" + OK


async def test_an_error_of_one_ends_all() -> None:
    options = [RunOptions(flash=":memory:"), RunOptions(flash=":memory:", host_address="192.0.2.1")]
    with pytest.raises(ExceptionGroup) as caught:
        await run_modules(options)
    assert caught.group_contains(Exception, match="192.0.2.1", depth=1)
