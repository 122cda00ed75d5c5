"""Management commands: the checks of each in their order, and what is printed."""

from __future__ import annotations

import pytest

from tests.desk import BOTH, ERROR, GUIDE, INVALID_INPUT, MEASURED, MS, OK, Desk, S
from wizfi_emu.module import effects as fx
from wizfi_emu.profile.fields import CUSTOM_CODES

FACTORY = b"""+WSET=0,WizFiAP,,6
+WSEC=0,WPA2,12345678
+WNET=1,192.168.12.101,255.255.255.0,192.168.12.1
+WREG=AU
+SCON=O,TSN,,0,5000,1
+SFORM=111111111,7b,2c,7d,0d,0a
+MMSG=2
+MMAC=00:08:DC:11:22:33
+USET=115200,N,8,1,N
+MECHO=1
+FWEBS=0,M
""".replace(b"\n", b"\r\n")
GPIOS = b"+FGPIO={1,1,3,0},{1,5,3,0},{1,6,3,0},{1,7,3,0},{1,8,3,0}\r\n"


def refused(desk: Desk, word: str, *wrong: str) -> None:
    for parameters in wrong:
        assert desk.at(f"AT+{word}={parameters}") == INVALID_INPUT, parameters


# --- AT+MPROF, AT+MFDEF, AT+MINFO -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("firmware", "gpios"), [(GUIDE, b""), (MEASURED, GPIOS)])
def test_profile(firmware: str, gpios: bytes) -> None:
    form = b"7B,2C,7D,0D,0A" if firmware == GUIDE else b"7b,2c,7d,0d,0a"
    desk = Desk(firmware, echo=True)
    assert desk.at("AT+MMAC=00:08:dc:11:22:33", S) == OK + desk.banner
    for action in ("VG", "vg", "VD", "vd"):
        assert desk.at(f"AT+MPROF={action}") == FACTORY.replace(b"7b,2c,7d,0d,0a", form) + gpios + OK
    desk.exchange(b"AT+MECHO=0\rAT+FGPIO=1,1,1\r")
    assert b"+MECHO=0\r\n" in desk.at("AT+MPROF=VG")
    stored = desk.at("AT+MPROF=VD")
    assert b"+MECHO=1\r\n" in stored
    assert (b"{1,1,3,1}" in stored) is bool(gpios)  # GPIOs are those of RAM, whichever profile is shown


@pytest.mark.parametrize("firmware", BOTH)
def test_factory_defaults_refused(firmware: str) -> None:
    refused(Desk(firmware), "MFDEF", "", "?", "Fr", "fR", "FRX", " FR", "FR,")


@pytest.mark.parametrize(("firmware", "version"), [(GUIDE, b"1.0.3.6"), (MEASURED, b"1.0.5.2")])
def test_versions(firmware: str, version: bytes) -> None:
    assert Desk(firmware).at("AT+MINFO") == b"FW version/HW version\r\n" + version + b"/WizFi250 Rev 1.0\r\n" + OK


# --- AT+MMSG, AT+MECHO, AT+MMAC ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_message_level(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "MMSG", "", "0", "4", "x", "-1")
    assert desk.at("AT+MMSG=1") == b""
    assert desk.at("AT") == b""
    assert desk.at("AT+MMSG=x") == b""
    assert desk.at("AT+MMSG=?") == (b"" if firmware == GUIDE else b"1\r\n")
    assert desk.at("AT+MMSG=2") == OK


@pytest.mark.parametrize("firmware", BOTH)
def test_echo(firmware: str) -> None:
    desk = Desk(firmware, echo=True)
    refused(desk, "MECHO", "", "2", "x")
    assert desk.exchange(b"AT+MECHO=0\rAT+MECHO=?\r") == b"AT+MECHO=0\r\n" + OK + b"0\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_mac(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "MMAC", "x", "00:00:00:00:00:00", "1:2:3:4:5", " 1:2:3:4:5:6")
    assert desk.at("AT+MMAC=1:2:3:4:5:a", 599 * MS) == OK
    assert desk.quiet(MS) == desk.banner
    assert desk.exchange(b"AT+MMAC=?\r").endswith(b"01:02:03:04:05:0A\r\n" + OK)


# --- AT+MMCUPS, AT+MWIFIPS, AT+MTXP -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("firmware", "wrong", "good"),
    [
        (GUIDE, ["0", "1", "1,9", "1,x", "0,9", "2,100", "1,3600001"], ["0,10"]),
        (MEASURED, ["1", "1,99", "1,x", "2,100", "1,3600001", "?"], ["0", "0,x", "0,1"]),
    ],
)
def test_sleep(firmware: str, wrong: list[str], good: list[str]) -> None:
    desk = Desk(firmware)
    refused(desk, "MMCUPS", "", "x", *wrong)
    desk.ok(*(f"AT+MMCUPS={parameters}" for parameters in good))
    assert desk.at("AT+MMCUPS=1,100", 0) == OK
    assert desk.exchange(b"AT\r", 100 * MS) == b""
    assert desk.at("AT") == OK


@pytest.mark.parametrize(("firmware", "longest"), [(GUIDE, 90), (MEASURED, 100)])
def test_power_save(firmware: str, longest: int) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+MWIFIPS=?") == b"0,0\r\n" + OK
    for parameters in ("", "x", "1"):
        assert desk.at(f"AT+MWIFIPS={parameters}") == ERROR  # without a link that is looked at first
    desk.join()
    refused(desk, "MWIFIPS", "", "x", "3", "2", "2,x", "2,15", f"2,{longest + 10}")
    desk.ok("AT+MWIFIPS=0", "AT+MWIFIPS=1", "AT+MWIFIPS=1", f"AT+MWIFIPS=2,{longest}")
    assert desk.at("AT+MWIFIPS=?") == f"2,{longest}\r\n".encode() + OK
    desk.at("AT+WLEAVE")
    assert desk.at("AT+MWIFIPS=?") == b"0,0\r\n" + OK


@pytest.mark.parametrize(("firmware", "again", "shown"), [(GUIDE, ERROR, b"0"), (MEASURED, OK, b"1")])
def test_power_save_that_the_stack_refuses(firmware: str, again: bytes, shown: bytes) -> None:
    desk = Desk(firmware, joined=True)
    desk.udp_client()
    desk.ok("AT+MWIFIPS=1", "AT+MWIFIPS=0")
    desk.tcp_server()
    assert desk.at("AT+MWIFIPS=1") == ERROR
    assert desk.at("AT+MWIFIPS=1") == again
    assert desk.at("AT+MWIFIPS=?") == shown + b",0\r\n" + OK
    desk.ok("AT+MWIFIPS=0", "AT+MWIFIPS=0")
    assert desk.at("AT+MWIFIPS=?") == b"0,0\r\n" + OK


@pytest.mark.parametrize(("firmware", "end"), [(GUIDE, b"\r\n"), (MEASURED, b"")])
def test_transmit_power(firmware: str, end: bytes) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+MTXP=?") == b"17 dBm" + end + OK
    refused(desk, "MTXP", "", "32", "x")
    desk.ok("AT+MTXP=0", "AT+MTXP=31", "AT+MPROF=S")
    desk.restart()
    assert desk.at("AT+MTXP=?").startswith(b"17 dBm")


# --- AT+MCERT ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_certificates(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "MCERT", "", "X,C", "R", "R,X", "W,C", "W,C,x", "W,C,4096", "W,K,", "?")
    desk.at("AT+MCERT=w,c,5")
    assert desk.exchange(b"\r\nA/+") == OK
    assert desk.at("AT+MCERT=r,c") == b"\r\nA/+\r\n" + OK
    assert desk.at("AT+MCERT=W,K,3", 0) == b""
    assert desk.exchange(b"key") == OK
    assert desk.at("AT+MCERT=R,K") == b"key\r\n" + OK
    assert desk.at("AT+MCERT=W,R,4", 0) == b""
    assert desk.exchange(b"root") == OK
    shown = b"key" if firmware == MEASURED else b"root"
    assert desk.at("AT+MCERT=R,R") == shown + b"\r\n" + OK
    desk.at("AT+MCERT=W,C,4")
    assert desk.exchange(b"a\0bc") == OK
    assert desk.at("AT+MCERT=R,C") == b"a\r\n" + OK
    assert desk.at("AT+MCERT=W,C,0", 10 * S) == b""
    assert desk.exchange(b"x") == OK  # a byte is taken before the length is looked at
    desk.ok("AT+MCERT=D,K", "AT+MCERT=D,R")
    assert desk.at("AT+MCERT=R,C") == b"\r\n" + OK
    assert desk.module.settings.volatile.root_ca == b""
    assert desk.module.storage.security.private_key == b""


def test_certificates_are_printed_at_every_level() -> None:
    desk = Desk()
    desk.exchange(b"AT+MCERT=W,C,1\rxAT+MMSG=1\r")
    assert desk.at("AT+MCERT=R,C") == b"x\r\n"


# --- AT+MEXT1, AT+MCWUI, AT+USET, AT+MSPI -----------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_extension(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "MEXT1", "", "1", "1,", "x,1", "1,x")
    desk.ok("AT+MEXT1=65537,70000")
    assert desk.at("AT+MEXT1=?") == b"1,4464\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_web_user(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+MCWUI=?") == b"admin,admin\r\n" + OK
    refused(desk, "MCWUI", "", "admin,admin", "admin,admin,a", "x,admin,a,b", "admin,x,a,b", "ADMIN,admin,a,b")
    refused(desk, "MCWUI", "admin,admin," + "a" * 21 + ",b", "admin,admin,a," + "b" * 21, "admin,admin,,b")
    desk.ok('AT+MCWUI=admin,admin,"a,b",' + "b" * 20)
    assert desk.at("AT+MCWUI=?") == b"a,b," + b"b" * 20 + b"\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_serial_setting(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+USET=?") == b"115200,N,8,1,N\r\n" + OK
    refused(desk, "USET", "", "9600", "9600,N,8,1", "x,N,8,1,N", "9600,X,8,1,N", "9600,N,9,1,N", "9600,N,7,1,N")
    refused(desk, "USET", "9600,N,8,3,N", "9600,N,8, 1,N", "9600,N,8,1,X", "9600,N,6,1,N", ",N,8,1,N")
    for setting in ("300,e,7,0.5,hw", "3686400,O,7,1.5,N", "12345,N,8,2,HW"):
        desk.ok(f"AT+USET={setting},W")
        assert desk.at("AT+USET=?") == setting.upper().encode() + b"\r\n" + OK
    assert desk.at("AT+USET=9600,N,8,1,N,w", S) == OK + desk.banner  # only a capital W keeps it from resetting


def test_flow_control_of_posbank_is_final() -> None:
    desk = Desk()
    desk.ok("AT+MCUSTOM=POSBANK", "AT+USET=9600,N,8,1,N,W")
    assert desk.at("AT+USET=?") == b"9600,N,8,1,HW\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_interface(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+MSPI=?") == b"0,9\r\n" + OK
    refused(desk, "MSPI", "", "3", "x", "0,4", "2,12", "0,x", *(("0", "2") if firmware == MEASURED else ()))
    assert desk.at("AT+MSPI=1,99", S) == OK + desk.banner
    assert desk.exchange(b"AT+MSPI=?\r").endswith(b"1,0\r\n" + OK)
    assert desk.exchange(b"AT+MSPI=2,11\r", S).endswith(OK + desk.banner)
    assert (desk.module.ram.interface, desk.module.ram.spi_option) == (2, 11)
    assert desk.exchange(b"AT+MSPI=?\r") == b"", "the answer is on SPI"


# --- customer settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_customer_code(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+MCUSTOM=?") == (b"WIZNET\r\n" if firmware == GUIDE else b"WIZNET    \r\n") + OK
    refused(desk, "MCUSTOM", "", "wiznet", "WIZNET ", "OTHER", "\xff")
    for code in CUSTOM_CODES:
        desk.ok(f"AT+MCUSTOM={code}")
        assert desk.at("AT+MCUSTOM=?") == code.encode() + b"\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_custom_gpio(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "MCSTGPIO", "", "2", "x")
    desk.ok("AT+MCSTGPIO=1")
    assert desk.at("AT+MCSTGPIO=?") == b"1\r\n" + OK


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_event_settings(firmware: str) -> None:
    desk = Desk(firmware)
    refused(desk, "MEVTMSG", "", "?", "2", "x")
    desk.ok("AT+MEVTMSG=1", "AT+MEVTMSG=0")
    assert desk.at("AT+MEVTFORM=?") == b"1111111111\r\n" + OK
    refused(desk, "MEVTFORM", "", "111111111", "11111111111", "1111111113", "x")
    desk.ok("AT+MEVTFORM=0120120120")
    assert desk.at("AT+MEVTFORM=?") == b"0120120120\r\n" + OK
    assert desk.at("AT+MEVTDELAY=?") == b"0\r\n" + OK
    refused(desk, "MEVTDELAY", "", "0", "1001", "x")


@pytest.mark.parametrize(("delay_ms", "kept"), [(1, 1), (255, 255), (256, 0), (300, 44), (1000, 232)])
def test_event_delay_is_kept_in_8_bits(delay_ms: int, kept: int) -> None:
    desk = Desk()
    assert desk.at(f"AT+MEVTDELAY={delay_ms}", S) == OK
    assert desk.at("AT+MEVTDELAY=?", S) == b"%d\r\n" % kept + OK


def test_update_mode_answers_first() -> None:
    desk = Desk(joined=True)
    assert desk.at("AT+FOTA=?").startswith(OK)
    assert isinstance(next(e for e in desk.effects if isinstance(e, fx.Reset)), fx.Reset)
    assert desk.exchange(b"AT\r", 10 * S).count(OK) == 0
