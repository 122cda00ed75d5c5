"""The wire alone: when bytes come and go, what stops the host, what is lost."""

from __future__ import annotations

import itertools

import pytest

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import RECEIVE_BUFFER_BYTES
from wizfi_emu.stages.lineclock import LONGEST_SLICE_US, SLICE_US, Framing
from wizfi_emu.stages.stage import Item
from wizfi_emu.stages.wire import (
    INPUT_SLICE_BYTES,
    OUTPUT_LIMIT_BYTES,
    OUTPUT_ROOM_BYTES,
    READ_AHEAD_BYTES,
    STOP_ABOVE_BYTES,
    Wire,
)

BYTE_US = Framing().byte_us
DATA = bytes(itertools.islice(itertools.cycle(range(251)), 30_000))


class Line:
    """A wire, and a module that reads nothing unless told, in a time of its own."""

    def __init__(
        self, *, lead_us: int = 0, longest_slice_us: int = SLICE_US, cost: float = 1, extra: float = 0
    ) -> None:
        self.now_us = 0
        self.unread = bytearray()
        self.reads = True
        self.held = False
        self.told: list[tuple[int, ev.Event]] = []
        self.sent: list[tuple[int, bytes]] = []
        self.logged: list[str] = []
        self.left: list[tuple[int, int, int, int]] = []
        self.stops: list[bool] = []
        self.set_ups: list[tuple[int, int, bytes]] = []
        self.wire = Wire(
            lambda: len(self.unread),
            byte_cost=cost,
            extra_us=lambda: extra,
            held=lambda: self.held,
            lead_us=lead_us,
            longest_slice_us=longest_slice_us,
        )
        self.wire.on_left = lambda count, since_us, until_us, waiting: self.left.append(
            (count, round(since_us), round(until_us), waiting)
        )
        self.wire.on_stop = self.stops.append

    def set_up(self, baud: int, parity: str = "N", data_bits: int = 8, stop_bits: str = "1", flow: str = "N") -> None:
        effect = fx.ConfigureUart(baud, parity, data_bits, stop_bits, flow)
        self._take(self.wire.execute(effect, self.now_us))

    def hear(self, data: bytes) -> None:
        self._take(self.wire.receive(ev.UartReceived(data), self.now_us))

    def send(self, data: bytes) -> None:
        self._take(self.wire.execute(fx.UartSend(data), self.now_us))

    def run(self, duration_us: int, late_us: int = 0) -> None:
        end_us = self.now_us + duration_us
        while (due_us := self.wire.wakeup_us) is not None and due_us <= end_us:
            self.now_us = max(self.now_us, due_us) + late_us
            self._take(self.wire.time_reached(self.now_us))
        self.now_us = max(self.now_us, end_us)

    def _take(self, items: list[Item] | tuple[Item, ...]) -> None:
        for item in items:
            match item:
                case fx.UartSend():
                    self.sent.append((self.now_us, item.data))
                case fx.ConfigureUart():
                    self.set_ups.append((self.now_us, item.baud, self.received))
                case fx.Log():
                    self.logged.append(item.text)
                case ev.UartLost():
                    del self.unread[: item.count]
                    self.told.append((self.now_us, item))
                case ev.UartReceived():
                    self.told.append((self.now_us, item))
                    self.unread += b"" if self.reads else item.data

    @property
    def heard(self) -> bytes:
        return b"".join(event.data for _, event in self.told if isinstance(event, ev.UartReceived))

    @property
    def received(self) -> bytes:
        return b"".join(data for _, data in self.sent)

    @property
    def lost(self) -> int:
        return sum(event.count for _, event in self.told if isinstance(event, ev.UartLost))


# from the host


def test_a_short_line_is_told_when_its_last_byte_has_come() -> None:
    line = Line()
    line.hear(b"AT\r")
    line.run(260)
    assert line.told == []
    line.run(1)
    assert line.told == [(261, ev.UartReceived(b"AT\r"))]
    assert line.wire.wakeup_us is None


@pytest.mark.parametrize(
    ("baud", "parity", "data_bits", "stop_bits", "bits"),
    [
        (300, "N", 8, "1", 10),
        (9600, "E", 7, "2", 11),
        (115200, "N", 8, "1", 10),
        (57600, "N", 8, "0.5", 9.5),
        (3686400, "N", 8, "2", 11),
    ],
)
def test_both_directions_have_the_rate_of_the_framing(
    baud: int, parity: str, data_bits: int, stop_bits: str, bits: float
) -> None:
    line = Line()
    line.set_up(baud, parity, data_bits, stop_bits)
    line.hear(DATA[:2000])
    line.send(DATA[:2000])
    end_us = 2000 * bits / baud * 1e6
    line.run(int(end_us) - 5)
    assert len(line.heard) == len(line.received) < 2000
    line.run(10)
    assert line.heard == line.received == DATA[:2000]
    assert line.told[-1][0] == pytest.approx(end_us, abs=2)


def test_bytes_are_told_in_slices_of_a_millisecond() -> None:
    line = Line()
    line.hear(DATA[:1000])
    line.run(1_000_000)
    sizes = [len(event.data) for _, event in line.told if isinstance(event, ev.UartReceived)]
    assert set(sizes[:-1]) <= {11, 12}
    assert line.heard == DATA[:1000]


def test_what_comes_in_pieces_keeps_the_rate() -> None:
    line = Line()
    for start in range(0, 1100, 11):
        line.hear(DATA[start : start + 11])
        line.run(500)
    line.run(1_000_000)
    assert line.heard == DATA[:1100]
    assert line.told[-1][0] == pytest.approx(1100 * BYTE_US, abs=2)


def test_a_byte_costs_what_the_timing_says() -> None:
    line = Line(cost=1.08, extra=2)
    line.hear(DATA[:1000])
    line.send(DATA[:1000])
    line.run(1_000_000)
    assert line.told[-1][0] == pytest.approx(1000 * (BYTE_US * 1.08 + 2), abs=2)
    assert line.sent[-1][0] == pytest.approx(1000 * BYTE_US * 1.08, abs=2)


def test_only_so_much_is_read_ahead_of_the_line() -> None:
    line = Line()
    assert line.wire.serial_room(5) == READ_AHEAD_BYTES, "what the machine takes makes no difference"
    line.hear(DATA[: READ_AHEAD_BYTES // 2 - 1])
    assert line.wire.serial_room(5) == READ_AHEAD_BYTES // 2 + 1
    line.hear(b"x")
    assert line.wire.serial_room(5) == 0
    assert line.wire.input_bytes == READ_AHEAD_BYTES // 2


def test_without_flow_control_new_bytes_overwrite_the_oldest() -> None:
    line = Line()
    line.reads = False
    line.hear(DATA[:4000])
    line.run(1_000_000)
    assert line.heard == DATA[:4000]
    assert line.lost == 4000 - RECEIVE_BUFFER_BYTES
    assert line.unread == DATA[4000 - RECEIVE_BUFFER_BYTES : 4000]
    assert line.stops == []


def test_with_hardware_flow_control_the_host_waits() -> None:
    line = Line()
    line.set_up(115200, flow="HW")
    line.reads = False
    line.hear(DATA[:4000])
    line.run(1_000_000)
    assert line.unread == DATA[: STOP_ABOVE_BYTES + 1]
    assert (line.wire.wakeup_us, line.stops, line.lost) == (None, [True], 0)
    del line.unread[0]
    assert line.wire.wakeup_us is None, "30 bytes are free, and the host waits for more than that"
    del line.unread[0]
    line.reads = True
    line.run(1_000_000)
    assert line.heard == DATA[:4000]
    assert line.stops == [True, False]
    assert line.told[-1][0] == pytest.approx(1_000_000 + (4000 - STOP_ABOVE_BYTES - 1) * BYTE_US, abs=2)


def test_a_host_that_was_stopped_runs_on_when_the_setting_changes() -> None:
    line = Line()
    line.set_up(115200, flow="HW")
    line.reads = False
    line.hear(DATA[:4000])
    line.run(1_000_000)
    line.set_up(115200)
    line.run(1_000_000)
    assert line.lost == 4000 - RECEIVE_BUFFER_BYTES


@pytest.mark.parametrize("flow", ["N", "HW"])
def test_what_this_program_is_late_for_is_not_lost(flow: str) -> None:
    line = Line(longest_slice_us=LONGEST_SLICE_US)
    line.set_up(921600, flow=flow)
    for start in range(0, 20_000, 1000):
        line.hear(DATA[start : start + 1000])
        line.reads = False  # nothing is read while nothing runs, and everything afterwards
        due_us = line.wire.wakeup_us
        assert due_us is not None
        line.now_us = due_us + 40_000
        for _ in range(10):
            line._take(line.wire.time_reached(line.now_us))
        line.unread.clear()
        line.reads = True
        line.run(50_000)
    assert (line.heard, line.lost) == (DATA[:20_000], 0)
    sizes = [len(event.data) for _, event in line.told if isinstance(event, ev.UartReceived)]
    assert max(sizes) <= INPUT_SLICE_BYTES


# to the host


def test_an_answer_in_virtual_time_comes_when_it_has_passed() -> None:
    line = Line()
    line.send(b"[OK]\r\n")
    assert line.sent == []
    line.run(1000)
    assert line.sent == [(521, b"[OK]\r\n")]
    assert line.left == [(6, 0, 521, 0)]


def test_with_a_lead_a_short_answer_needs_no_timer() -> None:
    line = Line(lead_us=SLICE_US)
    line.send(b"AT\r\n")
    line.send(b"[OK]\r\n")
    assert line.received == b"AT\r\n[OK]\r\n"
    assert line.wire.wakeup_us is None
    line.send(DATA[:1000])
    assert len(line.received) < 14
    line.run(int(1010 * BYTE_US) - SLICE_US - 100)
    assert len(line.received) < 1010
    line.run(200)
    assert len(line.received) == 1010


def test_queued_bytes_leave_at_their_own_speed() -> None:
    line = Line()
    line.set_up(9600)
    line.send(b"o" * 960)
    line.set_up(960)
    line.send(b"n" * 96)
    line.run(1_000_001)
    assert line.received == b"o" * 960
    line.run(1_000_000)
    assert line.received == b"o" * 960 + b"n" * 96


def test_the_line_is_set_up_when_the_bytes_before_have_left() -> None:
    """[OK] of AT+USET leaves at the rate at which the command came."""
    line = Line()
    line.send(b"[OK]")
    line.set_up(9600)
    line.set_up(19200)
    line.send(b"banner")
    assert line.set_ups == []
    line.run(100_000)
    assert [(baud, sent) for _, baud, sent in line.set_ups] == [(9600, b"[OK]"), (19200, b"[OK]")]


def test_an_idle_line_is_set_up_at_once() -> None:
    line = Line()
    line.set_up(9600)
    assert line.set_ups == [(0, 9600, b"")]


def test_without_power_the_line_is_not_set_up_any_more() -> None:
    line = Line()
    line.send(b"[OK]")
    line.set_up(9600)
    line.wire.receive(ev.PoweredOff(), line.now_us)
    line.set_up(115200)
    assert [baud for _, baud, _ in line.set_ups] == [115200]
    line.send(b"banner")
    line.run(100_000)
    assert [baud for _, baud, _ in line.set_ups] == [115200]


def test_data_waits_while_the_line_has_none_of_its_room() -> None:
    line = Line()
    line.send(bytes(OUTPUT_ROOM_BYTES + 11_520))
    line.run(999_000)
    assert not line.wire.network_room
    line.run(3_000)
    assert line.wire.network_room


def test_a_host_that_takes_nothing_stops_the_line() -> None:
    line = Line()
    line.send(DATA[:2000])
    line.run(10_000)
    before = len(line.received)
    line.held = True
    assert line.wire.wakeup_us is None
    line.send(DATA[2000:3000])
    line.wire.time_reached(line.now_us)
    line.now_us += 5_000_000
    line.held = False
    line.run(int((3000 - before) * BYTE_US) - 100)
    assert len(line.received) < 3000, "the time in which it stood is not made up"
    line.run(2000)
    assert line.received == DATA[:3000]


def test_what_has_not_left_dies_with_the_power() -> None:
    line = Line()
    line.send(DATA[:1000])
    line.run(20_000)
    carried = len(line.received)
    assert 200 < carried < 300
    assert line.wire.receive(ev.PoweredOff(), line.now_us) == (ev.PoweredOff(),)
    line.run(10_000_000)
    assert len(line.received) == carried
    assert line.wire.network_room
    line.send(b"and on")
    line.run(1000)
    assert line.received == DATA[:carried] + b"and on"


def test_what_the_host_has_sent_goes_on_without_power() -> None:
    line = Line()
    line.hear(b"AT\r")
    line.wire.receive(ev.PoweredOff(), 0)
    line.wire.restarted()
    line.run(1000)
    assert line.heard == b"AT\r", "whoever is there hears it"


def test_the_queue_has_an_end() -> None:
    line = Line()
    line.send(bytes(OUTPUT_LIMIT_BYTES + 10))
    assert line.wire.dropped_bytes == 10
    assert line.logged == ["more is sent than the serial line can carry, output is dropped"]
    line.send(b"again")
    assert line.wire.dropped_bytes == 15
    assert len(line.logged) == 1
    line.run(60_000_000)
    assert len(line.received) == OUTPUT_LIMIT_BYTES


# both


def test_both_directions_share_their_wake_ups() -> None:
    line = Line(lead_us=SLICE_US, longest_slice_us=LONGEST_SLICE_US)
    line.send(DATA)
    for start in range(0, 23_040, 2000):
        line.hear(DATA[start : start + 2000])
        line.run(2000 * 1_000_000 // 11_520)
    times = {time_us for time_us, _ in line.told} | {time_us for time_us, _ in line.sent}
    assert len(times) < 150, "in two seconds"
