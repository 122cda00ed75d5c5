"""The guide's appendix, a benchmark of the module: how long data takes from the host to a peer, printed and here."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple

from tests.bench.programs import EMULATOR, device_of, helper, line_of, running, tell
from wizfi_emu.air.load import load_world
from wizfi_emu.factory import new_module
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.run.virtual import VirtualDevice
from wizfi_emu.stages.lineclock import LONGEST_SLICE_US
from wizfi_emu.timing import load_timing
from wizfi_emu.worlds.memory.world import MemoryWorld

MEGABYTE = 1_024_000
"""Bytes of the appendix's "1 Mbyte": its speeds and times give this number."""

BANNER_END = b"WIZnet Co.Ltd)\r\n"
PEER_ADDRESS = "192.168.12.1"


class Cell(NamedTuple):
    """One time of the appendix: so many of its Mbytes, with hardware flow control."""

    mode: Literal["command", "data"]
    megabytes: int
    baud: int
    printed_s: int


CELLS = (
    Cell("command", 10, 3_686_400, 47),
    Cell("command", 10, 1_843_200, 80),
    Cell("command", 10, 921_600, 140),
    Cell("data", 1, 3_686_400, 24),
    Cell("data", 1, 1_843_200, 25),
    Cell("data", 1, 921_600, 26),
    Cell("data", 1, 115_200, 95),
    Cell("command", 1, 3_686_400, 5),
    Cell("command", 1, 1_843_200, 6),
    Cell("command", 1, 921_600, 12),
    Cell("command", 1, 115_200, 96),
)

IN_REAL_TIME = (Cell("command", 1, 115_200, 96), Cell("data", 1, 921_600, 26))
"""Those that are measured in real time too: together two minutes."""


def setup_lines(cell: Cell, port: int) -> list[bytes]:
    """The commands up to a connection to a peer; the answer of each has an OK."""
    lines = (
        "AT+MECHO=0",
        "AT+WSET=0,OpenNet",
        "AT+WSEC=0,OPEN",
        "AT+MPROF=S",
        f"AT+USET={cell.baud},N,8,1,HW",
        "AT+WJOIN",
        f"AT+SCON=O,TCN,{PEER_ADDRESS},{port},,{int(cell.mode == 'data')}",
    )
    return [line.encode() + b"\r" for line in lines]


def send_line(cell: Cell, count: int) -> bytes:
    """What announces so many bytes; nothing in data mode."""
    return b"AT+SSEND=0,,,%d\r" % count if cell.mode == "command" else b""


def simulated_s(cell: Cell) -> float:
    """Seconds from the first byte of the host to the last one at the peer, in virtual time."""
    timing = load_timing("realtime")
    world = MemoryWorld(load_world("demo"), timing)
    module = VirtualDevice(new_module(load_firmware("1.0.5.2")), world, timing, longest_slice_us=LONGEST_SLICE_US)
    module.power_on()
    module.run(2_000_000)
    port = world.network.tcp_listen("listener")
    for line in setup_lines(cell, port):
        module.send(line)
        module.run(5_000_000)
        answer = module.read()
        assert b"[OK]" in answer, (line, answer)
    world.network.tcp_accept("peer", "listener")
    count = cell.megabytes * MEGABYTE
    module.send(send_line(cell, count))
    module.run(1_000_000)
    start_us, arrived = module.now_us, 0
    module.send_soon(bytes(count))
    while arrived < count:
        assert module.step_to(None), "the module stands still"
        module.send_soon(b"")
        arrived += len(world.network.received("peer"))
    return (module.now_us - start_us) / 1e6


def real_s(cell: Cell, count: int) -> float:
    """The same for so many bytes in real time, through a pseudo-terminal to a program on a socket."""
    with (
        helper("peer.py", "sink", count) as peer,
        running(*EMULATOR, "--timing", "realtime", "--firmware", "1.0.5.2") as process,
        device_of(process) as host,
    ):
        host.read_until(BANNER_END)
        for line in setup_lines(cell, int(line_of(peer))):
            host.command(line.removesuffix(b"\r"))
            if line.startswith(b"AT+USET"):
                host.read_until(BANNER_END)
        tell(peer, "go")
        if announcement := send_line(cell, count):
            host.write(announcement)
            host.read_until(b"]\r\n")
        start_s = time.monotonic()
        host.write(bytes(count))
        return float(line_of(peer).split()[0]) - start_s
