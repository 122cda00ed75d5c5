"""The emulator beside a module: what it infers from texts, and what it finds different."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.desk import firmware_named
from tests.recording.corpus import read_corpus
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Recording, decode_recording
from wizfi_emu.recording.tapping import shadow
from wizfi_emu.recording.tapping.guess import ASSUMED_CLIENT
from wizfi_emu.recording.tapping.shadow import EARLY_US, QUIET_US, Shadow, Spoken

S = 1_000_000
BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"
JOINED = b"Joining : Net\r\nSuccessfully joined : Net\r\n"
LINK_UP = b"\r\n[Link-Up Event]\r\n  IP Addr    : 10.0.0.7\r\n  Gateway    : 10.0.0.1\r\n"
UNHEARD = (
    ev.SpiTransferred,
    ev.UartLost,
    ev.PinDriven,
    ev.AirCommandReceived,
    ev.WebDataReceived,
    ev.PoweredOff,
)
"""What a tap cannot hear."""
SAMPLE = 12
"""One of so many sessions is played; all of them take half a minute."""


@dataclass
class Bench:
    """A shadow, and a real module and its host in the hands of a test."""

    firmware: Firmware = field(default_factory=lambda: firmware_named("1.0.5.2"))
    now_us: int = 0
    heard: list[Spoken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shadow = Shadow(lambda _version: new_module(self.firmware), self.heard.append)

    def host(self, data: bytes, after_us: int = S) -> None:
        self.now_us += after_us
        self.shadow.hear_host(data, self.now_us)

    def module(self, data: bytes, after_us: int = 1000) -> None:
        self.now_us += after_us
        self.shadow.hear_module(data, self.now_us)

    def ask(self, line: bytes, answer: bytes = b"[OK]\r\n") -> None:
        self.host(line + b"\r")
        self.module(line + b"\r\n" + answer)

    def boot(self) -> None:
        self.module(BANNER)

    def join(self) -> None:
        self.boot()
        self.ask(b"AT+WSET=0,Net")
        self.ask(b"AT+WSEC=0,WPA2,12345678")
        self.ask(b"AT+WJOIN", JOINED + LINK_UP + b"[OK]\r\n")

    def end(self) -> list[Spoken]:
        self.shadow.close()
        return self.heard

    def events(self, kind: type[ev.Event]) -> list[ev.Event]:
        return [one.event for one in self.end() if isinstance(one.event, kind)]

    @property
    def said(self) -> list[bytes]:
        """What the module said otherwise."""
        return [one.said for one in self.end() if one.said is not None]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def plays_in_its_world(recording: Recording) -> bool:
    """Whether a tap could have heard it from the beginning."""
    items = [item for _, item in recording.items()]
    powered = next((item for item in items if isinstance(item, ev.PoweredOn)), None)
    return (
        powered is not None
        and not powered.image
        and any(isinstance(item, ev.UartReceived) for item in items)
        and not any(isinstance(item, UNHEARD) for item in items)
    )


@pytest.mark.slow
def test_sessions_of_the_emulator_are_as_the_emulator() -> None:
    """What is left are failures of flash and peers, MQTT and WPS, which no text tells."""
    total, different = 0, []
    for number, (name, data) in enumerate(read_corpus()):
        if number % SAMPLE:
            continue
        recording = decode_recording(data, name)
        if not plays_in_its_world(recording):
            continue
        bench = Bench(recording.header.firmware)
        said = bytearray()
        for time_us, item in recording.items():
            if isinstance(item, ev.UartReceived):
                bench.shadow.hear_host(item.data, time_us)
            elif isinstance(item, fx.UartSend):
                bench.shadow.hear_module(item.data, time_us)
                said += item.data
        heard = b"".join(bytes(one.matched) if one.said is None else one.said for one in bench.end())
        assert sorted(heard) == sorted(said), f"{name}: every byte is in the recording"
        total += 1
        different += [name] if bench.shadow.differences else []
    assert total > 150
    assert len(different) <= total * 0.06, different


def test_a_join_and_its_address_are_inferred(bench: Bench) -> None:
    bench.join()
    assert [one.failure for one in bench.events(ev.JoinEnded) if isinstance(one, ev.JoinEnded)] == [None]
    (offer,) = bench.events(ev.AddressOffered)
    assert isinstance(offer, ev.AddressOffered)
    assert (offer.address, offer.gateway) == ("10.0.0.7", "10.0.0.1")
    assert bench.shadow.differences == 0
    assert "the netmask 255.255.255.0, and the gateway as name server" in bench.shadow.assumed


def test_text_in_pieces(bench: Bench) -> None:
    bench.boot()
    bench.ask(b"AT+WSET=0,Net")
    bench.host(b"AT+WJOIN\r")
    for byte in b"AT+WJOIN\r\n" + JOINED + LINK_UP + b"[OK]\r\n":
        bench.module(bytes((byte,)), 87)
    assert bench.said == []


def test_the_security_of_a_network_that_no_scan_has_shown_is_assumed(bench: Bench) -> None:
    bench.boot()
    bench.ask(b"AT+WSET=0,Net")
    bench.ask(b"AT+WSEC=0,,12345678")
    bench.ask(b"AT+WJOIN", JOINED + LINK_UP + b"[OK]\r\n")
    assert bench.said == []
    assert any(text.startswith("the security of the network that is joined: WPA2") for text in bench.shadow.assumed)


def test_sockets_and_their_data_are_inferred(bench: Bench) -> None:
    bench.join()
    bench.host(b"AT+SCON=O,TCN,10.0.0.9,5000,,0\r")
    bench.module(b"AT+SCON=O,TCN,10.0.0.9,5000,,0\r\n", 1000)
    bench.module(b"[OK]\r\n", 100_000)
    bench.module(b"\r\n[CONNECT 0]\r\n")
    bench.module(b"{0,10.0.0.9,5000,5}he")
    bench.module(b"llo\r\n")
    bench.module(b"\r\n[DISCONNECT 0]\r\n", S)
    bench.ask(b"AT+SCON=O,TSN,,,7000,0")
    bench.module(b"\r\n[CONNECT 0]\r\n", 5 * S)
    assert bench.events(ev.SocketOpened)
    assert bench.events(ev.SocketReceived) == [ev.SocketReceived(1, b"hello", "10.0.0.9", 5000)]
    assert bench.events(ev.SocketClosed) == [ev.SocketClosed(1)]
    assert bench.events(ev.SocketAccepted) == [ev.SocketAccepted(2, *ASSUMED_CLIENT)]
    assert bench.shadow.differences == 0


def test_a_link_that_is_lost_and_found(bench: Bench) -> None:
    bench.join()
    bench.module(b"\r\n[Link-Down Event]\r\n", 60 * S)
    bench.module(LINK_UP, 10 * S)
    bench.ask(b"AT")
    assert [len(bench.events(kind)) for kind in (ev.LinkLost, ev.LinkRegained)] == [1, 1]
    assert bench.shadow.differences == 0


@pytest.mark.parametrize("early_us", [0, EARLY_US - 1000])
def test_a_module_may_be_a_little_faster(bench: Bench, early_us: int) -> None:
    """AT+SCON's answer comes after 100 ms, the escape's after a second."""
    bench.join()
    bench.host(b"AT+SCON=O,TCN,10.0.0.9,5000,,1\r")
    bench.module(b"AT+SCON=O,TCN,10.0.0.9,5000,,1\r\n\r\n[CONNECT 0]\r\n")
    bench.module(b"[OK]\r\n", 100_000)
    bench.host(b"data")
    bench.module(b"from the peer", S)
    bench.host(b"+++", 2 * S)
    bench.module(b"[OK]\r\n", S - early_us)
    bench.ask(b"AT")
    assert bench.events(ev.SocketReceived) == [ev.SocketReceived(1, b"from the peer", "10.0.0.9", 5000)]
    assert bench.said == []


def test_another_answer_is_a_difference_and_the_rest_is_compared_again(bench: Bench) -> None:
    bench.boot()
    bench.ask(b"AT")
    bench.ask(b"AT+NEW", b"[OK]\r\nand more\r\n")
    bench.ask(b"AT")
    assert bench.said == [b"AT+NEW\r\n[OK]\r\nand more\r\n"]
    assert bench.shadow.differences == 1


def test_what_nothing_explains_is_a_difference(bench: Bench) -> None:
    bench.boot()
    bench.ask(b"AT")
    bench.module(b"*** something new ***\r\n", 10 * S)
    bench.module(b"and again", 2 * QUIET_US)
    bench.ask(b"AT")
    assert bench.said == [b"AT\r\n[OK]\r\n*** something new ***\r\nand again"]


def test_an_answer_that_does_not_come(bench: Bench) -> None:
    bench.boot()
    bench.host(b"AT\r")
    bench.module(b"AT\r\n")
    bench.ask(b"AT+MMAC=?", b"00:08:DC:00:00:00\r\n[OK]\r\n")
    assert bench.said == [b"AT\r\n"]


def test_news_that_cross_a_command(bench: Bench) -> None:
    bench.join()
    bench.host(b"AT\r")
    bench.module(b"\r\n[Link-Down Event]\r\nAT\r\n[OK]\r\n")
    assert bench.said == []
    assert len(bench.events(ev.LinkLost)) == 1


def test_a_module_that_was_running(bench: Bench) -> None:
    bench.ask(b"AT")
    bench.ask(b"AT+MRESET")
    bench.module(BANNER, S)
    bench.ask(b"AT")
    assert bench.said == []
    assert list(bench.shadow.assumed) == ["the module was running with the factory's settings"]
    assert [one.cause for one in bench.events(ev.PoweredOn) if isinstance(one, ev.PoweredOn)] == [
        ev.ResetCause.POWER,
        ev.ResetCause.RESET,
    ]


def test_the_version_of_the_banner_is_asked_for() -> None:
    versions: list[str] = []

    def make(version: str) -> object:
        versions.append(version)
        return new_module(firmware_named("1.0.5.2"))

    one = Shadow(make, lambda _spoken: None)  # type: ignore[arg-type]  # it is a module
    one.hear_module(b"WizFi250 Version 0.9.9", 0)
    assert versions == []
    one.hear_module(b".9 (WIZnet)\r\n", 10)
    assert versions == ["0.9.9.9"]


def test_text_without_end_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "UNEXPLAINED_BYTES_MAX", 1000)
    bench.boot()
    for _ in range(300):
        bench.module(b"x" * 10, 10)
    assert sum(map(len, bench.said)) == 3000 + len(BANNER)


def test_nothing_at_all(bench: Bench) -> None:
    assert bench.end() == []
