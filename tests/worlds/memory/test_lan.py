"""Modules of one network in memory reach each other, as on host sockets."""

from __future__ import annotations

import pytest

from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.testing.lockstep import LockstepBench
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.worlds.memory import lan

JOIN = (b"AT+MECHO=0", b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WNET=1", b"AT+WJOIN")
CLIENT, SERVER = "192.168.12.10", "192.168.12.11"


class Pair(LockstepBench):
    """Two modules in the network of the demo world; the test passes the time."""

    def __init__(self) -> None:
        super().__init__(timing="fast")
        ports = self.add_module(), self.add_module("1.0.5.2")
        self.client, self.server = (self.module_at(port) for port in ports)
        for one in (self.client, self.server):
            for command in JOIN:
                assert self.ask(one, command).endswith(b"[OK]\r\n")

    def ask(self, module: VirtualModule, command: bytes, duration_us: int = 2_000_000) -> bytes:
        """Send a command, let time pass, and give what has come."""
        module.send(command + b"\r")
        self.run_for(duration_us)
        return module.read()

    def run_for(self, duration_us: int) -> None:
        """Let time pass for both."""
        clock = self.lockstep.clock
        end_us = clock.now_us + duration_us
        self.host_acted()
        while (next_us := self.next_us) is not None and next_us <= end_us:
            clock.now_us = max(clock.now_us, next_us)
            self.step()
        clock.now_us = end_us

    def host_acted(self) -> None:
        """Give what is between the modules."""
        while self._lan.pump():
            pass


@pytest.fixture
def pair() -> Pair:
    """Two modules."""
    return Pair()


def test_a_client_and_a_server(pair: Pair) -> None:
    assert pair.ask(pair.server, b"AT+SCON=O,TSN,,,5000,0") == b"[OK]\r\n"
    assert b"[CONNECT 0]" in pair.ask(pair.client, f"AT+SCON=O,TCN,{SERVER},5000,,0".encode())
    assert pair.server.read() == b"\r\n[CONNECT 0]\r\n"
    pair.ask(pair.client, b"AT+SSEND=0,,,5")
    pair.client.send(b"hello")
    pair.run_for(1_000_000)
    header, _, data = pair.server.read().partition(b"}")
    assert header.startswith(f"{{0,{CLIENT},".encode())
    assert data == b"hello\r\n"
    assert b"[DISCONNECT 0]" in pair.ask(pair.client, b"AT+SMGMT=0")
    assert pair.server.read() == b"\r\n[DISCONNECT 0]\r\n"


def test_nobody_listens(pair: Pair) -> None:
    assert b"[CONNECT 0]" not in pair.ask(pair.client, f"AT+SCON=O,TCN,{SERVER},5001,,0".encode(), 30_000_000)


def test_a_module_reaches_neither_itself_nor_nobody(pair: Pair) -> None:
    pair.ask(pair.client, b"AT+SCON=O,TSN,,,5000,0")
    for address in (CLIENT, "192.168.12.77"):
        assert b"[CONNECT" not in pair.ask(pair.client, f"AT+SCON=O,TCN,{address},5000,,0".encode(), 30_000_000)


def test_a_server_without_power_is_gone(pair: Pair) -> None:
    pair.ask(pair.server, b"AT+SCON=O,TSN,,,5000,0")
    pair.ask(pair.client, f"AT+SCON=O,TCN,{SERVER},5000,,0".encode())
    pair.client.read()
    pair.server.power_off()
    pair.run_for(1_000_000)
    pair.host_acted()
    assert pair.client.read() == b"\r\n[DISCONNECT 0]\r\n"


def test_datagrams(pair: Pair) -> None:
    pair.ask(pair.server, f"AT+SCON=O,UCN,{CLIENT},6000,6001,0".encode())
    pair.ask(pair.client, f"AT+SCON=O,UCN,{SERVER},6001,6000,0".encode())
    pair.server.read()
    pair.ask(pair.client, b"AT+SSEND=0,,,3")
    pair.client.send(b"abc")
    pair.run_for(1_000_000)
    assert pair.server.read() == f"{{0,{CLIENT},6000,3}}abc\r\n".encode()


def test_much_data_waits_for_a_server_that_takes_none(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "WINDOW_BYTES", 2000)
    pair.ask(pair.server, b"AT+SCON=O,TSN,,,5000,1")
    pair.ask(pair.client, f"AT+SCON=O,TCN,{SERVER},5000,,1".encode())
    pair.server.read()
    pair.client.read()
    with monkeypatch.context() as context:
        context.setattr(VirtualModule, "network_room", False)
        for _ in range(4):
            pair.client.send(b"x" * 1000)
            pair.run_for(1_000_000)
        assert pair.server.read() == b""
        [cable] = pair._lan._cables
        assert len(cable[0].stream.to_peer) < 4000
    pair.run_for(1_000_000)
    pair.host_acted()
    pair.run_for(1_000_000)
    assert pair.server.read() == b"x" * 4000


def test_datagrams_that_are_too_many_are_lost(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "QUEUED_DATAGRAMS", 1)
    pair.ask(pair.server, f"AT+SCON=O,UCN,{CLIENT},6000,6001,0".encode())
    network = pair.client.network
    for text in (b"one", b"two"):
        sender = network._others
        assert sender is not None
        sender.deliver(Endpoint("127.0.0.1", 6000), Endpoint("127.0.0.2", 6001), text)
    pair.server.read()
    pair.host_acted()
    assert b"one" in (came := pair.server.read())
    assert b"two" not in came
