"""The server of an SPI line: what is on its two channels, and clients that misbehave."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import trio

from tests.spi.clients import SpiHost, connect
from wizfi_emu.errors import UserError
from wizfi_emu.module.spi import Wiring
from wizfi_emu.spi import port as spi_port
from wizfi_emu.spi.port import BURST_BYTES_MAX, SpiPort
from wizfi_emu.spi.ready import UNREAD_BYTES_MAX, WATCHERS_MAX
from wizfi_emu.spi.spec import SpiSpec

UPPER = bytes.upper


@asynccontextmanager
async def served(spec: SpiSpec, transfer: Callable[[bytes], bytes] = UPPER) -> AsyncIterator[SpiPort]:
    with closing(SpiPort(spec)) as port:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(port.serve, transfer, Wiring)
            yield port
            nursery.cancel_scope.cancel()


@pytest.fixture(params=["unix", "tcp"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> SpiSpec:
    return SpiSpec(path=str(tmp_path / "spi")) if request.param == "unix" else SpiSpec(host="127.0.0.1")


async def test_each_byte_gives_one_back_and_the_levels_come_beside(spec: SpiSpec) -> None:
    async with served(spec) as port, SpiHost.on(port) as host:
        assert host.levels == b"0"
        assert await host.transfer(b"a") == b"A"
        port.set_ready(True)
        port.set_ready(False)
        port.set_ready(True)
        assert await host.transfer(b"bcd") == b"BCD"
        assert host.levels == b"0101"
        assert port.transferred_bytes == 4
        async with SpiHost.on(port) as other:
            assert other.levels == b"1", "the present level first"


async def test_a_long_burst_comes_back_whole_and_in_order(spec: SpiSpec) -> None:
    data = bytes(range(256)) * 1000
    bursts: list[int] = []

    def transfer(mosi: bytes) -> bytes:
        bursts.append(len(mosi))
        return mosi

    async with served(spec, transfer) as port, SpiHost.on(port) as host, trio.open_nursery() as nursery:
        nursery.start_soon(host.transfers.send_all, data)
        got = b""
        while len(got) < len(data):
            got += await host.transfers.receive_some(65536)
        assert got == data
        assert max(bursts) <= BURST_BYTES_MAX


async def test_a_level_is_there_before_the_bytes_of_its_transfer(spec: SpiSpec) -> None:
    async with served(spec, lambda mosi: (levels.pop()(True), mosi)[1]) as port:
        levels = [port.set_ready]
        async with SpiHost.on(port) as host:
            await host.transfer(b"x")
            assert host.data_ready


async def test_a_second_host_is_turned_away_and_the_next_one_served(
    spec: SpiSpec, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(spec) as port:
        async with SpiHost.on(port) as host:
            assert await host.transfer(b"a") == b"A"
            async with await connect(port.address) as second:
                assert await second.receive_some(1) == b""
            assert await host.transfer(b"b") == b"B"
        assert "a second host is turned away" in caplog.text
        async with SpiHost.on(port) as host:
            assert await host.transfer(b"c") == b"C"


@pytest.mark.slow
async def test_a_host_that_does_not_read_is_not_read_from(spec: SpiSpec) -> None:
    clocked = 0

    def count(mosi: bytes) -> bytes:
        nonlocal clocked
        clocked += len(mosi)
        return mosi

    async with served(spec, count) as port, SpiHost.on(port) as host:
        with trio.move_on_after(0.3) as waiting:
            await host.transfers.send_all(bytes(64 * 1024 * 1024))
        assert waiting.cancelled_caught
        assert clocked < 32 * 1024 * 1024
        got = 0
        with trio.fail_after(30):
            while got < clocked:
                got += len(await host.transfers.receive_some(1 << 20))


async def test_a_watcher_that_does_not_read_is_turned_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with served(SpiSpec(path=str(tmp_path / "spi"))) as port, SpiHost.on(port) as host:
        for number in range(2 * UNREAD_BYTES_MAX):
            port.set_ready(number % 2 == 0)
        assert "does not read the changes of DATA_READY" in caplog.text
        with trio.fail_after(30):
            while await host.read_ready():
                continue
        await host.transfers.send_all(b"a")
        assert await host.transfers.receive_some(1) == b"A"


async def test_a_slow_watcher_gets_every_change(tmp_path: Path) -> None:
    async with served(SpiSpec(path=str(tmp_path / "spi"))) as port, SpiHost.on(port) as host:
        changes = 0
        while not port._ready._watchers[0]._unread:
            port.set_ready(changes % 2 == 0)
            changes += 1
        got = b""
        with trio.fail_after(30):
            while len(got) < changes:
                got += await host.read_ready()
        assert got == b"10" * (changes // 2) + b"1" * (changes % 2)


async def test_watchers_have_an_end_and_what_they_say_is_nobodys(spec: SpiSpec) -> None:
    async with served(spec) as port:
        watchers = [await connect(port.ready_address) for _ in range(WATCHERS_MAX)]
        for watcher in watchers:
            assert await watcher.receive_some(1) == b"0"
            await watcher.send_all(b"hello")
        async with await connect(port.ready_address) as one_more:
            assert await one_more.receive_some(1) == b""
        port.set_ready(True)
        assert [await watcher.receive_some(9) for watcher in watchers] == [b"1"] * WATCHERS_MAX
        for watcher in watchers:
            await watcher.aclose()


async def test_a_web_page_is_turned_away(caplog: pytest.LogCaptureFixture) -> None:
    async with served(SpiSpec(host="127.0.0.1")) as port, await connect(port.address) as page:
        await page.send_all(b"POST / HTTP/1.1\r\nOrigin: http://evil\r\n\r\nAT+MFDEF=FR\r")
        assert await page.receive_some(100) == b""
        assert "this is a web page in a browser" in caplog.text
        assert port.transferred_bytes == 0


async def test_a_token_comes_before_the_first_transfer() -> None:
    async with served(SpiSpec(host="127.0.0.1", token="secret")) as port:
        async with await connect(port.address) as host:
            await host.send_all(b"secret\nab")
            assert await host.receive_some(9) == b"AB"
        async with await connect(port.address) as stranger:
            await stranger.send_all(b"AT\r\n")
            assert await stranger.receive_some(9) == b""


async def test_a_host_with_another_mode_sees_bits_late(tmp_path: Path) -> None:
    spec = SpiSpec(path=str(tmp_path / "spi"), wiring=Wiring(1))
    async with served(spec, lambda mosi: mosi) as port, SpiHost.on(port) as host:
        assert await host.transfer(b"\x40") == b"\xd0"  # 1 0100000, and late again: 1 1010000


async def test_files_are_the_owners_alone_and_go_with_the_program(tmp_path: Path) -> None:
    paths = [tmp_path / "spi", tmp_path / "spi.ready"]
    with closing(SpiPort(SpiSpec(path=str(paths[0])))) as port:
        assert (port.address, port.ready_address) == tuple(f"unix:{path}" for path in paths)
        assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600]
        with pytest.raises(UserError, match=rf"--spi unix:{paths[0]}: a running program listens there"):
            SpiPort(SpiSpec(path=str(paths[0])))
    assert os.listdir(tmp_path) == []


async def test_one_of_two_that_cannot_be_had_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "spi.ready").write_text("mine")
    with pytest.raises(UserError, match=r"spi\.ready: it exists and is not a socket"):
        SpiPort(SpiSpec(path=str(tmp_path / "spi")))
    assert os.listdir(tmp_path) == ["spi.ready"]


async def test_ports_are_neighbours() -> None:
    with closing(SpiPort(SpiSpec(host="127.0.0.1"))) as port:
        first, second = (int(address.rpartition(":")[2]) for address in (port.address, port.ready_address))
        assert second == first + 1
        with pytest.raises(UserError, match=f"--spi tcp://127.0.0.1:{first}: Address already in use"):
            SpiPort(SpiSpec(host="127.0.0.1", port=first))


async def test_a_port_whose_neighbour_is_taken() -> None:
    with closing(SpiPort(SpiSpec(host="127.0.0.1"))) as port:
        first = int(port.address.rpartition(":")[2])
        port._transfers.close()
        with pytest.raises(UserError, match=f"--spi tcp://127.0.0.1:{first + 1}: Address already in use"):
            SpiPort(SpiSpec(host="127.0.0.1", port=first))


def test_a_place_that_nobody_may_have() -> None:
    with pytest.raises(UserError, match=r"--spi tcp://192\.0\.2\.1:0: Cannot assign"):
        SpiPort(SpiSpec(host="192.0.2.1"))


async def test_a_failed_accept_is_not_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spi_port, "ACCEPT_PAUSE_S", 0.001)
    spec = SpiSpec(path=str(tmp_path / "spi"))
    with closing(SpiPort(spec)) as port:
        failing = _Failing(port._transfers)
        port._transfers = failing  # type: ignore[assignment]  # fails once, then it is the socket
        async with trio.open_nursery() as nursery:
            nursery.start_soon(port.serve, UPPER, Wiring)
            async with SpiHost.on(port) as host:
                assert await host.transfer(b"a") == b"A"
            nursery.cancel_scope.cancel()
    assert "cannot accept a client: No file descriptors" in caplog.text


class _Failing:
    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._errors = [BlockingIOError(), OSError(24, "No file descriptors")]

    def fileno(self) -> int:
        return self._raw.fileno()

    def accept(self) -> tuple[socket.socket, object]:
        if self._errors:
            raise self._errors.pop()
        return self._raw.accept()
