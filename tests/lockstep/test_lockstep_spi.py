"""The SPI line in lockstep: by the fixture, and over the socket."""

from __future__ import annotations

import socket
import threading
import time

from tests.spi.test_vendor_host import client
from wizfi_emu.lockstep.server import serve
from wizfi_emu.lockstep.spi import BYTE_US, SpiLine
from wizfi_emu.scenario.model import EchoPeer
from wizfi_emu.testing.lockstep import LockstepBench, lockstep

__all__ = ["client"]


def test_a_host_of_the_examples_in_virtual_time(client: object) -> None:
    with lockstep(timing="realtime") as bench:
        bench.add_peer("echo", EchoPeer(port=5000))
        time.sleep(2)  # until it has booted nobody drives the line
        spi = client.WizFiSpi(bench.spi())  # type: ignore[attr-defined]  # the file of the client
        for command in (b"AT+MECHO=0", b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WJOIN"):
            spi.write(command + b"\r")
            got = b""
            while b"[OK]\r\n" not in got:
                got += spi.read(30.0)
        spi.write(b"AT+SCON=O,TCN,192.168.12.1,5000,,0\r")
        assert b"[CONNECT 0]" in spi.read(10.0) + spi.read(10.0)
        assert bench.lockstep.clock.now_us > 2_000_000


def test_a_transfer_takes_the_time_of_its_clocks() -> None:
    with lockstep() as bench:
        line, before_us = bench.spi(), bench.lockstep.clock.now_us
        assert line.transfer(b"AT\r" + b"\xf0" * 17) == b"\xf0\xf0AT\r\n[OK]\r\n" + b"\xf0" * 8
        assert bench.lockstep.clock.now_us - before_us == 20 * BYTE_US


def test_the_pin_is_waited_for() -> None:
    with lockstep() as bench:
        line = bench.spi()
        before_us = bench.lockstep.clock.now_us
        assert not line.ready(0.5)
        assert bench.lockstep.clock.now_us - before_us >= 500_000
        line.transfer(b"AT\r")
        assert line.ready(0.5)


def ask(bench: LockstepBench, *requests: bytes) -> list[bytes]:
    """A host on the socket: the data of each answer."""
    host, ours = socket.socketpair()
    answers: list[bytes] = []

    def talk() -> None:
        with host, host.makefile("rwb") as stream:
            for request in requests:
                stream.write(request)
                stream.flush()
                count = int(stream.readline().split()[1])
                answers.append(stream.read(count))

    thread = threading.Thread(target=talk)
    with bench.lockstep.outside():
        thread.start()
    with ours:
        serve(ours, bench.lockstep, bench.ends[bench.port])
    with bench.lockstep.outside():
        thread.join()
    return answers


def test_verbs_over_the_socket() -> None:
    with lockstep() as bench:
        assert isinstance(bench.spi(), SpiLine)
        read = b"transfer 14\n" + b"\xf0" * 14
        answers = ask(bench, b"ready 0\n", b"transfer 3\nAT\r", b"ready 0\n", read, b"ready 0\n")
    assert answers == [b"0", b"\xf0\xf0A", b"1", b"T\r\n[OK]\r\n" + b"\xf0" * 5, b"0"]
