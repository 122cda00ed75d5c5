"""The entry of the machine: boot, the receive buffer, the one task for commands and background work, sleep, reset."""

from __future__ import annotations

import pytest

from tests.desk import BOTH, INVALID_INPUT, MEASURED, MS, OK, WIFI_STATUS, Desk, S, firmware_named, world_named
from wizfi_emu.commands import command_words
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import DATA_WINDOW_BYTES, RECEIVE_BUFFER_BYTES, Module
from wizfi_emu.module.tasks import Steps
from wizfi_emu.profile import FlashImage, Profile, decode_image, encode_image, factory_profile
from wizfi_emu.profile.fields import UartSetting
from wizfi_emu.testing.virtual import VirtualModule

BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"


def flash(profile: Profile) -> bytes:
    return encode_image(FlashImage(profile))


# --- boot -------------------------------------------------------------------------------------------------------------


def test_without_power_nothing_happens() -> None:
    bench = VirtualModule(firmware_named(MEASURED), world_named("demo"), power=False)
    assert bench.module.wakeup_us is None
    assert bench.module.uart_room == RECEIVE_BUFFER_BYTES
    bench.feed(ev.UartReceived(b"AT\r"), ev.TimeReached(), ev.LinkLost(), ev.AdcDriven(7), ev.PinDriven("gpio1", True))
    assert bench.exchange(b"AT\r") == b""
    bench.power_on()
    assert bench.exchange(b"AT+FGETADC\r") == BANNER + b"AT+FGETADC\r\n7\r\n" + OK


def test_banner_comes_first_and_alone() -> None:
    desk = Desk()
    assert desk.banner == BANNER
    kinds = (fx.WriteFlash, fx.ConfigureUart, fx.UartSend)
    effects = [type(effect) for effect in desk.effects if isinstance(effect, kinds)]
    assert effects[:3] == list(kinds)


def test_factory_defaults_are_written_to_an_erased_flash() -> None:
    desk = Desk()
    image = decode_image(desk.image)
    assert image is not None
    assert image.profile == factory_profile("1.0.5.2")


def test_good_flash_is_not_written_again() -> None:
    desk = Desk(image=Desk().image)
    assert desk.ordered(fx.WriteFlash) == []


def test_unreadable_flash_is_told_and_replaced() -> None:
    desk = Desk(image=b"broken")
    assert [effect.level for effect in desk.effects if isinstance(effect, fx.Log)] == ["warning"]
    assert desk.image == Desk().image


def test_profile_of_another_firmware_becomes_the_factory_profile() -> None:
    old = Profile(firmware_version="1.0.3.6", mac="00:08:DC:11:22:33", country="KR", antenna=1, dns1="8.8.8.8")
    desk = Desk(image=flash(old), echo=True)
    assert desk.module.ram == factory_profile("1.0.5.2", old)
    image = decode_image(desk.image)
    assert image is not None
    assert (image.profile, image.wifi.mac) == (desk.module.ram, "00:08:DC:11:22:33")
    assert desk.at("AT+WREG=?") == b"AU\r\n" + OK
    assert Desk(image=desk.image).ordered(fx.WriteFlash) == []


def test_wifi_section_is_rewritten_from_the_profile() -> None:
    desk = Desk(image=flash(Profile(firmware_version="1.0.5.2", country="KR")))
    image = decode_image(desk.image)
    assert image is not None
    assert image.wifi.country == "KR"


def test_serial_line_is_set_up_before_the_banner() -> None:
    profile = Profile(firmware_version="1.0.5.2", uart=UartSetting(9600, "E", 7, "2", "HW"))
    desk = Desk(image=flash(profile))
    orders = [effect for effect in desk.effects if isinstance(effect, fx.ConfigureUart | fx.UartSend)]
    assert orders[0] == fx.ConfigureUart(9600, "E", 7, "2", "HW")


@pytest.mark.parametrize("delay_ms", [0, 200])
def test_watchdog(delay_ms: int) -> None:
    profile = Profile(firmware_version="1.0.5.2", event_delay_ms=delay_ms)
    desk = Desk(image=flash(profile))
    desk.power_on(ev.ResetCause.WATCHDOG)
    started_us = desk.now_us
    assert desk.quiet(2 * S) == b"\r\n[Reset Event]\r\n" + BANNER
    assert desk.resets == [ev.ResetCause.RESET]
    again = next(effect for effect in desk.effects if isinstance(effect, fx.Reset))
    assert (again.cause, desk.now_us - started_us) == (ev.ResetCause.RESET, 2 * S)


def test_reset_pin() -> None:
    desk = Desk(joined=True)
    desk.feed(ev.ResetPulled())
    assert desk.read() == BANNER
    assert desk.exchange(b"AT+SCON=O,USN,,,5000,0\r").endswith(WIFI_STATUS)
    assert not desk.module.link.is_up


def test_ram_is_lost_at_power_off() -> None:
    desk = Desk()
    desk.ok("AT+MMSG=3", "AT+MEXT1=1,2")
    assert desk.restart() == BANNER
    assert desk.at("AT+MEXT1=?") == b"0,0\r\n" + OK
    assert desk.module.ram.message_level == 2


# --- receive buffer ---------------------------------------------------------------------------------------------------


def test_bytes_wait_while_a_command_runs_and_more_than_the_buffer_holds_are_lost() -> None:
    desk = Desk(joined=True)
    desk.feed(ev.UartReceived(b"AT+FPING=1,1.2.3.4\r"))
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES
    desk.feed(ev.UartReceived(b"AT\r"))
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES - 3
    desk.feed(ev.UartReceived(b"x" * RECEIVE_BUFFER_BYTES))
    assert (desk.module.uart_room, desk.module.lost_bytes) == (0, 3)
    desk.feed(ev.UartReceived(b"yz"))
    assert desk.module.lost_bytes == 5
    assert desk.quiet(S) == b"Ping timeout\r\n" + OK + OK
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES


def test_bytes_that_the_line_reports_as_lost_are_counted_and_told_once_in_a_burst() -> None:
    desk = Desk(joined=True)
    desk.feed(ev.UartReceived(b"AT+FPING=1,1.2.3.4\rAT+WSTAT\r"))
    desk.feed(ev.UartLost(6, ev.SerialLoss.OVERRUN))
    desk.feed(ev.UartLost(4, ev.SerialLoss.OFF))
    assert (desk.module.lost_bytes, desk.module.unread_bytes) == (10, 3)
    assert desk.quiet(2 * S) == b"Ping timeout\r\n" + OK + OK, "of AT+WSTAT there is AT"
    desk.feed(ev.UartLost(1, ev.SerialLoss.OFF))
    assert [effect.text for effect in desk.effects if isinstance(effect, fx.Log)] == [
        "bytes of the host are lost: the receive buffer is full, and nothing stops the host",
        "bytes of the host are lost: the serial line is off while the flash is written",
    ]


def test_window_of_data_mode() -> None:
    desk = Desk(joined=True)
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES
    desk.tcp_client(data_mode=True)
    assert desk.module.uart_room == DATA_WINDOW_BYTES


def test_window_of_a_long_transmission() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.at("AT+SSEND=0,,,100000")
    assert desk.module.uart_room == DATA_WINDOW_BYTES
    desk.feed(ev.UartReceived(b"x" * 60_000))
    desk.feed(ev.UartReceived(b"x" * 37_000))
    assert desk.module.uart_room == 3000, "not a byte of what comes behind the data"
    desk.network.stall("peer")
    desk.feed(ev.UartReceived(b"x" * 3000))
    assert desk.module.uart_room == max(0, RECEIVE_BUFFER_BYTES - desk.module.unread_bytes)
    desk.feed(*desk.network.resume("peer"))
    assert desk.got() == b"x" * 100_000
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES
    assert desk.module.lost_bytes == 0


def test_room_is_never_negative_when_data_mode_ends_with_a_full_window() -> None:
    desk = Desk(joined=True)
    desk.tcp_client(data_mode=True)
    desk.network.stall("peer")
    desk.send(b"x" * 1461)
    desk.feed(ev.UartReceived(b"y" * 10_000))
    assert desk.module.uart_room == DATA_WINDOW_BYTES - 10_000
    desk.part()
    assert desk.module.uart_room == RECEIVE_BUFFER_BYTES  # an overlong command line
    assert desk.module.lost_bytes == 0


# --- the line ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"AT", OK),
        (b"aT", OK),
        (b"AT\x00ignored", OK),
        (b"\x00AT", INVALID_INPUT),
        (b"AT+MINFO\x00?", b"FW version/HW version\r\n1.0.5.2/WizFi250 Rev 1.0\r\n" + OK),
        (b" AT", INVALID_INPUT),
        (b"AT ", INVALID_INPUT),
        (b"A", INVALID_INPUT),
        (b"ATE0", INVALID_INPUT),
        (b"AT&F", INVALID_INPUT),
        (b"AT?", INVALID_INPUT),
        (b"AT+", INVALID_INPUT),
        (b"\xff\xfe", INVALID_INPUT),
    ],
)
def test_lines(line: bytes, answer: bytes) -> None:
    assert Desk().at(line) == answer


def test_echo_acts_with_the_next_byte() -> None:
    desk = Desk(echo=True)
    assert desk.exchange(b"AT+MECHO=0\rAT\r") == b"AT+MECHO=0\r\n" + OK + OK
    assert desk.exchange(b"AT+MECHO=1\rAT\r") == OK + b"AT\r\n" + OK


def test_repeat() -> None:
    desk = Desk(echo=True)
    assert desk.exchange(b"A/") == b"A/" + INVALID_INPUT  # there is no line yet
    assert desk.exchange(b"AT+MMSG=?\ra/\r") == b"AT+MMSG=?\r\n2\r\n" + OK + b"a/2\r\n" + OK + b"\r\n"


# --- background work --------------------------------------------------------------------------------------------------


def test_background_work_waits_for_silence() -> None:
    desk = Desk(joined=True)
    done: list[str] = []
    desk.run(S)
    desk.send(b"A")
    desk.module.kernel.in_background("one", lambda: _note(done, "one"))
    desk.module.kernel.in_background("two", lambda: _note(done, "two"))
    desk.module.kernel.in_background("one", lambda: _note(done, "again"))
    desk.run(99 * MS)
    desk.send(b"T")
    desk.run(99 * MS)
    assert done == []
    assert desk.module.wakeup_us == desk.now_us + MS
    desk.run(MS)
    assert done == ["one", "two"]
    assert desk.exchange(b"\r") == OK


def test_host_that_never_pauses_postpones_it_without_limit() -> None:
    desk = Desk()
    done: list[str] = []
    desk.module.kernel.in_background("one", lambda: _note(done, "one"))
    for _ in range(100):
        desk.send(b"\n")
        desk.run(90 * MS)
    assert done == []
    desk.run(20 * MS)
    assert done == ["one"]


def test_silence_counts_from_the_end_of_a_command() -> None:
    desk = Desk(joined=True)
    done: list[str] = []
    desk.run(S)
    desk.send(b"AT+FPING=1,1.2.3.4\r")
    desk.module.kernel.in_background("one", lambda: _note(done, "one"))
    desk.run(900 * MS + 99 * MS)
    assert done == []
    desk.run(MS)
    assert done == ["one"]


def _note(done: list[str], what: str) -> Steps[None]:
    done.append(what)
    return
    yield


# --- answers ----------------------------------------------------------------------------------------------------------


def test_only_the_answer_of_the_right_kind_and_number_counts() -> None:
    module = Module(firmware_named(MEASURED), command_words(firmware_named(MEASURED)))
    (write, *_) = [e for e in module.handle(ev.PoweredOn(b""), 0) if isinstance(e, fx.WriteFlash)]
    request = write.request
    assert module.handle(ev.ScanEnded(request, ()), 0) == []
    assert module.handle(ev.FlashWritten(request + 1, True), 0) == []
    effects = module.handle(ev.FlashWritten(request, True), 0)
    assert fx.UartSend(BANNER) in effects
    assert module.handle(ev.FlashWritten(request, True), 0) == []


def test_time_does_not_run_backwards() -> None:
    desk = Desk()
    desk.module.handle(ev.TimeReached(), 10 * S)
    desk.module.handle(ev.TimeReached(), 5 * S)
    assert desk.module.kernel.now_us == 10 * S


def test_events_of_a_life_before_are_ignored() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.feed(ev.ResetPulled())
    desk.read()
    for late in (ev.SocketReceived(1, b"x", "1.2.3.4", 5), ev.SocketClosed(1), ev.SocketSent(1), ev.PingEnded(3, PONG)):
        desk.feed(late)
    assert desk.read() == b""


PONG = ev.PingResult.REPLY


# --- interface "auto" (D-01) ------------------------------------------------------------------------------------------


def test_first_byte_chooses_the_interface_when_it_is_auto() -> None:
    desk = Desk(MEASURED, "auto_interface=true", echo=True)
    assert desk.exchange(b"AT\rAT+MINFO\r", 400 * MS) == OK
    assert desk.quiet(100 * MS) == BANNER
    assert desk.exchange(b"AT+MSPI=?\r") == b"AT+MSPI=?\r\n1,0\r\n" + OK
    assert desk.resets == [ev.ResetCause.RESET]
    desk.restart()
    assert desk.exchange(b"AT\r") == b"AT\r\n" + OK
    assert desk.exchange(b"AT+MFDEF=FR\r", S).endswith(BANNER)
    assert desk.exchange(b"AT\r", S) == OK + BANNER


@pytest.mark.parametrize("firmware", BOTH)
def test_interface_auto_is_off_by_default(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+MSPI=?") == b"0,9\r\n" + OK
