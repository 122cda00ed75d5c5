"""The ways of a command and of a datagram, as CONTRIBUTING.md tells them, are the ways that they go."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from trio.testing import MockClock

from tests.device.devices import on_table
from wizfi_emu.timing import Timing

ROOT = Path(__file__).parent.parent
SOURCE = str(ROOT / "wizfi_emu") + "/"
ROW = re.compile(r"\| `([\w/]+\.py)` \| `([\w.]+)` \|")


def told(heading: str) -> list[tuple[str, str]]:
    """File and function of each row of a section."""
    section = (ROOT / "CONTRIBUTING.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = ROW.findall(section)
    assert len(rows) > 5
    return rows


@contextmanager
def followed(calls: list[tuple[str, str]]) -> Iterator[None]:
    """Note every function of the program that is called."""

    def note(frame: FrameType, event: str, _argument: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(SOURCE):
            calls.append((file.removeprefix(SOURCE), frame.f_code.co_qualname))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


def missing(rows: list[tuple[str, str]], calls: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rows from the first one on that is not called behind the row before it."""
    rest = iter(calls)
    for number, row in enumerate(rows):
        if row not in rest:
            return rows[number:]
    return []


async def test_the_way_of_a_command(autojump_clock: MockClock) -> None:
    calls = list[tuple[str, str]]()
    async with on_table(timing=Timing()) as table:
        with followed(calls):
            await table.ask(b"AT+MINFO")
    assert missing(told("The way of a command"), calls) == []


async def test_the_way_of_a_datagram() -> None:
    calls = list[tuple[str, str]]()
    async with on_table(timing=Timing()) as table:
        for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WJOIN"):
            await table.ask(line)
        with socket.socket(type=socket.SOCK_DGRAM) as peer:
            peer.bind((table.device.world.host_address, 0))
            line = b"AT+SCON=O,UCN,192.168.12.50,%d,,0" % peer.getsockname()[1]
            await table.ask(line, end=b"[CONNECT 0]\r\n")
            [slot] = table.device.module.slots.open_slots
            local, _ = table.device.world.ends(slot)
            assert local is not None
            peer.sendto(b"first", local)
            await table.read_until(b"first")
            with followed(calls):
                peer.sendto(b"hi", local)
                await table.read_until(b"hi")
    assert missing(told("The way of a datagram"), calls) == []


def test_a_row_that_is_not_gone_is_found() -> None:
    calls = [("a.py", "one"), ("b.py", "two"), ("c.py", "three")]
    assert missing([("a.py", "one"), ("c.py", "three")], calls) == []
    assert missing([("c.py", "three"), ("a.py", "one")], calls) == [("a.py", "one")]
