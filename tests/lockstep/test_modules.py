"""Several modules on one air, in one time."""

from __future__ import annotations

import threading
import time

import pytest
import serial

from wizfi_emu.lockstep.modules import KERNEL_BYTES
from wizfi_emu.scenario.model import EchoPeer
from wizfi_emu.stages.observer import Observer
from wizfi_emu.testing.lockstep import LockstepBench, lockstep

JOIN = (b"AT+MECHO=0", b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WNET=1", b"AT+WJOIN")


def command(port: serial.Serial, text: bytes) -> bytes:
    port.write(text + b"\r")
    answer = port.read_until(b"]\r\n")
    while not answer.endswith((b"[OK]\r\n", b"[ERROR]\r\n")):
        answer += port.read_until(b"]\r\n")
    return answer


def join(device: str) -> bytes:
    with serial.Serial(device, 115200, timeout=30) as port:
        return b"".join(command(port, text) for text in JOIN)


def test_two_hosts_with_two_modules_on_one_air() -> None:
    answers: dict[str, bytes] = {}

    def host(device: str, pause: float) -> None:
        time.sleep(pause)
        answers[device] = join(device)

    with lockstep() as bench:
        second = bench.add_module(firmware="1.0.5.2")
        hosts = [threading.Thread(target=host, args=args) for args in ((bench.port, 0.5), (second, 0.1))]
        for one in hosts:
            one.start()
        for one in hosts:
            one.join()
        assert bench.module.radio.air is bench.module_at(second).radio.air
    assert b"192.168.12." in answers["wizfi://0"]
    assert b"192.168.12." in answers["wizfi://1"]
    assert list(answers) == ["wizfi://1", "wizfi://0"]


def events_of(bench: LockstepBench) -> list[str]:
    events: list[str] = []
    bench.module.add(Observer(lambda item, now_us: events.append(f"{now_us} {item}")))
    bench.add_peer("echo", EchoPeer(port=5000))
    reader_done = threading.Event()

    def count() -> None:
        while not reader_done.wait(0.003):
            time.monotonic()

    counter = threading.Thread(target=count)
    counter.start()
    join(bench.port)
    with serial.Serial(bench.port, timeout=1) as port:
        port.write(b"AT+SCON=O,TCN,192.168.12.1,5000,,1\r")
        port.read_until(b"[CONNECT 0]\r\n")
        port.write(b"hello")
        port.read_until(b"hello")
    reader_done.set()
    counter.join()
    return events


@pytest.mark.slow
def test_a_hundred_runs_have_one_and_the_same_list_of_events() -> None:
    runs = []
    for _ in range(100):
        with lockstep() as bench:
            runs.append(events_of(bench))
    assert len(runs[0]) > 30
    assert all(run == runs[0] for run in runs)


def test_what_a_test_does_to_a_module_is_seen_at_once() -> None:
    with lockstep() as bench, serial.Serial(bench.port, timeout=1) as port:
        bench.module.power_off()
        bench.module.power_on()
        assert b"WizFi250 Version" in port.read_until(b"WizFi250 Version")


def test_what_a_host_does_not_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizfi_emu.lockstep.modules.RECEIVED_BYTES", 100)
    with lockstep() as bench, serial.Serial(bench.port, 115200, timeout=5) as port:
        port.write(b"AT+MHELP\r")
        time.sleep(5)
        assert len(bench.ends[bench.port].received) == 100
        assert port.read(1000).endswith(b"[OK]\r\n")


def test_a_module_that_takes_nothing_makes_the_host_wait() -> None:
    with lockstep() as bench:
        end = bench.ends[bench.port]
        end.device.switch_power(False)
        end.device.holds_input = True
        end.write(b"x" * (KERNEL_BYTES - 1))
        assert end.takes_more
        end.write(b"x")
        assert not end.takes_more
        end.discard()
        assert end.takes_more
