"""From reset to the application: pins, menu, uploads, recovery (firmware 1.0.5.2)."""

from __future__ import annotations

import msgspec
import pytest

from tests.bootbench import (
    ACK,
    APP_UPLOADER,
    CAN,
    CRC,
    DCT_UPLOADER,
    EOT,
    MENU,
    RECOVERY,
    START_APP,
    START_OTA,
    TO_MENU_US,
    BootBench,
    app_image,
    banner,
    header,
    packet,
    send_file,
)
from tests.desk import BOTH, GUIDE, MEASURED, MS, OK, S
from wizfi_emu.boot.dct import write_dct
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.bootloader import _pair_lines
from wizfi_emu.module.uploads import dct_from_image
from wizfi_emu.profile import FlashImage, SecuritySection, decode_image, encode_image, factory_profile
from wizfi_emu.profile.fields import StationSetting, UartSetting
from wizfi_emu.profile.image import FACTORY_APP_BYTES, Application, BootRequest

GUIDE_BANNER = banner("1.0.3.6")


def image_with(**fields: object) -> bytes:
    """A flash of the guide's firmware."""
    image = FlashImage(factory_profile("1.0.3.6"))
    for name, value in fields.items():
        setattr(image, name, value)
    return encode_image(image)


def done(name: bytes, size: int) -> bytes:
    return (
        b"\n\n\r Programming Completed Successfully!\n\r--------------------------------\r\n"
        b" Name: %s\n\r Size: %d Bytes\r\n-------------------\n" % (name, size)
    )


# --- pins at the reset ------------------------------------------------------------------------------------------------


def test_boot_high_starts_the_application_at_once() -> None:
    bench = BootBench()
    assert bench.read() == GUIDE_BANNER


def test_boot_driven_high_counts_as_high() -> None:
    bench = BootBench()
    bench.drive("boot", level=True)
    bench.power_on()
    assert bench.read().endswith(GUIDE_BANNER)


@pytest.mark.parametrize("held_ms", [1, 99, 100, 101, 1500, 2900, 2999])
def test_boot_let_go_in_time(held_ms: int) -> None:
    bench = BootBench(low=("boot",))
    bench.run(held_ms * MS)
    assert bench.read() == b""
    bench.drive("boot", level=None)
    bench.run(100 * MS)
    assert bench.read() == GUIDE_BANNER


def test_boot_held_for_three_seconds() -> None:
    bench = BootBench(low=("boot",))
    bench.run(3 * S)
    bench.drive("boot", level=None)
    assert bench.read() == b""
    bench.run(999 * MS)
    assert bench.read() == b""
    bench.run(1 * MS)
    assert bench.read() == MENU + CRC


def test_boot_pulled_low_after_the_reset_does_nothing() -> None:
    bench = BootBench()
    bench.drive("boot", level=False)
    bench.run(10 * S)
    assert bench.read() == GUIDE_BANNER


@pytest.mark.parametrize("pressed_ms", [0, 2999, 3000, 3001, 3500, 3899])
def test_function_within_the_next_second_is_recovery(pressed_ms: int) -> None:
    bench = BootBench(low=("boot",))
    bench.run(pressed_ms * MS)
    bench.drive("function", level=False)
    bench.run(5 * S)
    assert bench.read() == RECOVERY + GUIDE_BANNER
    assert bench.resets == [ev.ResetCause.RESET]


def test_when_recovery_begins() -> None:
    bench = BootBench(low=("boot", "function"))
    bench.run(3 * S - MS)
    assert bench.read() == b""
    bench.run(MS)
    assert bench.read() == RECOVERY + GUIDE_BANNER


def test_function_let_go_before_the_third_second() -> None:
    bench = BootBench(low=("boot", "function"))
    bench.run(2900 * MS)
    bench.drive("function", level=None)
    bench.run(1100 * MS)
    assert bench.read() == MENU + CRC


def test_function_alone_does_nothing_at_boot() -> None:
    bench = BootBench(low=("function",))
    bench.run(10 * S)
    assert bench.read() == GUIDE_BANNER


def test_function_too_late_is_no_press_of_the_application() -> None:
    """The boot loader does not count presses, and a pin that is low since boot counts after a release."""
    bench = BootBench(low=("boot",))
    bench.run(TO_MENU_US)
    bench.drive("function", level=False)
    bench.run(S)
    bench.read()
    bench.drive("boot", level=None)
    bench.send(b"x")
    bench.run(3 * S)
    assert bench.read() == START_APP + GUIDE_BANNER
    bench.drive("function", level=None)
    bench.run(150 * MS)
    bench.drive("function", level=False)
    bench.run(800 * MS)
    assert bench.read().startswith(b"Set AP Mode & Web Server Launch\r\n")


def test_the_led_toggles_while_boot_is_held() -> None:
    bench = BootBench(low=("boot",))
    seen = []
    for _ in range(30):
        seen.append(bench.pins["led1"])
        bench.run(100 * MS)
    assert seen == [False, True] * 15


def test_a_reset_switches_leds_off_and_lets_gpios_float() -> None:
    bench = BootBench()
    bench.run(S)
    assert bench.pins["gpio1"] is False
    bench.restart("boot")
    bench.run(3500 * MS)
    assert {pin: bench.pins[pin] for pin in ("led2", "gpio1", "gpio5", "gpio6", "gpio7", "gpio8")} == {
        "led2": True,
        "gpio1": None,
        "gpio5": None,
        "gpio6": None,
        "gpio7": None,
        "gpio8": None,
    }


# --- the menu ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_the_menu(firmware: str) -> None:
    bench = BootBench(firmware)
    bench.enter_menu()
    bench.run(10 * S)
    assert bench.read() == 100 * CRC
    bench.run(99 * MS)
    assert bench.read() == b""
    bench.run(MS)
    assert bench.read() == CRC


def test_the_speed_of_the_line_is_the_boot_loaders() -> None:
    profile = factory_profile("1.0.3.6")
    profile.uart = UartSetting(9600, "E", 7, "2", "HW")
    bench = BootBench(image=image_with(profile=profile))
    assert fx.ConfigureUart(9600, "E", 7, "2", "HW") in bench.effects
    bench.effects.clear()
    bench.enter_menu()
    assert [effect for effect in bench.effects if isinstance(effect, fx.ConfigureUart)] == [
        fx.ConfigureUart(115200, "N", 8, "1", "N")
    ]
    bench.effects.clear()
    bench.send(b"*")
    assert [effect for effect in bench.effects if isinstance(effect, fx.ConfigureUart)] == [
        fx.ConfigureUart(9600, "E", 7, "2", "HW")
    ]


@pytest.mark.parametrize("key", [b"*", b"4", b"C", b"\r", b"\n", b"\0", b"\xff", b" ", b"a"])
def test_any_other_key_starts_the_application(key: bytes) -> None:
    bench = BootBench()
    bench.enter_menu()
    assert bench.exchange(key, 0) == START_APP + GUIDE_BANNER


def test_what_follows_the_key_is_not_a_command() -> None:
    bench = BootBench()
    bench.enter_menu()
    assert bench.exchange(b"xAT\rAT\r", S) == START_APP + GUIDE_BANNER
    assert bench.exchange(b"AT\r", S) == b"AT\r\n" + OK


def test_bytes_before_the_menu_are_no_keys() -> None:
    bench = BootBench(low=("boot",))
    bench.send(b"AT\r")
    bench.run(TO_MENU_US - 1)
    bench.send(b"AT\r")
    bench.run(1)
    assert bench.read() == MENU + CRC


def test_key_3_reboots_into_the_recovery() -> None:
    bench = BootBench()
    bench.enter_menu()
    assert bench.exchange(b"3", S) == b"Factory Reset triggered ...\r\n" + RECOVERY + GUIDE_BANNER
    assert bench.resets[-1] is ev.ResetCause.RESET


def test_key_1_asks_for_an_application() -> None:
    bench = BootBench()
    bench.enter_menu()
    assert bench.exchange(b"1", 0) == APP_UPLOADER
    bench.run(299 * MS)
    assert bench.read() == b""
    bench.run(MS)
    assert bench.read() == CRC


def test_key_2_asks_for_a_table() -> None:
    bench = BootBench()
    bench.enter_menu()
    assert bench.exchange(b"2", 300 * MS) == DCT_UPLOADER + CRC


def test_key_0_asks_for_both() -> None:
    bench = BootBench()
    bench.enter_menu()
    assert bench.exchange(b"0", 300 * MS) == b"[USART DCT APP ALL Uploader]\r\n\r\n" + DCT_UPLOADER + CRC


def test_power_off_in_the_menu() -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1")
    bench.feed(ev.PoweredOff())
    bench.read()
    bench.run(10 * S)
    assert bench.read() == b""
    bench.power_on()
    assert bench.read() == GUIDE_BANNER


# --- an application ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0.5.2", "1.0.3.6"])
def test_upload_of_an_application(version: str) -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1")
    assert bench.exchange(b"", 300 * MS) == APP_UPLOADER + CRC
    image = app_image(version)
    send_file(bench, image)
    assert bench.read() == ACK + done(b"APP.bin", len(image)) + START_APP + banner(version)
    assert bench.flash.application == Application("guide", version, len(image))
    assert bench.flash.profile.firmware_version == version
    bench.restart()
    assert bench.read() == banner(version)


def test_an_application_of_an_unknown_version_behaves_as_the_one_before() -> None:
    bench = upload_app(BootBench(), app_image("1.0.4.7"))
    assert bench.read().endswith(banner("1.0.4.7"))
    assert bench.module.firmware.wset_station_raw is False  # since 1.0.4.8


def upload_app(bench: BootBench, image: bytes) -> BootBench:
    bench.enter_menu()
    bench.send(b"1")
    bench.read()
    send_file(bench, image)
    return bench


def test_an_application_without_a_version_behaves_as_the_one_that_it_replaces() -> None:
    image = app_image().replace(b"1.0.5.2", b"newest!")
    bench = upload_app(BootBench(), image)
    assert bench.read().endswith(START_APP + GUIDE_BANNER)
    assert bench.flash.application == Application("guide", "", len(image))


def test_an_upload_belongs_to_the_personality_that_it_replaced() -> None:
    bench = upload_app(BootBench(), app_image("1.0.4.9"))
    assert BootBench(MEASURED, image=bench.image).read() == banner("1.0.5.2")
    assert BootBench(GUIDE, image=bench.image).read() == banner("1.0.4.9")


def test_the_serial_way_does_not_touch_the_mark() -> None:
    bench = BootBench(image=image_with(application=Application(valid=False)))
    bench.run(S)
    assert bench.read() == MENU + CRC
    bench.send(b"1")
    bench.read()
    send_file(bench, app_image())
    assert bench.read().endswith(banner("1.0.5.2"))
    assert bench.flash.application.valid is False
    bench.restart()
    bench.run(S)
    assert bench.read() == MENU + CRC


def test_a_file_that_is_no_application() -> None:
    """Nothing checks it; what starts then is nothing."""
    bench = upload_app(BootBench(), b"no firmware at all" * 50)
    assert bench.read() == ACK + done(b"APP.bin", 900) + START_APP
    assert bench.exchange(b"AT\r", 10 * S) == b""
    assert any(isinstance(effect, fx.Log) and "cannot run" in effect.text for effect in bench.effects)
    bench.restart()
    bench.run(10 * S)
    assert bench.read() == b""
    upload_app(bench, app_image("1.0.3.6"))
    assert bench.read().endswith(GUIDE_BANNER)


def test_an_application_that_is_too_big() -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1")
    bench.read()
    assert bench.exchange(header(b"APP.bin", 983_041), 300 * MS) == (
        CAN + CAN + b"\n\n\rThe image size is higher than the allowed space memory!\n\r" + START_APP + GUIDE_BANNER
    )


def test_abort_before_the_transfer_starts_the_application() -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1")
    bench.read()
    assert bench.exchange(b"a", 299 * MS) == CAN + CAN + b"\r\n\nAborted by user.\n\r"
    assert bench.exchange(b"", 1 * MS) == START_APP + GUIDE_BANNER


def test_what_a_refused_sender_still_sends_is_no_command() -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1" + header(b"APP.bin", 983_041))
    bench.run(100 * MS)
    bench.send(10 * CAN + 10 * b"\b")
    bench.run(S)
    assert bench.read().endswith(b"space memory!\n\r" + START_APP + GUIDE_BANNER)
    assert bench.exchange(b"AT\r", S) == b"AT\r\n" + OK


# --- transfers that fail half-way -------------------------------------------------------------------------------------


def begin_upload(bench: BootBench, key: bytes = b"1") -> BootBench:
    bench.enter_menu()
    bench.send(key)
    bench.send(header(b"APP.bin", 3000))
    assert bench.read().endswith(ACK + CRC)
    assert bench.exchange(packet(1, b"x" * 1024), 0) == ACK
    return bench


FAILED = b"\n\rFailed to receive the file!\n\r"


@pytest.mark.parametrize("key", [b"1", b"2"])
def test_a_cut_transfer_leaves_the_module_in_the_menu(key: bytes) -> None:
    bench = begin_upload(BootBench(), key)
    bench.send(packet(2, b"x" * 1024)[:500])
    bench.run(3 * S)
    printed = bench.read()
    assert printed.startswith(5 * CRC + CAN + CAN + FAILED + MENU + CRC)
    assert printed.removeprefix(5 * CRC + CAN + CAN + FAILED + MENU).strip(CRC) == b""


def test_when_the_menu_comes_again() -> None:
    bench = begin_upload(BootBench())
    bench.run(1800 * MS - 1)
    assert bench.read() == 5 * CRC
    bench.run(1)
    assert bench.read() == CAN + CAN + FAILED
    bench.run(300 * MS - 1)
    assert bench.read() == b""
    bench.run(1)
    assert bench.read() == MENU + CRC


@pytest.mark.parametrize(
    ("cut", "answer"),
    [
        (10 * CAN + 10 * b"\b", ACK + FAILED),
        (b"a", CAN + CAN + b"\r\n\nAborted by user.\n\r"),
        (b"A" + b"1x2", CAN + CAN + b"\r\n\nAborted by user.\n\r"),
    ],
)
def test_a_sender_that_gives_up(cut: bytes, answer: bytes) -> None:
    """What it still sends is no key of the menu."""
    bench = begin_upload(BootBench())
    bench.send(cut)
    bench.run(200 * MS)
    bench.send(b"\b")
    bench.run(299 * MS)
    assert bench.read() == answer
    bench.run(1 * MS)
    assert bench.read() == MENU + CRC


def test_the_next_try_after_a_cut() -> None:
    bench = begin_upload(BootBench())
    bench.run(5 * S)
    bench.read()
    bench.send(b"1")
    assert bench.read() == APP_UPLOADER
    send_file(bench, app_image("1.0.4.9"))
    assert bench.read().endswith(START_APP + banner("1.0.4.9"))


def test_after_a_cut_the_old_application_is_gone() -> None:
    bench = begin_upload(BootBench())
    bench.run(5 * S)
    bench.read()
    assert bench.exchange(b"x", S) == START_APP
    assert bench.exchange(b"AT\r", S) == b""
    bench.restart()
    bench.run(10 * S)
    assert bench.read() == b""


def test_after_a_cut_the_old_settings_are_there() -> None:
    """The other of the two copies of the table is in use until the new one is complete."""
    profile = factory_profile("1.0.3.6")
    profile.station = StationSetting(b"mine")
    bench = begin_upload(BootBench(image=image_with(profile=profile)), b"2")
    bench.run(5 * S)
    bench.read()
    assert bench.exchange(b"x", S) == START_APP + GUIDE_BANNER
    assert bench.module.ram.station.ssid == b"mine"


def test_power_loss_during_a_transfer() -> None:
    bench = begin_upload(BootBench())
    bench.restart()
    bench.run(10 * S)
    assert bench.read() == b""


def test_flash_that_cannot_be_erased() -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"1")
    bench.read()
    bench.world.flash_works = False
    bench.send(header(b"APP.bin", 3000))
    assert bench.read() == CAN + CAN + b"\n\n\rVerification failed!\n\r"
    bench.run(300 * MS)
    assert bench.read() == MENU + CRC


def test_flash_that_cannot_be_written() -> None:
    bench = begin_upload(BootBench())
    bench.world.flash_works = False
    bench.send(packet(2, b"x" * 1024) + packet(3, b"x" * 1024) + EOT + packet(0, b"\0" * 128))
    assert bench.read() == 4 * ACK + b"\n\n\rVerification failed!\n\r"
    bench.run(300 * MS)
    assert bench.read() == MENU + CRC


# --- a configuration table --------------------------------------------------------------------------------------------


def own_table(version: str = "1.0.3.6", **fields: object) -> bytes:
    profile = factory_profile(version)
    for name, value in fields.items():
        setattr(profile, name, value)
    return dct_from_image(FlashImage(profile, security=SecuritySection(b"certificate", b"private key")))


def upload_dct(bench: BootBench, table: bytes) -> bytes:
    bench.enter_menu()
    bench.send(b"2")
    bench.read()
    send_file(bench, table, name=b"DCT.bin", size=128)
    return bench.read()


def test_upload_of_a_table() -> None:
    bench = BootBench()
    table = own_table(mac="00:08:DC:12:34:56", station=StationSetting(b"theirs"))
    assert upload_dct(bench, table) == ACK + done(b"DCT.bin", 8220) + START_APP + GUIDE_BANNER
    assert bench.flash.security == SecuritySection(b"certificate", b"private key")
    assert bench.flash.profile.station.ssid == b"theirs"
    assert bench.module.link.mac == "00:08:DC:12:34:56"


def test_a_table_of_another_version_is_reset() -> None:
    bench = BootBench()
    upload_dct(bench, own_table("1.0.5.2", station=StationSetting(b"theirs")))
    assert bench.flash.profile.station == StationSetting()
    assert bench.flash.security == SecuritySection(b"certificate", b"private key")


def test_a_table_of_a_real_module() -> None:
    """Its profile cannot be read: certificate and key are taken, the settings become the defaults."""
    profile = factory_profile("1.0.3.6")
    profile.station, profile.mac = StationSetting(b"mine"), "00:08:DC:12:34:56"
    bench = BootBench(image=image_with(profile=profile))
    opaque = bytearray(write_dct(b"private key", b"certificate", b""))
    opaque[0x18C0:] = b"1.0.5.2".ljust(8220 - 0x18C0, b"\xff")
    assert upload_dct(bench, bytes(opaque)).endswith(START_APP + GUIDE_BANNER)
    assert bench.flash.security == SecuritySection(b"certificate", b"private key")
    assert bench.flash.profile.station == StationSetting()
    assert bench.flash.profile.mac == "00:08:DC:12:34:56"
    assert any(isinstance(effect, fx.Log) and "cannot be read" in effect.text for effect in bench.effects)


@pytest.mark.parametrize("damage", [{"event_form": ""}, {"gpios": []}, {"socket_options": [0] * 9}, {"mac": "x"}])
def test_a_table_with_a_damaged_profile(damage: dict[str, object]) -> None:
    profile = msgspec.json.encode({"profile": {"firmware_version": "1.0.3.6", **damage}})
    bench = BootBench()
    assert upload_dct(bench, write_dct(b"private key", b"certificate", profile)).endswith(START_APP + GUIDE_BANNER)
    assert bench.flash.security == SecuritySection(b"certificate", b"private key")
    assert bench.flash.profile == factory_profile("1.0.3.6")
    assert len([effect for effect in bench.effects if isinstance(effect, fx.Log)]) == 1


def test_a_file_that_is_no_table() -> None:
    """The copy that is in use stays in use, and nothing says so."""
    profile = factory_profile("1.0.3.6")
    profile.station = StationSetting(b"mine")
    bench = BootBench(image=image_with(profile=profile))
    assert upload_dct(bench, b"x" * 9000).endswith(done(b"DCT.bin", 9000) + START_APP + GUIDE_BANNER)
    assert bench.flash.profile.station.ssid == b"mine"
    assert any(isinstance(effect, fx.Log) and "table ignored" in effect.text for effect in bench.effects)


def test_a_table_that_is_too_big() -> None:
    bench = BootBench()
    bench.enter_menu()
    bench.send(b"2")
    bench.read()
    assert bench.exchange(header(b"DCT.bin", 16_385), 0).startswith(CAN + CAN + b"\n\n\rThe image size is higher")


def test_a_table_carries_the_mark() -> None:
    bench = BootBench()
    unmarked = bytearray(own_table())
    unmarked[10] = 0
    assert upload_dct(bench, bytes(unmarked)).endswith(START_APP + GUIDE_BANNER)
    assert bench.flash.application.valid is False
    bench.restart()
    bench.run(S)
    assert bench.read() == MENU + CRC
    bench.send(b"2")
    bench.read()
    send_file(bench, own_table())
    bench.restart()
    bench.read()
    assert bench.flash.application.valid is True


def test_table_and_application() -> None:
    """Key 0, the way of the vendor's script: it brings back what a cut recovery has left."""
    bench = BootBench(image=image_with(application=Application(valid=False, intact=False)))
    bench.run(S)
    assert bench.read() == MENU + CRC
    bench.send(b"0")
    assert bench.read() == b"[USART DCT APP ALL Uploader]\r\n\r\n" + DCT_UPLOADER
    table = own_table("1.0.5.2", station=StationSetting(b"theirs"))
    send_file(bench, table, name=b"DCT.bin")
    assert bench.read() == ACK + done(b"DCT.bin", 8220) + APP_UPLOADER
    send_file(bench, app_image("1.0.5.2"))
    assert bench.read() == ACK + done(b"APP.bin", 3000) + START_APP + banner("1.0.5.2")
    assert bench.module.ram.station.ssid == b"theirs"
    assert bench.flash.application.valid


def test_key_0_with_a_table_that_is_cut() -> None:
    bench = begin_upload(BootBench(), b"0")
    bench.run(5 * S)
    assert bench.read().startswith(5 * CRC + CAN + CAN + FAILED + MENU + CRC)


# --- recovery ---------------------------------------------------------------------------------------------------------


def changed_flash() -> bytes:
    profile = factory_profile("1.0.4.9")
    profile.station, profile.mac, profile.custom_code = StationSetting(b"mine"), "00:08:DC:12:34:56", "COWAYA"
    return image_with(
        profile=profile,
        security=SecuritySection(b"certificate", b"private key"),
        application=Application("guide", "1.0.4.9", 3000),
    )


def test_recovery_brings_the_factory_back() -> None:
    bench = BootBench(image=changed_flash())
    assert bench.read() == banner("1.0.4.9")
    bench.restart("boot", "function")
    bench.run(3 * S)
    assert bench.read() == RECOVERY + GUIDE_BANNER
    assert bench.flash == FlashImage(factory_profile("1.0.3.6"))


def test_the_lines_of_pairs() -> None:
    assert _pair_lines(FACTORY_APP_BYTES).count(b"RW") == 198
    assert _pair_lines(FACTORY_APP_BYTES).count(b"\r\n") == 18
    assert _pair_lines(4096) == _pair_lines(1) == b"RW "
    assert _pair_lines(11 * 4096 + 1) == b"RW RW RW RW RW RW RW RW RW RW RW\r\nRW "


def first_write(bench: BootBench, *events: ev.Event) -> bytes:
    """Feed events until the machine orders a write, and give what it would have written."""
    for event in events:
        for effect in bench.module.handle(event, bench.now_us):
            if isinstance(effect, fx.WriteFlash):
                return effect.image
    raise AssertionError("nothing was written")


def test_power_loss_during_recovery_leads_to_the_menu() -> None:
    bench = BootBench(image=changed_flash())
    requested = image_with(boot_request=BootRequest.RECOVERY)
    cut = first_write(bench, ev.PoweredOn(requested))
    image = decode_image(cut)
    assert image is not None
    assert (image.boot_request, image.application.valid) == (BootRequest.NONE, False)
    bench = BootBench(image=cut)
    bench.run(S - 1)
    assert bench.read() == b""
    bench.run(1)
    assert bench.read() == MENU + CRC
    assert bench.exchange(b"x", S) == START_APP  # there is no application
    bench.restart()
    bench.run(S)
    assert bench.read() == MENU + CRC
    assert bench.exchange(b"3", S).endswith(RECOVERY + GUIDE_BANNER)


def test_power_loss_before_the_recovery_began() -> None:
    """The request is in the flash: the next reset recovers, whatever the pins are."""
    bench = BootBench(image=changed_flash())
    bench.enter_menu()
    requested = first_write(bench, ev.UartReceived(b"3"))
    bench = BootBench(image=requested)
    bench.run(0)
    assert bench.read() == RECOVERY + GUIDE_BANNER


def test_function_is_looked_at_with_an_invalid_application_too() -> None:
    bench = BootBench(image=image_with(application=Application(valid=False, intact=False)), low=("function",))
    bench.run(S)
    assert bench.read() == RECOVERY + GUIDE_BANNER


def test_recovery_is_not_what_mfdef_does() -> None:
    bench = BootBench(image=changed_flash())
    bench.read()
    bench.exchange(b"AT+MFDEF=FR\r", 3 * S)
    assert bench.flash.application == Application("guide", "1.0.4.9", 3000)
    assert bench.flash.security == SecuritySection(b"certificate", b"private key")
    assert bench.flash.profile.mac == "00:08:DC:12:34:56"


# --- update mode ------------------------------------------------------------------------------------------------------


def test_a_requested_update_mode_comes_after_the_menu() -> None:
    bench = BootBench(image=image_with(boot_request=BootRequest.OTA), low=("boot",))
    bench.run(TO_MENU_US)
    assert bench.read() == MENU + CRC
    assert bench.exchange(b"x", S) == START_APP + START_OTA
    assert bench.flash.boot_request is BootRequest.NONE


def test_without_an_application_there_is_silence_and_a_warning() -> None:
    application = msgspec.structs.replace(Application(), intact=False)
    bench = BootBench(image=image_with(application=application))
    assert bench.exchange(b"AT\r", 10 * S) == b""
    assert [effect.level for effect in bench.effects if isinstance(effect, fx.Log)] == ["warning"]


def test_update_mode_needs_no_application() -> None:
    application = msgspec.structs.replace(Application(), intact=False)
    bench = BootBench(image=image_with(boot_request=BootRequest.OTA, application=application))
    assert bench.read() == START_OTA
    assert bench.module.ota is not None
