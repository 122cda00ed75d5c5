"""The port behind TCP and RFC 2217: hosts that come, go, break and push in."""

from __future__ import annotations

import logging
import os
import resource
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import serial
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from wizfi_emu.errors import UserError
from wizfi_emu.serial import SerialPort, open_serial
from wizfi_emu.serial.base import OPEN_SETTLE_S
from wizfi_emu.serial.gate import HEAD_PAUSE_S, TOKEN_LIMIT_S
from wizfi_emu.serial.rfc2217 import escape
from wizfi_emu.serial.stream import INPUT_LIMIT_BYTES
from wizfi_emu.serial.tcp import ACCEPT_PAUSE_S, listen

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
GREETING_BYTES = 12


@pytest.fixture
async def port(nursery: trio.Nursery) -> AsyncIterator[SerialPort]:
    async with open_serial("tcp://127.0.0.1:0", nursery=nursery, paced=False) as port:
        yield port


@pytest.fixture
async def telnet_port(nursery: trio.Nursery) -> AsyncIterator[SerialPort]:
    async with open_serial("rfc2217://127.0.0.1:0", nursery=nursery, paced=False) as port:
        yield port


async def connect(port: SerialPort, receive_buffer_bytes: int | None = None) -> trio.SocketStream:
    """A host, connected and noticed."""
    sock = trio.socket.socket()
    if receive_buffer_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    await sock.connect(("127.0.0.1", int(port.name.rpartition(":")[2])))
    await wait_all_tasks_blocked()
    return trio.SocketStream(sock)


async def receive_exactly(port: SerialPort, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += await port.receive_some(count - len(data))
    return data


async def read_exactly(host: trio.SocketStream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = await host.receive_some(count - len(data))
        assert piece, "the connection has ended"
        data += piece
    return data


async def receive_end(host: trio.SocketStream) -> bool:
    """Whether the port closes the connection without a byte; with unread data that breaks it."""
    with trio.fail_after(30):
        try:
            return await host.receive_some() == b""
        except trio.BrokenResourceError:
            return True


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that the system does in its own time."""
    with trio.fail_after(30):
        while not condition():  # noqa: ASYNC110 - nothing tells when
            await trio.sleep(0.001)


async def test_the_name_says_the_real_port(port: SerialPort) -> None:
    assert port.name.startswith("tcp://127.0.0.1:")
    assert int(port.name.rpartition(":")[2]) > 0


async def test_ipv6(nursery: trio.Nursery) -> None:
    async with open_serial("tcp://[::1]:0", nursery=nursery) as port:
        assert port.name.startswith("tcp://[::1]:")


async def test_a_port_in_use(nursery: trio.Nursery, port: SerialPort) -> None:
    expected = port.name.replace("tcp://", "cannot listen on ") + ": Address already in use"
    with pytest.raises(UserError, match=f"^{expected}$"):
        async with open_serial(port.name, nursery=nursery):
            raise AssertionError


@pytest.mark.slow  # pyserial sleeps 300 ms when it closes
async def test_pyserial_over_a_socket(port: SerialPort) -> None:
    def host() -> bytes:
        with serial.serial_for_url(port.name.replace("tcp", "socket"), timeout=5) as device:
            device.write(b"AT\r")
            return bytes(device.read(6))

    async def module() -> None:
        assert await receive_exactly(port, 3) == b"AT\r"
        port.send_nowait(b"[OK]\r\n")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(module)
        assert await trio.to_thread.run_sync(host) == b"[OK]\r\n"


async def test_a_second_host_is_turned_away(port: SerialPort, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = await connect(port)
    second = await connect(port)
    assert await second.receive_some() == b""
    await first.send_all(b"still here")
    assert await receive_exactly(port, 10) == b"still here"
    assert f"{port.name}: a second host is turned away" in caplog.messages
    await first.aclose()
    await second.aclose()


@pytest.mark.parametrize("reset", [False, True])
async def test_the_next_host_after_one_that_left(port: SerialPort, reset: bool) -> None:
    for text in (b"one", b"two"):
        host = await connect(port)
        await host.send_all(text)
        assert await receive_exactly(port, 3) == text
        port.send_nowait(text)
        assert await read_exactly(host, 3) == text
        if reset:
            host.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        await host.aclose()
        await wait_all_tasks_blocked()


async def test_what_a_host_sent_before_it_left_is_received(port: SerialPort) -> None:
    host = await connect(port)
    await host.send_all(b"last words")
    await host.aclose()
    await wait_all_tasks_blocked()
    host = await connect(port)
    await host.send_all(b" and first")
    assert await receive_exactly(port, 20) == b"last words and first"
    await host.aclose()


async def test_without_a_host_bytes_are_dropped(port: SerialPort) -> None:
    port.send_nowait(b"banner")
    await port.wait_room()
    assert port.dropped_bytes == 6
    host = await connect(port)
    port.send_nowait(b"hello")
    assert await read_exactly(host, 5) == b"hello"
    await host.aclose()


async def test_with_hardware_flow_control_they_wait_for_a_host(port: SerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    port.send_nowait(b"banner")
    await wait_all_tasks_blocked()
    host = await connect(port)
    assert await read_exactly(host, 6) == b"banner"
    assert port.dropped_bytes == 0
    await host.aclose()


async def test_a_host_that_breaks_off_while_bytes_wait_for_it(port: SerialPort) -> None:
    host = await connect(port, receive_buffer_bytes=4096)
    total = 0
    for _ in range(4):
        port.send_nowait(bytes(65536))
        total += 65536
        await wait_all_tasks_blocked()
    assert port.sent_bytes < total
    host.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    await host.aclose()
    await wait_until(lambda: port.sent_bytes + port.dropped_bytes == total)
    host = await connect(port)
    port.send_nowait(b"hello")
    assert await read_exactly(host, 5) == b"hello"
    await host.aclose()


async def test_with_hardware_flow_control_the_next_host_gets_the_rest(port: SerialPort) -> None:
    port.configure(115200, "N", 8, "1", "HW")
    host = await connect(port, receive_buffer_bytes=4096)
    total = 4 * 65536
    for _ in range(4):
        port.send_nowait(bytes(65536))
    await wait_all_tasks_blocked()
    host.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    await host.aclose()
    await wait_all_tasks_blocked()
    taken = port.sent_bytes
    assert taken < total
    host = await connect(port)
    await read_exactly(host, total - taken)
    assert (port.sent_bytes, port.dropped_bytes) == (total, 0)
    await host.aclose()


async def test_a_broken_connection_is_noticed_by_sending_only_once(port: SerialPort) -> None:
    """A module that does not receive learns of the end by sending, and must not turn in circles."""
    host = await connect(port)
    left = INPUT_LIMIT_BYTES * 2
    await host.send_all(bytes(left))
    await wait_all_tasks_blocked()
    host.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    await host.aclose()
    port.send_nowait(b"lost")
    port.send_nowait(bytes(100_000))
    await wait_all_tasks_blocked()
    assert port.sent_bytes == 0
    host = await connect(port)
    port.send_nowait(b"hello")
    assert await read_exactly(host, 5) == b"hello"
    await host.aclose()


async def test_the_module_can_make_a_host_wait(port: SerialPort) -> None:
    host = await connect(port)
    total = 50_000_000
    with trio.move_on_after(0.2) as waiting:  # real: the system's buffers have to fill
        await host.send_all(bytes(total))
    assert waiting.cancelled_caught
    assert len(await port.receive_some(total)) <= 2 * INPUT_LIMIT_BYTES
    await host.aclose()


# --- RFC 2217 -------------------------------------------------------------------------------------------------------


@pytest.mark.slow  # pyserial sleeps 50 ms for each step and 300 ms when it closes
@pytest.mark.filterwarnings(r"ignore:set(Daemon|Name)\(\) is deprecated:DeprecationWarning")
async def test_pyserial_over_rfc2217(nursery: trio.Nursery) -> None:
    """Opens, sets everything up, exchanges all byte values, and may come again; the banner survives its flush."""
    everything = bytes(range(256)) * 4

    def host(url: str) -> tuple[bytes, bytes]:
        with serial.serial_for_url(f"{url}?poll_modem", baudrate=9600, parity="E", stopbits=2, timeout=5) as device:
            banner = bytes(device.read(6))
            device.write(everything)
            device.rts = False
            device.break_condition = False
            assert device.cts
            assert device.cd
            answer = bytes(device.read(len(everything)))
            device.baudrate = 115200
            return banner, answer

    async def module(port: SerialPort) -> None:
        await port.wait_opened()
        port.send_nowait(b"banner")
        port.send_nowait(await receive_exactly(port, len(everything)))

    async with open_serial("rfc2217://127.0.0.1:0", nursery=nursery, paced=False) as port:
        nursery.start_soon(module, port)
        assert await trio.to_thread.run_sync(host, port.name) == (b"banner", everything)


async def telnet(port: SerialPort) -> trio.SocketStream:
    host = await connect(port, receive_buffer_bytes=4096)
    await read_exactly(host, GREETING_BYTES)
    return host


async def test_telnet_is_answered_while_the_module_does_not_receive(telnet_port: SerialPort) -> None:
    host = await telnet(telnet_port)
    await host.send_all(b"data\xff\xff\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0")
    assert await read_exactly(host, 10) == b"\xff\xfa\x2c\x65\x00\x00\x25\x80\xff\xf0"
    assert await receive_exactly(telnet_port, 5) == b"data\xff"
    await host.aclose()


async def test_answers_come_between_data_and_never_inside_an_escape(telnet_port: SerialPort) -> None:
    host = await telnet(telnet_port)
    data = b"\xff" * 200_000
    telnet_port.send_nowait(data)
    await wait_all_tasks_blocked()
    await host.send_all(b"\xff\xfa\x2c\x05\x08\xff\xf0")
    await wait_all_tasks_blocked()
    answer = b"\xff\xfa\x2c\x69\x08\xff\xf0"
    received = await read_exactly(host, 2 * len(data) + len(answer))
    before, found, after = received.partition(answer)
    assert found
    assert len(before) % 2 == 0
    assert before + after == escape(data)
    await host.aclose()


async def test_a_suspended_host_gets_only_answers(telnet_port: SerialPort) -> None:
    host = await telnet(telnet_port)
    await host.send_all(b"\xff\xfa\x2c\x08\xff\xf0")
    await wait_all_tasks_blocked()
    telnet_port.send_nowait(b"later")
    await host.send_all(b"\xff\xfa\x2c\x05\x08\xff\xf0")
    assert await read_exactly(host, 7) == b"\xff\xfa\x2c\x69\x08\xff\xf0"
    await host.send_all(b"\xff\xfa\x2c\x09\xff\xf0")
    assert await read_exactly(host, 5) == b"later"
    await host.aclose()


async def test_with_hardware_flow_control_a_host_without_rts_gets_only_answers(telnet_port: SerialPort) -> None:
    host = await telnet(telnet_port)
    await host.send_all(b"\xff\xfa\x2c\x05\x0c\xff\xf0")
    assert await read_exactly(host, 7) == b"\xff\xfa\x2c\x69\x0c\xff\xf0"
    telnet_port.send_nowait(b"now")
    assert await read_exactly(host, 3) == b"now", "without flow control nobody looks at it"
    telnet_port.configure(115200, "N", 8, "1", "HW")
    telnet_port.send_nowait(b"later")
    await host.send_all(b"\xff\xfa\x2c\x05\x08\xff\xf0")
    assert await read_exactly(host, 7) == b"\xff\xfa\x2c\x69\x08\xff\xf0"
    assert telnet_port.holds
    telnet_port.configure(115200, "N", 8, "1", "N")
    assert await read_exactly(host, 5) == b"later"
    await host.aclose()


async def test_a_host_is_told_to_stop_and_to_go_on(telnet_port: SerialPort) -> None:
    telnet_port.stop_host(True)
    host = await telnet(telnet_port)
    await host.send_all(b"\xff\xfb\x2c")
    stopped = b"\xff\xfd\x2c\xff\xfa\x2c\x6b\xa0\xff\xf0"
    assert await read_exactly(host, len(stopped)) == stopped
    telnet_port.stop_host(False)
    assert await read_exactly(host, 13) == b"\xff\xfa\x2c\x6b\xb1\xff\xf0\xff\xfa\x2c\x6d\xff\xf0"
    await host.aclose()
    await wait_all_tasks_blocked()
    telnet_port.stop_host(True)


async def test_a_purge_forgets_what_waits(telnet_port: SerialPort) -> None:
    host = await telnet(telnet_port)
    await host.send_all(b"\xff\xfa\x2c\x08\xff\xf0")
    await wait_all_tasks_blocked()
    telnet_port.send_nowait(b"old")
    await host.send_all(b"\xff\xfa\x2c\x0c\x01\xff\xf0\xff\xfa\x2c\x09\xff\xf0")
    assert await read_exactly(host, 7) == b"\xff\xfa\x2c\x70\x01\xff\xf0"
    telnet_port.send_nowait(b"new")
    assert await read_exactly(host, 3) == b"new"
    assert telnet_port.dropped_bytes == 0
    await host.aclose()


async def test_opened_means_set_up(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    """Each telnet command begins the time to settle anew."""
    async with open_serial("rfc2217://127.0.0.1:0", nursery=nursery) as port:

        async def set_up() -> None:
            host = await telnet(port)
            for _ in range(5):
                await trio.sleep(0.1)
                await host.send_all(b"\xff\xfa\x2c\x05\x08\xff\xf0")
            await host.aclose()

        nursery.start_soon(set_up)
        await port.wait_opened()
        assert trio.current_time() == pytest.approx(0.5 + OPEN_SETTLE_S, abs=0.01)


async def test_a_host_that_half_closes_without_reading(port: SerialPort) -> None:
    host = await connect(port, receive_buffer_bytes=4096)
    port.send_nowait(bytes(200_000))
    await wait_all_tasks_blocked()
    await host.send_eof()
    await wait_until(lambda: port.sent_bytes + port.dropped_bytes == 200_000)
    assert port.dropped_bytes > 0
    await host.aclose()
    next_host = await connect(port)
    port.send_nowait(b"hello")
    assert await read_exactly(next_host, 5) == b"hello"
    await next_host.aclose()


async def test_a_system_without_descriptors_delays_the_host(
    autojump_clock: MockClock, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_serial("tcp://127.0.0.1:0", nursery=nursery, paced=False) as port:
        sock = trio.socket.socket()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        next_descriptor = os.dup(0)
        os.close(next_descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (next_descriptor, hard))
        try:
            await sock.connect(("127.0.0.1", int(port.name.rpartition(":")[2])))
            await trio.sleep(ACCEPT_PAUSE_S * 1.5)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert caplog.messages == [f"{port.name}: cannot accept a host: Too many open files"] * 2
        await sock.send(b"patient")
        assert await receive_exactly(port, 7) == b"patient"
        sock.close()


async def test_a_host_that_does_not_read_the_answers_to_its_commands(
    telnet_port: SerialPort, caplog: pytest.LogCaptureFixture
) -> None:
    host = await connect(telnet_port, 4096)

    async def ask_for_ever() -> None:
        while True:
            await host.send_all(b"\xff\xfd\x63" * 10_000)  # DO an option that there is not

    with trio.fail_after(30), pytest.raises(trio.BrokenResourceError):
        await ask_for_ever()
    assert caplog.messages == [f"{telnet_port.name}: the host does not read the answers to its commands: closed"]
    await host.aclose()
    next_host = await connect(telnet_port)
    await next_host.send_all(b"AT")
    assert await receive_exactly(telnet_port, 2) == b"AT"
    await next_host.aclose()


async def test_a_web_page_is_turned_away(port: SerialPort, caplog: pytest.LogCaptureFixture) -> None:
    page = await connect(port)
    await page.send_all(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    await page.send_all(b"Origin: http://evil.example\r\n\r\nAT+MFDEF=FR\r")
    assert await receive_end(page)
    await page.aclose()
    assert caplog.messages == [f"{port.name}: a host is turned away: this is a web page in a browser"]
    host = await connect(port)
    await host.send_all(b"AT")
    assert await receive_exactly(port, 2) == b"AT"
    await host.aclose()


@pytest.mark.parametrize("leaves", [False, True])
async def test_what_only_begins_like_a_request_is_received_after_a_moment(
    port: SerialPort, autojump_clock: MockClock, leaves: bool
) -> None:
    host = await connect(port)
    await host.send_all(b"GET ")
    if leaves:
        await host.aclose()
    started = trio.current_time()
    assert await receive_exactly(port, 4) == b"GET "
    assert trio.current_time() - started <= HEAD_PAUSE_S
    await host.aclose()


async def test_a_host_with_a_token(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    async with open_serial("tcp://127.0.0.1:0?token=secret", nursery=nursery, paced=False) as port:
        assert "secret" not in port.name
        silent = await connect(port)
        port.send_nowait(b"what nobody hears")
        assert await silent.receive_some() == b""
        assert trio.current_time() >= TOKEN_LIMIT_S
        await silent.aclose()
        stranger = await connect(port)
        await stranger.send_all(b"AT+MFDEF=FR\r")
        assert await receive_end(stranger)
        await stranger.aclose()
        host = await connect(port)
        await host.send_all(b"secret\nAT\r")
        assert await receive_exactly(port, 3) == b"AT\r"
        port.send_nowait(b"[OK]")
        assert await read_exactly(host, 4) == b"[OK]"
        await host.aclose()


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False), ("::1", False)])
async def test_an_address_beyond_this_machine_is_worth_a_warning(
    caplog: pytest.LogCaptureFixture, host: str, warned: bool
) -> None:
    listener = await listen(host, 0)
    listener.close()
    assert any("also from other machines" in message for message in caplog.messages) is warned


async def test_a_unix_socket_is_its_owners_and_goes_with_the_port(nursery: trio.Nursery, tmp_path: Path) -> None:
    path = tmp_path / "serial"
    async with open_serial(f"unix:{path}", nursery=nursery, paced=False) as port:
        assert port.name == f"unix:{path}"
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(UserError, match=rf"^--serial unix:{path}: a running program listens there$"):
            async with open_serial(f"unix:{path}", nursery=nursery):
                raise AssertionError
        await wait_all_tasks_blocked()  # it has knocked, and gone
        async with await trio.open_unix_socket(path) as host:
            await host.send_all(b"GET / HTTP/1.1\r\nOrigin: x\r\n\r\n")  # no browser comes here
            assert await port.receive_some(3) == b"GET"
            port.send_nowait(b"answer")
            assert await host.receive_some() == b"answer"
    assert not path.exists()


@pytest.mark.parametrize(("query", "resets"), [("?dtr=reset", 2), ("", 0)])
@pytest.mark.filterwarnings(r"ignore:set(Daemon|Name)\(\) is deprecated:DeprecationWarning")  # pyserial's
async def test_dtr_of_pyserial_resets_and_its_break_arrives(nursery: trio.Nursery, query: str, resets: int) -> None:
    def host(name: str) -> None:
        with serial.serial_for_url(name, timeout=30) as device:
            for _ in range(2):
                device.dtr = False
                device.dtr = True
            device.break_condition = True
            device.break_condition = False
            device.write(b"x")

    called: list[None] = []
    async with open_serial(f"rfc2217://127.0.0.1:0{query}", nursery=nursery, paced=False) as port:
        port.on_reset = lambda: called.append(None)
        async with trio.open_nursery() as hosts:
            hosts.start_soon(trio.to_thread.run_sync, host, port.name)
            assert await receive_exactly(port, 2) == b"\0x"
    assert len(called) == resets
