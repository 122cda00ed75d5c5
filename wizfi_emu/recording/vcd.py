"""A recording as a value change dump (IEEE 1364, chapter 18): the UART bit by bit, and the pins.

The host's line is ``rx``, the module's ``tx``, as the module calls its pins. Where a recording has no times of the line
(timing ``instant``), a byte begins when the one before it has passed. Lines without power are high, like idle ones.
"""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Item, Recording
from wizfi_emu.recording.online import on_the_line

SAMPLES_PER_BIT = 8
"""What decoders need at least: the unit of time is chosen by it."""
UNITS = (("1 us", 1_000), ("100 ns", 100), ("10 ns", 10), ("1 ns", 1))
"""Units of time, and how many nanoseconds each has."""
ADC_BITS = 12
IDLE_NS = 100_000.0
"""So long the line is idle before the first byte: decoders look for the edge of its start bit."""

_LINE = fx.ConfigureUart(115200, "N", 8, "1", "N")
_PULLED_UP = ("boot", "function")


class _Change(NamedTuple):
    time_ns: int
    wire: str
    value: str


def export_vcd(recording: Recording) -> Iterator[bytes]:
    """The file, piece by piece."""
    items = list(on_the_line(recording))
    pins = list(_pin_changes(items))
    wires = ["rx", "tx", "power", *sorted({change.wire for change in pins} - {"power"})]
    codes = {wire: chr(ord("!") + number) for number, wire in enumerate(wires)}
    unit, unit_ns = _unit(items)
    yield f"$version wizfi-emu {recording.header.program} $end\n$timescale {unit} $end\n".encode()
    yield b"$scope module wizfi250 $end\n"
    for wire in wires:
        yield f"$var {'integer' if wire == 'adc' else 'wire'} {ADC_BITS if wire == 'adc' else 1} ".encode()
        yield f"{codes[wire]} {wire} $end\n".encode()
    yield b"$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n"
    values = {"rx": "1", "tx": "1", "power": "0", "adc": "b0 "} | dict.fromkeys(_PULLED_UP, "1")
    for wire in wires:
        yield f"{values.setdefault(wire, 'z')}{codes[wire]}\n".encode()
    yield b"$end\n"
    last = 0
    host, module = _bits("rx", ev.UartReceived, items), _bits("tx", fx.UartSend, items)
    for time_ns, wire, value in heapq.merge(pins, host, module, key=lambda change: change.time_ns):
        if values[wire] == value:
            continue
        values[wire] = value
        now = round(time_ns / unit_ns)
        if now > last:
            yield f"#{now}\n".encode()
            last = now
        yield f"{value}{codes[wire]}\n".encode()
    # The last stop bit, and a moment of silence behind it.
    yield f"#{last + 20 * SAMPLES_PER_BIT}\n".encode()


def _unit(items: list[tuple[int, Item]]) -> tuple[str, int]:
    fastest = max((item.baud for _, item in items if isinstance(item, fx.ConfigureUart)), default=_LINE.baud)
    needed_ns = 1e9 / fastest / SAMPLES_PER_BIT
    return next((unit for unit in UNITS if unit[1] <= needed_ns), UNITS[-1])


def _bits(wire: str, kind: type[Item], items: list[tuple[int, Item]]) -> Iterator[_Change]:
    """The changes of one direction: its bytes end when the recording says so, or as soon as they can."""
    line, free_ns = _LINE, IDLE_NS
    for time_us, item in items:
        if isinstance(item, fx.ConfigureUart):
            line = item
        elif isinstance(item, kind):
            data: bytes = item.data  # type: ignore[union-attr]  # of both kinds
            bit_ns = 1e9 / max(1, line.baud)
            frames = [_frame(byte, line) for byte in data]
            begins_ns = time_us * 1000 - bit_ns * sum(len(frame) for frame in frames)
            free_ns = max(free_ns, begins_ns)
            for frame in frames:
                for number, bit in enumerate(frame):
                    yield _Change(round(free_ns + number * bit_ns), wire, bit)
                free_ns += len(frame) * bit_ns


def _frame(byte: int, line: fx.ConfigureUart) -> str:
    """Start bit, data from the lowest bit on, parity, stop bits."""
    bits = [byte >> number & 1 for number in range(line.data_bits)]
    parity = {"E": [sum(bits) % 2], "O": [1 - sum(bits) % 2]}.get(line.parity, [])
    stop = 1 if line.stop_bits == "1" else 2  # one and a half is two here
    return "".join(map(str, [0, *bits, *parity, *[1] * stop]))


def _pin_changes(items: list[tuple[int, Item]]) -> Iterator[_Change]:
    """Power, pins and the analogue input. What the module does not drive has the level from outside."""
    by_module: dict[str, bool | None] = {}
    driven: dict[str, bool | None] = {}
    for time_us, item in items:
        match item:
            case ev.PoweredOn() | ev.PoweredOff():
                yield _Change(time_us * 1000, "power", "1" if isinstance(item, ev.PoweredOn) else "0")
            case ev.AdcDriven(value):
                yield _Change(time_us * 1000, "adc", f"b{value:b} ")
            case fx.SetPin(pin, level):
                by_module[pin] = level
                yield _Change(time_us * 1000, pin, _level(pin, by_module, driven))
            case ev.PinDriven(pin, level):
                driven[pin] = level
                yield _Change(time_us * 1000, pin, _level(pin, by_module, driven))
            case _:
                pass


def _level(pin: str, by_module: dict[str, bool | None], driven: dict[str, bool | None]) -> str:
    own, outside = by_module.get(pin), driven.get(pin)
    level = own if own is not None else outside
    if level is None:
        return "1" if pin in _PULLED_UP else "z"
    return str(int(level))
