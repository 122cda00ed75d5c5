"""One suite for every ``SerialPort``: the fake and the real ones keep the same contract."""

from __future__ import annotations

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.serial_port import FakeSerialPort, open_fake_serial
from wizfi_emu.serial import SerialPort, open_serial
from wizfi_emu.serial.base import OPEN_SETTLE_S
from wizfi_emu.serial.hostbuffer import QUEUE_LIMIT_BYTES, STALL_LIMIT_S
from wizfi_emu.serial.rfc2217 import Rfc2217Session, escape

CHUNK_BYTES = 65536
BULK = bytes(range(256)) * 4096  # 1 MiB with every byte value, so also with telnet's escape


class Host(ABC):
    """A host's program, for one kind of port."""

    def __init__(self, port: SerialPort) -> None:
        self.port = port

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def write(self, data: bytes) -> None: ...

    @abstractmethod
    async def read_some(self) -> bytes:
        """At least one byte. A host that is not in here does not read."""

    async def read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            data += await self.read_some()
        return bytes(data)


class FakeHost(Host):
    """Drives the fake."""

    async def open(self) -> None:
        assert isinstance(self.port, FakeSerialPort)
        self.fake = self.port
        self.fake.host_pause()
        self.fake.host_open()

    async def close(self) -> None:
        self.fake.host_close()
        await trio.lowlevel.checkpoint()

    async def write(self, data: bytes) -> None:
        self.fake.host_write(data)

    async def read_some(self) -> bytes:
        self.fake.host_resume()
        data = await self.fake.host_read(1) + self.fake.host_received
        self.fake.host_received.clear()
        self.fake.host_pause()
        await trio.lowlevel.checkpoint()
        return data


class PtyHost(Host):
    """Opens the device and sets nothing up."""

    async def open(self) -> None:
        self.descriptor = os.open(self.port.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    async def close(self) -> None:
        trio.lowlevel.notify_closing(self.descriptor)
        os.close(self.descriptor)

    async def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            await trio.lowlevel.wait_writable(self.descriptor)
            left = left[os.write(self.descriptor, left) :]

    async def read_some(self) -> bytes:
        await trio.lowlevel.wait_readable(self.descriptor)
        return os.read(self.descriptor, CHUNK_BYTES)


class TcpHost(Host):
    """Connects, with little room for what it does not read."""

    async def open(self) -> None:
        self.sock = trio.socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await self.sock.connect(("127.0.0.1", int(self.port.name.rpartition(":")[2])))
        await wait_all_tasks_blocked()

    async def close(self) -> None:
        self.sock.close()
        await wait_all_tasks_blocked()

    async def write(self, data: bytes) -> None:
        await trio.SocketStream(self.sock).send_all(data)

    async def read_some(self) -> bytes:
        return await self.sock.recv(CHUNK_BYTES)


class UnixHost(TcpHost):
    """Connects to a Unix socket."""

    async def open(self) -> None:
        self.sock = trio.socket.socket(socket.AF_UNIX)
        await self.sock.connect(self.port.name.removeprefix("unix:"))
        await wait_all_tasks_blocked()


class ListeningHost(TcpHost):
    """Listens, and lets the port in when it opens; one that is closed listens no more."""

    async def open(self) -> None:
        address = ("127.0.0.1", int(self.port.name.rpartition(":")[2]))
        listener = trio.socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with listener:
            await listener.bind(address)
            listener.listen(1)
            self.sock, _ = await listener.accept()
        await wait_all_tasks_blocked()


class WireHost(PtyHost):
    """The device at the other end of a wire, here the other end of a pseudo-terminal. A wire has no end."""

    def __init__(self, port: SerialPort, master: int) -> None:
        super().__init__(port)
        self.descriptor = master

    async def open(self) -> None:
        await trio.lowlevel.checkpoint()

    async def close(self) -> None:
        await trio.lowlevel.checkpoint()


class TelnetHost(TcpHost):
    """A TCP host that speaks telnet. pyserial, the real one, is too slow for bulk data; it has its own test."""

    async def open(self) -> None:
        await super().open()
        # The escapes are the same in both directions.
        self.session = Rfc2217Session()

    async def write(self, data: bytes) -> None:
        await super().write(escape(data))

    async def read_some(self) -> bytes:
        while not (data := self.session.receive_data(await super().read_some())):
            pass
        return data


Opener = Callable[[], AbstractAsyncContextManager[tuple[SerialPort, Host]]]
HOSTS: dict[str, type[Host]] = {
    "fake": FakeHost,
    "pty": PtyHost,
    "tcp://127.0.0.1:0": TcpHost,
    "rfc2217://127.0.0.1:0": TelnetHost,
    "unix:PATH": UnixHost,
    "tcp-client://127.0.0.1:PORT": ListeningHost,
    "tty:DEVICE": WireHost,
}


@pytest.fixture(params=[pytest.param(spec, id=spec.partition(":")[0]) for spec in HOSTS])
def opened(request: pytest.FixtureRequest, nursery: trio.Nursery, tmp_path: Path) -> Opener:
    """Opens a port that is not paced, and its host without opening that."""
    spec: str = request.param

    @asynccontextmanager
    async def open_port() -> AsyncIterator[tuple[SerialPort, Host]]:
        if spec == "fake":
            async with open_fake_serial(nursery=nursery) as fake:
                fake.attached = False
                yield fake, FakeHost(fake)
        elif spec.startswith("tty:"):
            master, slave = os.openpty()
            os.set_blocking(master, False)
            try:
                async with open_serial(f"tty:{os.ttyname(slave)}", nursery=nursery, paced=False) as port:
                    yield port, WireHost(port, master)
            finally:
                os.close(master)
                os.close(slave)
        elif spec.startswith("unix:"):
            async with open_serial(f"unix:{tmp_path}/serial", nursery=nursery, paced=False) as port:
                yield port, UnixHost(port)
        elif spec.startswith("tcp-client:"):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                free = f"tcp-client://127.0.0.1:{probe.getsockname()[1]}"
            async with open_serial(free, nursery=nursery, paced=False) as port:
                yield port, ListeningHost(port)
        else:
            async with open_serial(spec, nursery=nursery, paced=False, watch_every=True) as port:
                yield port, HOSTS[spec](port)

    return open_port


async def receive_exactly(port: SerialPort, count: int, most: int = CHUNK_BYTES) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = await port.receive_some(most)
        assert 1 <= len(piece) <= most
        data += piece
    return bytes(data)


async def send_all(port: SerialPort, data: bytes) -> None:
    for start in range(0, len(data), CHUNK_BYTES):
        await port.wait_room()
        port.send_nowait(data[start : start + CHUNK_BYTES])


@pytest.mark.parametrize("most", [1, 7, CHUNK_BYTES])
async def test_every_byte_value_both_ways(opened: Opener, most: int) -> None:
    everything = bytes(range(256)) + b"\xff\xff\xff\x00\r\n\x03\x04\x11\x13"
    async with opened() as (port, host):
        await host.open()
        await host.write(everything)
        assert await receive_exactly(port, len(everything), most) == everything
        for start in range(0, len(everything), most):
            port.send_nowait(everything[start : start + most])
        assert await host.read(len(everything)) == everything
        assert port.received_bytes == port.sent_bytes == len(everything)
        assert port.dropped_bytes == 0
        await host.close()


async def test_bulk_from_the_host(opened: Opener) -> None:
    async with opened() as (port, host), trio.open_nursery() as nursery:
        await host.open()
        nursery.start_soon(host.write, BULK)
        assert await receive_exactly(port, len(BULK)) == BULK
        assert port.received_bytes == len(BULK)
        await host.close()


@pytest.mark.parametrize("flow", ["N", "HW"])
async def test_bulk_to_the_host(opened: Opener, flow: str) -> None:
    async with opened() as (port, host), trio.open_nursery() as nursery:
        await host.open()
        port.configure(115200, "N", 8, "1", flow)
        nursery.start_soon(send_all, port, BULK)
        assert await host.read(len(BULK)) == BULK
        await wait_all_tasks_blocked()
        assert (port.sent_bytes, port.dropped_bytes) == (len(BULK), 0)
        await host.close()


async def test_bulk_both_ways_at_once(opened: Opener) -> None:
    async with opened() as (port, host), trio.open_nursery() as nursery:
        await host.open()

        async def echo() -> None:
            while True:
                data = await port.receive_some(CHUNK_BYTES)
                await port.wait_room()
                port.send_nowait(data)

        nursery.start_soon(echo)
        nursery.start_soon(host.write, BULK)
        assert await host.read(len(BULK)) == BULK
        nursery.cancel_scope.cancel()
        await host.close()


async def test_a_host_that_never_reads_does_not_stop_the_module(opened: Opener, autojump_clock: MockClock) -> None:
    async with opened() as (port, host):
        await host.open()
        await wait_all_tasks_blocked()
        total = 160 * CHUNK_BYTES  # more than any system keeps
        start_s = trio.current_time()
        for _ in range(160):
            await port.wait_room()
            port.send_nowait(bytes(CHUNK_BYTES))
        assert trio.current_time() - start_s < STALL_LIMIT_S * 3  # a system may take a little more after a while
        assert port.dropped_bytes > 0
        assert port.sent_bytes + port.dropped_bytes == total - QUEUE_LIMIT_BYTES
        await host.write(b"still there?")
        assert await receive_exactly(port, 12) == b"still there?"
        await host.close()


async def test_with_hardware_flow_control_nothing_is_lost(opened: Opener, autojump_clock: MockClock) -> None:
    async with opened() as (port, host), trio.open_nursery() as nursery:
        await host.open()
        port.configure(9600, "E", 7, "2", "HW")
        nursery.start_soon(send_all, port, BULK)
        await trio.sleep(STALL_LIMIT_S * 100)
        assert port.sent_bytes < len(BULK)
        assert await host.read(len(BULK)) == BULK
        assert port.dropped_bytes == 0
        await host.close()


async def test_the_host_comes_and_goes(opened: Opener) -> None:
    async with opened() as (port, host), trio.open_nursery() as nursery:
        for text in (b"one", b"two", b"ten"):
            await host.open()

            async def answer() -> None:
                port.send_nowait((await receive_exactly(port, 3)).upper())

            nursery.start_soon(answer)
            await host.write(text)
            assert await host.read(3) == text.upper()
            await host.close()


async def test_waiting_for_the_first_open(opened: Opener, autojump_clock: MockClock) -> None:
    async with opened() as (port, host):
        if not isinstance(host, WireHost):  # whose host is always there
            with trio.move_on_after(3600) as waiting:
                await port.wait_opened()
            assert waiting.cancelled_caught
        await host.open()
        start_s = trio.current_time()
        await port.wait_opened()
        assert trio.current_time() - start_s == pytest.approx(OPEN_SETTLE_S, abs=0.01)
        await host.close()
        await port.wait_opened()  # once is enough


async def test_each_open_counts(opened: Opener, autojump_clock: MockClock) -> None:
    async with opened() as (port, host):
        if isinstance(host, WireHost):
            assert await port.wait_open() == 1
            return
        for count in range(3):
            with trio.move_on_after(3600) as waiting:
                await port.wait_open(count)
            assert waiting.cancelled_caught
            await host.open()
            assert await port.wait_open(count) == port.opens == count + 1
            await host.close()
            await wait_all_tasks_blocked()


async def test_cancelled_receiving_takes_nothing(opened: Opener) -> None:
    async with opened() as (port, host):
        await host.open()
        with trio.CancelScope() as scope:
            scope.cancel()
            await port.receive_some(10)
        assert scope.cancelled_caught
        await host.write(b"data")
        with trio.CancelScope() as scope:
            scope.cancel()
            await port.receive_some(10)
        assert await receive_exactly(port, 4) == b"data"
        await host.close()


async def test_sending_never_waits_and_waiting_for_room_lets_others_run(opened: Opener) -> None:
    async with opened() as (port, host):
        await host.open()
        with trio.testing.assert_no_checkpoints():
            port.send_nowait(b"")
            port.send_nowait(b"x" * 100)
            port.configure(115200, "N", 8, "1", "N")
        with trio.testing.assert_checkpoints():
            await port.wait_room()
        assert await host.read(100) == b"x" * 100
        await host.close()


def waiting_calls(port: SerialPort) -> list[Callable[[], Awaitable[object]]]:
    return [lambda: port.receive_some(1), lambda: port.wait_open(1), port.wait_room]


async def test_after_closing_everything_says_so(opened: Opener) -> None:
    async with opened() as (port, _):
        await port.aclose()
        await port.aclose()
        for wait in waiting_calls(port):
            with pytest.raises(trio.ClosedResourceError):
                await wait()
        with pytest.raises(trio.ClosedResourceError):
            port.send_nowait(b"x")
        with pytest.raises(trio.ClosedResourceError):
            port.configure(115200, "N", 8, "1", "N")


async def test_closing_ends_all_waiting(opened: Opener) -> None:
    async with opened() as (port, _), trio.open_nursery() as nursery:
        port.configure(115200, "N", 8, "1", "HW")
        port.send_nowait(bytes(QUEUE_LIMIT_BYTES))

        async def expect_end(wait: Callable[[], Awaitable[object]]) -> None:
            with pytest.raises(trio.ClosedResourceError):
                await wait()

        for wait in waiting_calls(port):
            nursery.start_soon(expect_end, wait)
        await wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 3
        await port.aclose()
