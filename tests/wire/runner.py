"""Plays a session against a module on the bench."""

from __future__ import annotations

import time

from tests.wire.bench import Bench
from tests.wire.transcript import Step

ESCAPE_S = 1.0
EARLY_S = 0.02
"""The module may have read ``+++`` a little before this end has noted the time."""
ANY_LINES = "..."


class StepError(AssertionError):
    """A step that did not go as written."""


def play(bench: Bench, steps: tuple[Step, ...]) -> None:
    """Play steps in order. Raises StepError at the first one that does not go as written; they count from 1."""
    for number, step in enumerate(steps, 1):
        try:
            _do(bench, step)
            _check(bench, step)
        except (AssertionError, OSError) as error:
            raise StepError(f"step {number} ({step}): {error}") from error
    try:
        bench.terminal.expect_silence()
        bench.peers.expect_nothing_unread()
    except AssertionError as error:
        raise StepError(f"after the last step: {error}") from error


def _do(bench: Bench, step: Step) -> None:
    terminal, peers = bench.terminal, bench.peers
    if step.at is not None:
        terminal.exchange(_bytes(step.at) + b"\r", _bytes(step.at) + b"\r\n")
    elif step.send is not None:
        terminal.send(_bytes(step.send))
    elif step.escape:
        _escape(bench)
    elif step.wait_ms is not None:
        time.sleep(step.wait_ms / 1000)  # a real timer of the module has to end
    elif step.listen is not None:
        peers.listen(step.listen.peer, step.listen.port, tls=step.listen.tls)
    elif step.accept is not None:
        port = peers.accept(step.accept.peer, step.accept.at)
        assert step.accept.from_port in (0, port), f"the module connects from port {port}"
    elif step.connect is not None:
        peers.connect(step.connect.peer, step.connect.to, step.connect.from_port)
    elif step.udp is not None:
        peers.udp(step.udp.peer, step.udp.port)
    elif step.peer_sends is not None:
        peers.send(step.peer_sends.peer, _bytes(step.peer_sends.data), step.peer_sends.to)
    elif step.peer_gets is not None:
        _get(bench, step.peer_gets.peer, _bytes(step.peer_gets.data), step.peer_gets.from_port)
    elif step.close is not None:
        peers.close(step.close)
    elif step.peer_closed is not None:
        peers.expect_closed(step.peer_closed)


def _escape(bench: Bench) -> None:
    bench.terminal.send(b"+++")
    start_s = time.monotonic()
    bench.terminal.expect(b"[OK]\r\n")
    took_s = time.monotonic() - start_s
    assert took_s > ESCAPE_S - EARLY_S, f"[OK] after {took_s:.3f} s"


def _get(bench: Bench, peer: str, data: bytes, from_port: int) -> None:
    if bench.peers.is_udp(peer):
        got, port = bench.peers.receive_from(peer)
        assert from_port in (0, port), f"{peer} gets it from port {port}"
    else:
        got = bench.peers.receive(peer, len(data))
    assert got == data, f"{peer} gets {got!r} instead of {data!r}"


def _check(bench: Bench, step: Step) -> None:
    if step.lines is not None:
        _check_lines(bench, step.lines.splitlines())
    elif step.expect is not None:
        bench.terminal.expect(_bytes(step.expect))
        bench.terminal.expect_silence()


def _check_lines(bench: Bench, lines: list[str]) -> None:
    skipping = False
    for line in lines:
        if line == ANY_LINES:
            skipping = True
            continue
        got = bench.terminal.read_line()
        while skipping and got != _bytes(line):
            got = bench.terminal.read_line()
        assert got == _bytes(line), f"the line {got!r} instead of {line!r}"
        skipping = False


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
