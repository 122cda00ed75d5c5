"""What a host moves in command mode through the terminal: AT+SSEND of much, AT+SSEND of little, received blocks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from threading import Thread

from tests.bench.peer import payload
from tests.bench.programs import Host, connected_module, helper, line_of, tell
from tests.bench.table import Row, Sizes

Turn = Callable[[], None]

ROUNDS = 5
SEND_MEGABYTES = 10
SMALL = b"abcd"
SMALL_COMMAND = b"AT+SSEND=0,,,%d\r" % len(SMALL)
SMALL_ANSWER = SMALL_COMMAND + b"\n[0,,,%d]\r\n[OK]\r\n" % len(SMALL)
BLOCK_BYTES = 1460
HEADER = re.compile(rb"\{0,[\d.]+,\d+,(\d+)\}")
HEADER_BYTES_MAX = 64


def measure_commands(sizes: Sizes) -> list[Row]:
    """Each the median of some rounds, from the host's first byte to its last one."""
    megabytes = min(SEND_MEGABYTES, sizes.megabytes)
    speed = megabytes / _one_long_send(megabytes * 1_000_000)
    rate = sizes.sends / _short_sends(sizes.sends)
    blocks = sizes.megabytes * 1_000_000 / BLOCK_BYTES / _received_blocks(sizes.megabytes * 1_000_000)
    return [
        _row(f"AT+SSEND of {megabytes} MB", speed, "MB/s", 60),
        _row(f"AT+SSEND of {len(SMALL)} bytes, {sizes.sends} in a row", rate, "a second", 15_000),
        _row(f"blocks of {BLOCK_BYTES} bytes in command mode, {sizes.megabytes} MB", blocks, "a second", 100_000),
    ]


def _row(what: str, measured: float, unit: str, least: float) -> Row:
    return Row(what, f"{measured:.0f} {unit}", "", "", f"at least {least:,} {unit}", measured >= least)


def _one_long_send(count: int) -> float:
    data = payload(count)
    with _module("sink", count) as (host, receive):

        def turn() -> None:
            receive()
            host.command(b"AT+SSEND=0,,,%d" % count, b"]\r\n")
            host.write(data)
            host.read_until(b"[OK]\r\n")

        return _median_s(turn)


def _short_sends(count: int) -> float:
    commands = (SMALL_COMMAND + SMALL) * count
    with _module("sink", len(SMALL) * count) as (host, receive):

        def turn() -> None:
            receive()
            writer = Thread(target=host.write, args=(commands,))
            writer.start()
            answer = host.read_exactly(len(SMALL_ANSWER) * count)
            writer.join()
            if answer != SMALL_ANSWER * count:
                raise RuntimeError("AT+SSEND was answered with something else")

        return _median_s(turn)


def _received_blocks(count: int) -> float:
    with _module("source", count) as (host, send):

        def turn() -> None:
            received = bytearray()
            position, left = 0, count
            send()
            while left or len(received) < position:
                received += host.read()
                while header := HEADER.search(received, position, position + HEADER_BYTES_MAX):
                    left -= int(header[1])
                    position = header.end() + int(header[1])

        return _median_s(turn)


@contextmanager
def _module(role: str, count: int) -> Iterator[tuple[Host, Turn]]:
    """The host of a module whose socket 0 is in command mode, and what lets its peer do its part once more."""
    with (
        helper("peer.py", role, count) as peer,
        connected_module(int(line_of(peer)), "--timing", "fast", data_mode=False) as host,
    ):
        waits = False

        def go() -> None:
            nonlocal waits
            if waits:
                line_of(peer)  # the end of the last part
            waits = True
            tell(peer, "go")

        yield host, go


def _median_s(turn: Turn) -> float:
    spans = []
    for _ in range(ROUNDS):
        start_s = time.monotonic()
        turn()
        spans.append(time.monotonic() - start_s)
    return median(spans)
