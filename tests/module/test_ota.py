"""The over-the-air update mode: ways in, network, pages, uploads (guide, How to Upgrade Firmware; firmware 1.0.5.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bootbench import MENU, START_APP, START_OTA, TO_MENU_US, BootBench, app_image, banner, send_file
from tests.desk import BOTH, GUIDE, MEASURED, MS, OK, Desk, S
from wizfi_emu.boot.appimage import APP_BYTES_MAX
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import FlashImage, SecuritySection, WifiSection, encode_image, factory_profile
from wizfi_emu.profile.fields import StationSetting, UartSetting
from wizfi_emu.profile.image import Application, BootRequest
from wizfi_emu.testing.virtual import VirtualModule

BOUNDARY = b"----WebKitFormBoundary7MA4YWxkTrZu0gW"
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
COMPLETE = b"OTA Upgrade complete, device rebooting ..."
DELETE = b"POST /delete_app.html HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


def ota(firmware: str = GUIDE, *, image: FlashImage | None = None, deleted: bool = False) -> BootBench:
    """A module in update mode."""
    version = "1.0.3.6" if firmware == GUIDE else "1.0.5.2"
    image = image or FlashImage(factory_profile(version))
    image.boot_request = BootRequest.OTA
    bench = BootBench(firmware, image=encode_image(image))
    assert bench.read() == START_OTA
    bench.run(MS)  # the access point starts
    if deleted:
        assert b"Delete App" in bench.web_request(DELETE)
    return bench


def form(content: bytes) -> bytes:
    return (
        b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="datafile"; filename="APP.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--" + BOUNDARY + b"--\r\n"
    )


def upgrade(content: bytes) -> bytes:
    """The request of the Upgrade button."""
    body = form(content)
    return (
        b"POST /update.html HTTP/1.1\r\nHost: 192.168.0.1\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=%s\r\n\r\n" % (len(body), BOUNDARY)
    ) + body


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: wizfi250.wiznet.com\r\n\r\n".encode()


def after_the_reboot(bench: VirtualModule) -> bytes:
    bench.read()
    bench.run(2 * S - 1)
    assert bench.read() == b""
    bench.run(1)
    return bench.read()


# --- ways in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("joined", [False, True])
def test_at_fota(firmware: str, joined: bool) -> None:
    """No link-down event, nothing else: OK and the boot loader."""
    desk = Desk(firmware, joined=joined)
    assert desk.at("AT+FOTA") == OK + START_OTA
    assert desk.module.ota is not None


def test_at_fota_at_message_level_1() -> None:
    desk = Desk()
    desk.at("AT+MMSG=1")
    assert desk.at("AT+FOTA") == START_OTA


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("joined", [False, True])
def test_function_twice(firmware: str, joined: bool) -> None:
    desk = Desk(firmware, joined=joined)
    desk.press(2)
    assert desk.quiet(S) == b"Set OTA Mode\r\n" + START_OTA


def test_function_twice_at_message_level_1() -> None:
    desk = Desk()
    desk.at("AT+MMSG=1")
    desk.press(2)
    assert desk.quiet(S) == b"Set OTA Mode\r\n" + START_OTA


def test_function_twice_in_data_mode() -> None:
    desk = Desk(joined=True)
    desk.tcp_client(data_mode=True)
    desk.quiet(S)
    desk.press(2)
    assert desk.quiet(S) == b"Set OTA Mode\r\n" + START_OTA


@pytest.mark.parametrize("firmware", BOTH)
def test_the_web_page(firmware: str) -> None:
    """Nothing on the serial line before the boot loader speaks."""
    desk = Desk(firmware, joined=True)
    desk.ok("AT+FWEBS=1,M")
    announced = desk.web_request(get("/get_info_ota"))
    assert b"WizFi250 will be restart. Web Server stopped. Reconnect to WIZFI_OTA_0008DC000000" in announced
    assert desk.quiet(S) == b""
    desk.web_request(get("/ota_go?"))
    assert desk.quiet(S) == START_OTA


def test_the_line_is_the_boot_loaders() -> None:
    profile = factory_profile("1.0.5.2")
    profile.uart = UartSetting(9600, "E", 7, "2", "HW")
    bench = ota(MEASURED, image=FlashImage(profile))
    assert [effect for effect in bench.effects if isinstance(effect, fx.ConfigureUart)] == [
        fx.ConfigureUart(115200, "N", 8, "1", "N")
    ]


# --- the mode ---------------------------------------------------------------------------------------------------------


def test_the_access_point() -> None:
    profile = factory_profile("1.0.3.6")
    profile.mac = "00:08:DC:1A:2B:3C"
    bench = ota(image=FlashImage(profile, WifiSection.of(profile)))
    [started] = [effect for effect in bench.effects if isinstance(effect, fx.StartAccessPoint)]
    assert started == fx.StartAccessPoint(
        started.request,
        ssid=b"WIZFI_OTA_0008DC1A2B3C",
        channel=1,
        security="OPEN",
        key=b"",
        mac="00:08:DC:1A:2B:3C",
        address="192.168.0.1",
        netmask="255.255.0.0",
        gateway="192.168.0.1",
        first_lease="192.168.0.100",
    )
    assert fx.UseAddress("192.168.0.1", "255.255.0.0", "192.168.0.1") in bench.effects
    assert fx.StartWebServer("192.168.0.1") in bench.effects


def test_a_mac_address_that_was_given_in_lower_case() -> None:
    desk = Desk(MEASURED)
    desk.at("AT+MMAC=00:08:dc:ab:cd:ef", 3 * S)
    desk.exchange(b"AT+FOTA\r")
    assert b"WIZFI_OTA_0008DCABCDEF" in [e.ssid for e in desk.effects if isinstance(e, fx.StartAccessPoint)]


def test_both_leds_are_lit_when_the_access_point_is_up() -> None:
    bench = ota()
    assert (bench.pins["led1"], bench.pins["led2"]) == (False, False)
    bench.feed(ev.StationJoined("00:11:22:33:44:55"), ev.StationLeft("00:11:22:33:44:55"))
    bench.run(10 * S)
    assert (bench.pins["led1"], bench.pins["led2"]) == (False, False)


def test_an_access_point_that_cannot_be_started() -> None:
    bench = BootBench()
    image = FlashImage(factory_profile("1.0.3.6"), boot_request=BootRequest.OTA)
    [*_, write] = bench.module.handle(ev.PoweredOn(encode_image(image)), 0)
    assert isinstance(write, fx.WriteFlash)
    [*_, start] = bench.module.handle(ev.FlashWritten(write.request, True), 0)
    assert isinstance(start, fx.StartAccessPoint)
    assert bench.module.handle(ev.AccessPointStarted(start.request, False), 0) == []
    assert bench.module.handle(ev.UartReceived(b"AT\r"), 0) == []


@pytest.mark.parametrize("sent", [b"AT\r", b"A" * 5000, b"+++", b"\x1b", b"1"])
def test_the_serial_line_is_silent_and_deaf(sent: bytes) -> None:
    bench = ota()
    bench.effects.clear()
    assert bench.exchange(sent, 10 * S) == b""
    bench.feed(ev.StationJoined("00:11:22:33:44:55"), ev.LinkLost(), ev.AirCommandReceived(1, b"AT\r"))
    bench.run(60 * S)
    assert bench.read() == b""
    assert bench.effects == []
    assert bench.module.wakeup_us is None


def test_bytes_that_came_before_the_mode_are_gone() -> None:
    desk = Desk()
    assert desk.exchange(b"AT+FOTA\rAT\rAT+MINFO\r", 10 * S) == OK + START_OTA


def test_function_does_nothing_in_update_mode() -> None:
    desk = Desk()
    desk.exchange(b"AT+FOTA\r")
    desk.press(3)
    assert desk.quiet(10 * S) == b""
    assert desk.module.ota is not None


@pytest.mark.parametrize("leave", [ev.ResetPulled(), ev.ResetPulled(ev.ResetCause.RESET)])
def test_a_reset_leads_back(leave: ev.Event) -> None:
    bench = ota()
    bench.feed(leave)
    assert bench.read() == banner("1.0.3.6")
    assert bench.exchange(b"AT\r", S) == b"AT\r\n" + OK
    bench.restart()
    assert bench.read() == banner("1.0.3.6")


def test_power_off_leads_back() -> None:
    bench = ota()
    bench.feed(ev.PoweredOff())
    bench.power_on()
    assert bench.read() == banner("1.0.3.6")


def test_boot_mode_instead_of_update_mode() -> None:
    bench = ota()
    bench.restart("boot")
    bench.run(TO_MENU_US)
    assert bench.read().startswith(MENU)
    bench.drive("boot", level=None)
    assert bench.exchange(b"x", 0) == START_APP + banner("1.0.3.6")


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/index.html", "/?", "/index.html?x"])
def test_the_three_steps(path: str) -> None:
    answer = ota().web_request(get(path))
    assert answer.startswith(HEAD + b"<!DOCTYPE html>")
    assert b"<title>WizFi250 Web Server</title>" in answer
    assert b"<h1><span>Wiznet</span> WizFi250 Web Server : OTA Upgrade</h1>\n<hr>" in answer
    assert b"Verdana" in answer
    assert b'Step 1 : <button form="delete">Delete App</button>' in answer
    assert b'Step 2 : <input form="upgrade" type="file" name="datafile" aria-label="firmware file" disabled>' in answer
    assert b'Step 3 : <button form="upgrade" disabled>Upgrade</button>' in answer
    assert b'action="/delete_app.html" method="post" enctype="multipart/form-data"' in answer
    assert b'action="/update.html" method="post" enctype="multipart/form-data"' in answer


@pytest.mark.parametrize("request_", [DELETE, get("/delete_app.html")])
def test_delete(request_: bytes) -> None:
    bench = ota()
    answer = bench.web_request(request_)
    assert answer.startswith(HEAD)
    assert b'Step 1 : <button form="delete" disabled>Delete App</button>' in answer
    assert b'name="datafile" aria-label="firmware file">' in answer
    assert b'Step 3 : <button form="upgrade">Upgrade</button>' in answer
    assert bench.flash.application == Application(intact=False)


def test_led1_is_off_while_the_application_is_erased() -> None:
    bench = ota()
    bench.effects.clear()
    bench.web_request(DELETE)
    levels = [effect.level for effect in bench.effects if isinstance(effect, fx.SetPin)]
    writes = [type(effect) for effect in bench.effects if isinstance(effect, fx.SetPin | fx.WriteFlash)]
    assert levels == [True, False]
    assert writes == [fx.SetPin, fx.WriteFlash, fx.SetPin]


@pytest.mark.parametrize("path", ["/favicon.ico", "/INDEX.HTML", "/update.htm", "//", "*", "/%2e%2e/etc/passwd", "x"])
def test_anything_else_leads_to_the_first_page(path: str) -> None:
    assert ota().web_request(get(path)) == b"HTTP/1.0 301\r\nLocation: /\r\n\r\n"


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"brew"])
def test_the_method_is_not_looked_at(method: bytes) -> None:
    assert b"Step 1" in ota().web_request(method + b" / HTTP/1.1\r\n\r\n")


def test_one_client_after_the_other() -> None:
    bench = ota()
    for _ in range(50):
        assert b"Step 1" in bench.web_request(get("/"))
    assert bench.web_request(get("/"), get("/")).count(b"HTTP/1.0") == 1


# --- the upgrade ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", [1, 7, 536, 1460, 10_000])
def test_the_guides_upgrade(split: int) -> None:
    """Delete App, choose the file, Upgrade, complete, and the module works as the new version."""
    desk = Desk(GUIDE)
    assert desk.banner == banner("1.0.3.6")
    assert b"1.0.3.6/" in desk.at("AT+MINFO")
    desk.ok("AT+WSET=0,mine", "AT+MPROF=S")
    desk.at("AT+FOTA")
    desk.web_request(get("/"))
    desk.web_request(DELETE)
    request = upgrade(app_image("1.0.5.2"))
    answer = desk.web_request(*(request[start : start + split] for start in range(0, len(request), split)))
    assert answer.startswith(HEAD)
    assert COMPLETE in answer
    assert after_the_reboot(desk) == banner("1.0.5.2")
    desk.exchange(b"AT+MECHO=0\r")
    assert b"1.0.5.2/" in desk.at("AT+MINFO")
    assert b"mine" not in desk.at("AT+WSET=?")
    assert desk.restart() == banner("1.0.5.2")


def test_what_the_upgrade_leaves() -> None:
    image = FlashImage(factory_profile("1.0.3.6"), security=SecuritySection(b"certificate", b"key"))
    image.profile.station, image.profile.mac = StationSetting(b"mine"), "00:08:DC:12:34:56"
    bench = ota(image=image, deleted=True)
    bench.web_request(upgrade(app_image("1.0.5.2")))
    assert bench.flash.profile.station.ssid == b"mine"  # the profile is reset by the new firmware's first boot
    assert bench.flash.application == Application("guide", "1.0.5.2", 3000)
    assert after_the_reboot(bench) == banner("1.0.5.2")
    assert bench.flash.profile.station == StationSetting()
    assert bench.flash.profile.mac == "00:08:DC:12:34:56"
    assert bench.flash.security == SecuritySection(b"certificate", b"key")


def test_an_upgrade_to_the_same_version_keeps_the_profile() -> None:
    image = FlashImage(factory_profile("1.0.3.6"))
    image.profile.station = StationSetting(b"mine")
    bench = ota(image=image, deleted=True)
    bench.web_request(upgrade(app_image("1.0.3.6")))
    assert after_the_reboot(bench) == banner("1.0.3.6")
    assert bench.flash.profile.station.ssid == b"mine"


def test_the_way_back() -> None:
    bench = ota(deleted=True)
    bench.web_request(upgrade(app_image("1.0.5.2")))
    bench.run(3 * S)
    bench.exchange(b"AT+FOTA\r")
    bench.web_request(DELETE)
    bench.web_request(upgrade(app_image("0.9.2.0")))
    assert after_the_reboot(bench) == banner("0.9.2.0")


def test_the_update_mode_stays_the_factorys() -> None:
    bench = ota(deleted=True)
    bench.web_request(upgrade(app_image("1.0.5.2")))
    bench.run(3 * S)
    assert bench.module.firmware.ota_checks_image is False
    bench.exchange(b"AT+FOTA\r")
    assert refused("no file came with the request") in bench.web_request(get("/update.html"))


def test_the_mark_is_set() -> None:
    image = FlashImage(factory_profile("1.0.3.6"), application=Application(valid=False))
    image.boot_request = BootRequest.OTA
    bench = BootBench(image=encode_image(image))
    bench.run(S)
    bench.exchange(b"x", MS)  # leave the menu
    bench.web_request(DELETE)
    bench.web_request(upgrade(app_image()))
    assert bench.flash.application.valid


def test_led1_toggles_with_each_segment() -> None:
    bench = ota(deleted=True)
    request = upgrade(app_image())
    bench.effects.clear()
    bench.web_request(*(request[start : start + 1000] for start in range(0, len(request), 1000)))
    levels = [effect.level for effect in bench.effects if isinstance(effect, fx.SetPin)]
    assert levels == [True, False, True, False, False]


@pytest.mark.slow
@given(st.sets(st.integers(1, 900), max_size=12))
def test_the_segments_do_not_matter(cuts: set[int]) -> None:
    """Also a boundary that is cut between two of them."""
    bench = ota(deleted=True)
    image = app_image("1.0.5.2", 600)
    request = upgrade(image)
    ends = [*sorted(cuts), len(request)]
    bench.web_request(*(request[a:b] for a, b in zip([0, *ends], ends, strict=False) if a < b))
    assert bench.flash.application == Application("guide", "1.0.5.2", 600)


# --- what is refused (guide) ------------------------------------------------------------------------------------------


def refused(reason: str) -> bytes:
    return f'<p class="refused" role="alert">Nothing was written: {reason}.</p>'.encode()


def damaged(offset: int, word: int) -> bytes:
    image = app_image()
    return image[:offset] + word.to_bytes(4, "little") + image[offset + 4 :]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no file came with the request"),
        (b"x" * 519, "the file is no firmware image (the file has 519 bytes, too few for a firmware image)"),
        (damaged(0, 0x201), "the file is no firmware image (word 0 is 0x00000201, a firmware image has 0x00000200)"),
        (damaged(4, 0), "the file is no firmware image (word 1 is 0, a firmware image has 520 to 983040 bytes)"),
        (damaged(4, 3001), "the file is no firmware image (word 1 is 3001, but the file has only 3000 bytes)"),
        (
            damaged(4, 983041),
            "the file is no firmware image (word 1 is 983041, a firmware image has 520 to 983040 bytes)",
        ),
        (app_image().ljust(APP_BYTES_MAX + 1), "the file is larger than the 983040 bytes of the application area"),
        (bytes(3_000_000), "the file is larger than the 983040 bytes of the application area"),
    ],
)
def test_a_file_that_cannot_be_an_application_is_refused(content: bytes, reason: str) -> None:
    bench = ota(deleted=True)
    answer = bench.web_request(upgrade(content))
    assert answer.startswith(HEAD)
    assert refused(reason) in answer
    assert b'Step 3 : <button form="upgrade">Upgrade</button>' in answer
    bench.run(10 * S)
    assert bench.read() == b""
    assert (bench.pins["led1"], bench.flash.application) == (False, Application(intact=False))
    assert COMPLETE in bench.web_request(upgrade(app_image()))


def test_an_upload_without_delete_is_refused() -> None:
    bench = ota()
    answer = bench.web_request(upgrade(app_image()))
    assert refused("delete the application first") in answer
    assert b'Step 1 : <button form="delete">Delete App</button>' in answer
    assert bench.flash.application == Application()


def test_get_of_the_update_page_is_refused() -> None:
    bench = ota()
    assert refused("no file came with the request") in bench.web_request(get("/update.html"))
    bench.run(10 * S)
    assert bench.module.ota is not None


def test_flash_that_cannot_be_written() -> None:
    bench = ota(deleted=True)
    bench.world.flash_works = False
    assert refused("the flash could not be written") in bench.web_request(upgrade(app_image()))
    bench.run(10 * S)
    assert bench.module.ota is not None


# --- what is not checked (firmware 1.0.5.2) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"anything", damaged(0, 0x201), damaged(4, 3001), app_image()[:1000], bytes(3_000_000)]
)
def test_any_file_is_completed(content: bytes) -> None:
    """And then there is silence, until boot mode."""
    bench = ota(MEASURED, deleted=True)
    assert COMPLETE in bench.web_request(upgrade(content))
    assert after_the_reboot(bench) == b""
    assert bench.exchange(b"AT\r", 10 * S) == b""
    rescue(bench)


def rescue(bench: BootBench) -> None:
    """Boot mode brings a module without an application back."""
    bench.restart()
    bench.run(10 * S)
    assert bench.read() == b""
    bench.enter_menu()
    bench.send(b"1")
    bench.read()
    send_file(bench, app_image("1.0.5.2"))
    assert bench.read().endswith(START_APP + banner("1.0.5.2"))


def test_an_image_with_something_behind_it() -> None:
    bench = ota(MEASURED, deleted=True)
    bench.web_request(upgrade(app_image("1.0.4.9").ljust(APP_BYTES_MAX + 5000, b"\xff")))
    assert after_the_reboot(bench) == banner("1.0.4.9")


def test_an_upload_without_delete_mixes_old_and_new() -> None:
    bench = ota(MEASURED)
    assert COMPLETE in bench.web_request(upgrade(app_image("1.0.5.2")))
    assert after_the_reboot(bench) == b""
    rescue(bench)


def test_get_of_the_update_page_completes_and_reboots() -> None:
    bench = ota(MEASURED)
    assert COMPLETE in bench.web_request(get("/update.html"))
    assert after_the_reboot(bench) == banner("1.0.5.2")
    assert bench.flash.application == Application()


def test_the_check_is_a_switch() -> None:
    bench = BootBench(GUIDE, "ota_checks_image=false")
    bench.exchange(b"AT+FOTA\r")
    assert COMPLETE in bench.web_request(get("/update.html"))


@pytest.mark.parametrize("firmware", BOTH)
def test_delete_and_reset(firmware: str) -> None:
    """The mark says valid, so the boot loader starts what is not there."""
    bench = ota(firmware, deleted=True)
    bench.feed(ev.ResetPulled())
    bench.run(10 * S)
    assert bench.read() == b""
    assert bench.exchange(b"AT\r", 10 * S) == b""
    assert (bench.pins["led1"], bench.pins["led2"]) == (True, True)
    rescue(bench)


@pytest.mark.parametrize("firmware", BOTH)
def test_delete_and_factory_recovery(firmware: str) -> None:
    bench = ota(firmware, deleted=True)
    bench.restart("boot", "function")
    bench.run(4 * S)
    assert bench.read().endswith(banner("1.0.3.6" if firmware == GUIDE else "1.0.5.2"))


# --- hostile clients --------------------------------------------------------------------------------------------------

WHOLE = upgrade(app_image())
HOSTILE: list[tuple[bytes, ...]] = [
    (b"",),
    (b"\r\n\r\n",),
    (b"GET\r\n\r\n",),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b""),
    (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",),
    tuple(b"x" * 1000 for _ in range(100)),
    (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000,),
    (WHOLE.replace(b"Content-Length: ", b"Content-Length: -"),),
    (WHOLE.replace(b"Content-Length: ", b"Content-Length: 9" + b"9" * 5000),),
    (WHOLE[:500], b""),
    (WHOLE[:-1], b""),
    (WHOLE.replace(b"Content-Length: ", b"Content-Length: 9999"), b""),
]


@pytest.mark.parametrize("segments", HOSTILE)
@pytest.mark.parametrize("firmware", BOTH)
def test_what_is_no_request_gets_no_answer(firmware: str, segments: tuple[bytes, ...]) -> None:
    bench = ota(firmware, deleted=True)
    assert bench.web_request(*segments) == b""
    assert b"Step 1" in bench.web_request(get("/"))
    assert bench.flash.application == Application(intact=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda request: request.replace(b"Content-Length", b"Length"),
        lambda request: request.replace(b"Content-Length", b"content-length"),
        lambda request: request.replace(b"multipart/form-data", b"application/octet-stream"),
        lambda request: request.replace(b"boundary=", b"boundary=x"),
        lambda request: request.replace(b"boundary=" + BOUNDARY, b"boundary="),
        lambda request: request.replace(b"\r\nContent-Type: multipart", b"\r\nTransfer-Encoding: chunked\r\nType: "),
    ],
)
def test_a_form_that_is_not_found(change: Callable[[bytes], bytes]) -> None:
    bench = ota(deleted=True)
    assert refused("no file came with the request") in bench.web_request(change(WHOLE))
    bench = ota(MEASURED, deleted=True)
    assert COMPLETE in bench.web_request(change(WHOLE))
    assert bench.flash.application == Application(intact=False)


def test_a_client_that_leaves_while_the_flash_is_written() -> None:
    bench = ota()
    client, events = bench.network.web.connect(DELETE)
    [event] = events
    [led, write] = bench.module.handle(event, 0)
    assert isinstance(led, fx.SetPin)
    assert isinstance(write, fx.WriteFlash)
    assert bench.module.handle(ev.WebDataReceived(client, b""), 0) == []
    assert bench.module.handle(ev.WebDataReceived(client, get("/")), 0) == []
    effects = bench.module.handle(ev.FlashWritten(write.request, True), 0)
    assert [effect.client for effect in effects if isinstance(effect, fx.AnswerWebClient)] == [client]


def test_a_reset_while_the_flash_is_written() -> None:
    bench = ota()
    _, [event] = bench.network.web.connect(DELETE)
    bench.module.handle(event, 0)
    bench.feed(ev.ResetPulled())
    assert bench.read() == banner("1.0.3.6")


def test_a_reset_between_complete_and_reboot() -> None:
    bench = ota(deleted=True)
    bench.web_request(WHOLE)
    bench.run(S)
    bench.feed(ev.ResetPulled())
    assert bench.read() == banner("1.0.5.2")
    bench.run(10 * S)
    assert bench.read() == b""


@pytest.mark.slow
@given(
    st.lists(
        st.builds(
            ev.WebDataReceived,
            st.integers(1, 3),
            st.one_of(st.sampled_from([b"", DELETE, WHOLE, WHOLE[:300], get("/"), get("/update.html")]), st.binary()),
        ),
        max_size=8,
    )
)
def test_whatever_clients_do(events: list[ev.WebDataReceived]) -> None:
    bench = ota(MEASURED)
    for event in events:
        bench.feed(event)
        bench.run(MS)
    bench.run(10 * S)
    bench.restart("boot", "function")
    bench.run(4 * S)
    assert bench.read().endswith(banner("1.0.5.2"))
