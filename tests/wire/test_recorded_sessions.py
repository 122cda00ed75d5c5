"""Recordings of the running program: a kill, live hosts in recorded worlds. Every other wire test is recorded too."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.emulator import PATIENCE_S, Terminal, expect_same_again, running
from tests.wire.peers import Peers
from wizfi_emu.module import effects as fx
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.replay import replay
from wizfi_emu.testing.running import own_host_address

pytestmark = pytest.mark.slow


def sent(recording: Recording) -> bytes:
    return b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))


@pytest.mark.parametrize("options", [(), ("--record-secrets",)])
def test_a_recording_survives_a_kill(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = tmp_path / "session.jsonl"
    command = [sys.executable, "-m", "wizfi_emu", "run", "--flash", ":memory:", "--record", str(path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0]
            with closing(Terminal(process.stdout.readline().strip())) as terminal:
                terminal.synchronize()
                for _ in range(50):
                    terminal.exchange(b"AT+WSET=?\r", b"AT+WSET=?\r\n0,WizFiAP,00:00:00:00:00:00,6\r\n[OK]\r\n")
        finally:
            process.send_signal(signal.SIGKILL)
    recording = read_recording(path)
    assert sent(recording).count(b"0,WizFiAP") == 50
    assert replay(recording).difference is None


def test_keys_are_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    flash = tmp_path / "flash.bin"
    for record, key in ((path, b"topSecret!"), (tmp_path / "again.jsonl", b"topSecret!")):
        with running("--record", record, "--flash", flash) as emulator, closing(Terminal(emulator.device)) as terminal:
            terminal.synchronize()
            for letter in b"AT+WSEC=0,WPA2," + key:
                terminal.exchange(bytes((letter,)), bytes((letter,)))
            terminal.exchange(b"\r", b"\r\n[OK]\r\n")
            terminal.exchange(b"AT+WSEC=?\r", b"AT+WSEC=?\r\n0,WPA2,topSecret!\r\n[OK]\r\n")
        expect_same_again(record)
        recording = read_recording(record)
        assert b"topSecret!" not in sent(recording)
        assert sent(recording).count(b"WPA2,1xxxxxxxxx\r\n") == 2
    # The second program began with the key in its flash and was given it again: nothing to write.
    assert not any(isinstance(item, fx.WriteFlash) for _, item in read_recording(tmp_path / "again.jsonl").items())


def talk(terminal: Terminal, peers: Peers | None) -> bytes:
    """A host with a peer, or with what is left of it; gives what the host saw of the peer."""
    terminal.synchronize()
    for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN"):
        terminal.send(line + b"\r")
        terminal.read_until(b"[OK]\r\n")
    if peers is not None:
        peers.listen("server", 5000)
    terminal.send(b"AT+SCON=O,TCN,192.168.12.23,5000,,0\r")
    terminal.read_until_all(b"[OK]\r\n", b"[CONNECT 0]\r\n")
    if peers is not None:
        peers.accept("client", "server")
    terminal.send(b"AT+SSEND=0,,,5\r")
    terminal.read_until(b"[0,,,5]\r\n")
    terminal.exchange(b"Hello", b"[OK]\r\n")
    if peers is not None:
        assert peers.receive("client", 5) == b"Hello"
        peers.send("client", b"Hi WizFi250")
    seen = terminal.read_until(b"Hi WizFi250\r\n")
    if peers is not None:
        peers.close("client")
    return seen + terminal.read_until(b"[DISCONNECT 0]\r\n")


def test_a_live_host_in_the_world_of_a_recorded_one(tmp_path: Path) -> None:
    """Recorded with a real peer, replayed without any."""
    path = tmp_path / "session.jsonl"
    address = own_host_address()
    with (
        running("--record", path, "--timing", "fast", "--host-address", address) as emulator,
        closing(Terminal(emulator.device)) as terminal,
        Peers(address, address) as peers,
    ):
        seen = talk(terminal, peers)
    command = [sys.executable, "-m", "wizfi_emu", "replay", str(path), "--serve", "--timing", "fast", "-q"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0]
            with closing(Terminal(process.stdout.readline().strip())) as terminal:
                assert talk(terminal, None) == seen
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
