"""Value change dumps, read back by sigrok-cli's UART decoder, and the pins in them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.programs import need
from tests.recording.sessions import Tape, record, talk_to_peers
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.vcd import export_vcd


def dump(recording: Recording) -> str:
    return b"".join(export_vcd(recording)).decode("ascii")


def changes(text: str, wire: str) -> list[tuple[int, str]]:
    """The times and values of one wire."""
    [code] = re.findall(rf"\$var \w+ \d+ (\S+) {wire} \$end", text)
    found, now = [], 0
    for line in text.partition("$enddefinitions $end\n")[2].splitlines():
        if line.startswith("#"):
            now = int(line[1:])
        elif line.endswith(code) and not line.startswith("$"):
            found.append((now, line.removesuffix(code).strip()))
    return found


def decoded(text: str, wire: str, path: Path, *settings: str) -> bytes:
    """What sigrok's UART decoder finds on a wire."""
    path.write_text(text)
    decoder = ":".join(["uart", f"rx={wire}", *settings])
    command = [*need("sigrok-cli"), "-I", "vcd", "-i", str(path), "-P", decoder, "-B", "uart=rx"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.slow
@pytest.mark.parametrize(("wire", "kind"), [("rx", ev.UartReceived), ("tx", fx.UartSend)])
def test_sigrok_reads_the_bytes_back(wire: str, kind: type[ev.UartReceived | fx.UartSend], tmp_path: Path) -> None:
    recording = record(talk_to_peers)
    said = b"".join(item.data for _, item in recording.items() if isinstance(item, kind))
    assert len(said) > 100
    assert decoded(dump(recording), wire, tmp_path / "session.vcd", "baudrate=115200") == said


def line_of(baud: int, parity: str, data_bits: int, stop_bits: str) -> Recording:
    """The module says something on a line with these settings."""
    tape = Tape(redacted=False)
    tape.recorder(ev.PoweredOn(b""), 0)
    tape.recorder(fx.ConfigureUart(baud, parity, data_bits, stop_bits, "N"), 0)
    tape.recorder(fx.UartSend(b"Hi there 0123\r\n"), 50_000)
    return tape.end()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("baud", "parity", "data_bits", "stop_bits"),
    [(9600, "E", 7, "1"), (921600, "O", 8, "2"), (115200, "E", 8, "1"), (1200, "N", 8, "1.5")],
)
def test_sigrok_reads_every_setting_of_the_line(
    baud: int, parity: str, data_bits: int, stop_bits: str, tmp_path: Path
) -> None:
    word = {"N": "none", "E": "even", "O": "odd"}[parity]
    settings = [f"baudrate={baud}", f"parity={word}", f"data_bits={data_bits}", "stop_bits=1.0"]
    text = dump(line_of(baud, parity, data_bits, stop_bits))
    assert decoded(text, "tx", tmp_path / "line.vcd", *settings) == b"Hi there 0123\r\n"


def test_the_last_byte_ends_when_the_recording_says_so() -> None:
    tape = Tape(redacted=False)
    tape.recorder(ev.PoweredOn(b""), 0)
    tape.recorder(ev.UartReceived(b"U"), 10_000)  # 0x55: an edge with each bit
    edges = changes(dump(tape.end()), "rx")
    bit_us = 1e6 / 115200
    assert edges[1] == (round(10_000 - 10 * bit_us), "0")
    assert [value for _, value in edges] == ["1", *"01" * 5]


def test_a_unit_is_an_eighth_of_a_bit_at_most() -> None:
    assert "$timescale 1 us $end" in dump(line_of(115200, "N", 8, "1"))
    assert "$timescale 100 ns $end" in dump(line_of(921600, "N", 8, "1"))


def test_pins_and_power() -> None:
    def session(desk: Desk) -> None:
        desk.feed(ev.PinDriven("function", False))
        desk.quiet(120_000)
        desk.feed(ev.PinDriven("function", None), ev.AdcDriven(2048))
        desk.quiet(100_000)
        desk.feed(ev.PoweredOff())

    text = dump(record(session))
    function = changes(text, "function")
    assert [value for _, value in function] == ["1", "0", "1"]
    assert function[2][0] - function[1][0] == 120_000
    assert [value for _, value in changes(text, "power")] == ["0", "1", "0"]
    assert [value for _, value in changes(text, "adc")] == ["b0", "b100000000000"]
    assert [value for _, value in changes(text, "led1")][-1] == "1"
    assert changes(text, "gpio1")[-1][1] == "0"


def test_an_empty_recording() -> None:
    assert changes(dump(Tape().end()), "tx") == [(0, "1")]
