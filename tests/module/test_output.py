"""What is printed when: message levels, event forms, AT+MEVTDELAY, the answers of air commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.desk import BOTH, GUIDE, MEASURED, MS, OK, Desk, event, firmware_named
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.firmware.load import with_switches
from wizfi_emu.module.output import Output
from wizfi_emu.module.settings import Settings


class Printed:
    """An output whose bytes are collected and whose delays are ended by hand."""

    def __init__(self, firmware: str = MEASURED, *switches: str) -> None:
        self.settings = Settings(with_switches(firmware_named(firmware), switches))
        self.profile = self.settings.ram
        self.data = b""
        self.delays_us: list[int] = []
        self.output = Output(self.settings, self._send, self.delays_us.append)

    def _send(self, data: bytes) -> None:
        self.data += data


LATE = [Urc.DISCONNECT, Urc.LINK_UP, Urc.LINK_DOWN, Urc.RESET, Urc.SEND_ERROR, Urc.P2P_FAIL]
LATE += [Urc.LISTEN]


def shown_from(printed: Printed, action: Callable[[], None]) -> int:
    """The lowest message level at which something is printed."""
    shown = []
    for level in (1, 2, 3):
        printed.profile.message_level = level
        printed.data = b""
        action()
        if printed.data:
            shown.append(level)
    assert shown == list(range(shown[0], 4))
    return shown[0]


@pytest.mark.parametrize("firmware", BOTH)
def test_levels(firmware: str) -> None:
    printed = Printed(firmware)
    output = printed.output
    assert shown_from(printed, lambda: output.text(b"x")) == {GUIDE: 2, MEASURED: 1}[firmware]
    assert shown_from(printed, lambda: output.text(b"x", level=1)) == 1
    assert shown_from(printed, lambda: output.result(Response.OK)) == 2
    assert shown_from(printed, lambda: output.progress(b"x")) == 2
    assert shown_from(printed, lambda: output.urc(Urc.BANNER, "1")) == 2
    assert shown_from(printed, lambda: output.urc(Urc.CONNECT, 0)) == 2
    assert shown_from(printed, lambda: output.block(b"x")) == 1
    for urc in LATE:
        late_level = shown_from(printed, partial(output.urc, urc, 0))
        assert late_level == {GUIDE: 2, MEASURED: 1}[firmware]


def test_debug_texts_are_for_level_3() -> None:
    printed = Printed()
    assert shown_from(printed, lambda: printed.output.debug("text")) == 3
    assert printed.data == b"text\r\n"
    quiet = Printed(MEASURED, "debug_errors=false")
    quiet.profile.message_level = 3
    quiet.output.debug("text")
    assert quiet.data == b""


def test_late_events_of_posbank_need_level_2() -> None:
    printed = Printed()
    printed.profile.custom_code = "POSBANK"
    for urc in LATE:
        assert shown_from(printed, partial(printed.output.urc, urc, 0)) == 2


@pytest.mark.parametrize("urc", [urc for urc in Urc if urc is not Urc.PROGRESS])
def test_each_event_has_its_digit_of_the_form(urc: Urc) -> None:
    printed = Printed()
    digits = ["0"] * 10
    for digit, expected in (("0", b""), ("2", b"\r\n[%d]\r\n" % urc.value)):
        digits[urc.value] = digit
        printed.profile.event_form = "".join(digits)
        printed.data = b""
        printed.output.urc(urc, 0)
        assert printed.data == expected
    digits[urc.value] = "0"
    printed.profile.event_form = "".join(digits).replace("0", "1").replace("1", "0", urc.value)
    printed.data = b""
    printed.output.urc(urc, 0)
    assert len(printed.data) > 7


@pytest.mark.parametrize(("digit", "shown"), [("0", b""), ("1", b"x"), ("2", b"")])
def test_progress_has_no_short_form(digit: str, shown: bytes) -> None:
    printed = Printed()
    printed.profile.event_form = "111111111" + digit
    printed.output.progress(b"x")
    assert printed.data == shown


# --- AT+MEVTDELAY -----------------------------------------------------------------------------------------------------


def test_everything_formatted_is_held_back_behind_a_delayed_output() -> None:
    printed = Printed()
    printed.profile.event_delay_ms = 50
    output = printed.output
    called: list[str] = []
    output.urc(Urc.CONNECT, 0)
    output.text(b"text\r\n")
    output.block(b"{data}")
    output.result(Response.OK)
    output.delayed(b"last", lambda: called.append("printed"))
    output.text(b" end")
    assert (printed.data, printed.delays_us) == (b"", [50_000])
    output.release()
    assert printed.data == event("CONNECT", 0) + b"text\r\n{data}"
    output.release()
    assert printed.data.endswith(OK)
    assert (called, output.held_back) == ([], True)
    output.release()
    assert printed.data.endswith(OK + b"last end")
    assert (called, output.held_back) == (["printed"], False)
    assert printed.delays_us == [50_000] * 3


def test_suppressed_output_is_not_delayed() -> None:
    printed = Printed()
    printed.profile.event_delay_ms = 50
    printed.profile.message_level = 1
    printed.output.result(Response.OK)
    printed.output.urc(Urc.CONNECT, 0)
    assert (printed.delays_us, printed.output.held_back) == ([], False)


def test_command_takes_twice_the_delay() -> None:
    desk = Desk()
    assert desk.at("AT+MEVTDELAY=200") == b""  # the new delay holds for its own OK already
    assert desk.quiet(49 * MS) == b""
    assert desk.quiet(MS) == OK
    desk.send(b"AT+MINFO\r")
    assert desk.quiet(199 * MS) == b""
    assert desk.quiet(MS) == b"FW version/HW version\r\n1.0.5.2/WizFi250 Rev 1.0\r\n"
    assert desk.quiet(199 * MS) == b""
    assert desk.quiet(MS) == OK


def test_received_data_waits_for_a_delayed_response() -> None:
    desk = Desk(joined=True)
    desk.udp_client()
    desk.module.ram.event_delay_ms = 100
    assert desk.exchange(b"AT+MMSG=?\r", 0) == b"2\r\n"
    assert desk.datagram(desk.module.slots.open_slots[0].local_port, b"x") == b""
    assert desk.quiet(99 * MS) == b""
    assert desk.quiet(MS) == OK + b"{0,127.0.0.1,40000,1}x\r\n"


def test_reset_waits_for_the_last_event() -> None:
    desk = Desk(joined=True)
    for number in range(4):
        desk.tcp_client(peer=f"peer {number}")
    desk.at("AT+MEVTDELAY=255", 1_000_000)
    answer = desk.at("AT+MRESET", 5_000_000)
    events = b"".join(event("DISCONNECT", scid) for scid in range(4))
    assert answer == OK + events + b"\r\n[Link-Down Event]\r\n" + desk.banner


# --- capture ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "answer"),
    [
        (0, b""),
        (1450, b"x" * 1450),
        (1451, b"x" * 1450 + b"."),
        (1459, b"x" * 1450 + b"." * 9),
        (1460, b"x" * 1450 + b"." * 9),
        (5000, b"x" * 1450 + b"." * 9),
    ],
)
def test_captured_answer_is_limited(length: int, answer: bytes) -> None:
    printed = Printed()
    printed.output.start_capture()
    assert printed.output.captured
    for start in range(0, length, 700):
        printed.output.text(b"x" * min(700, length - start))
    printed.output.block(b"data")
    assert printed.output.captured_answer() == answer
    printed.output.stop_capture()
    assert not printed.output.captured
    printed.output.text(b"y")
    assert printed.data == b"datay"


def test_reset_forgets_held_and_captured_output() -> None:
    printed = Printed()
    printed.profile.event_delay_ms = 50
    printed.output.start_capture()
    printed.output.urc(Urc.CONNECT, 0)
    printed.output.reset()
    printed.output.release()
    assert (printed.data, printed.output.captured) == (b"", False)
