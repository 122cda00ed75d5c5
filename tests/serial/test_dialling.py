"""The port that connects to its host, which may come later, leave and come back."""

from __future__ import annotations

import logging
import socket

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from wizfi_emu.serial import open_serial
from wizfi_emu.serial.dialling import DIAL_PAUSE_S


@pytest.fixture
def address() -> tuple[str, int]:
    """One at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1", probe.getsockname()[1]


async def let_in(address: tuple[str, int]) -> trio.SocketStream:
    """Listen until the port comes, and no longer."""
    listener = trio.socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        await listener.bind(address)
        listener.listen(1)
        sock, _ = await listener.accept()
    await wait_all_tasks_blocked()
    return trio.SocketStream(sock)


async def test_it_waits_for_its_host_and_finds_it_again(
    nursery: trio.Nursery, address: tuple[str, int], autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    spec = f"tcp-client://127.0.0.1:{address[1]}"
    async with open_serial(spec, nursery=nursery) as port:
        assert port.name == spec
        for _ in range(2):
            await trio.sleep(20 * DIAL_PAUSE_S)
            async with await let_in(address) as host:
                await port.wait_opened()
                await host.send_all(b"GET / HTTP/1.1\r\nOrigin: x\r\n\r\n")  # a host that was asked for is never a page
                assert await port.receive_some(3) == b"GET"
                port.send_nowait(b"answer")
                assert await host.receive_some() == b"answer"
            while port.name and len(await port.receive_some(100)) == 100:
                pass
    refused = [line for line in caplog.messages if "Connection refused; trying again every 1 s" in line]
    assert len(refused) == 2, "once for each time that it is away"


async def test_a_name_that_is_not_there(
    nursery: trio.Nursery, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_arguments: object, **_options: object) -> None:
        await trio.lowlevel.checkpoint()
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(trio.socket, "getaddrinfo", unknown)
    async with open_serial("tcp-client://nowhere:7", nursery=nursery):
        await trio.sleep(5 * DIAL_PAUSE_S)
    assert caplog.messages == ["tcp-client://nowhere:7: Name or service not known; trying again every 1 s"]
