"""How settings are printed (firmware 1.0.5.2)."""

from __future__ import annotations

import pytest

from wizfi_emu.profile import Profile, Security, WifiSection
from wizfi_emu.profile.fields import (
    AccessPointSetting,
    Gpio,
    ReceiveForm,
    SecuritySetting,
    SocketRegistration,
    StationSetting,
    UartSetting,
)
from wizfi_emu.profile.printed import (
    print_addresses,
    print_gpios,
    print_key,
    print_network,
    print_profile,
    print_receive_form,
    print_registration,
    print_security,
    print_uart,
)

MAC = "00:08:DC:11:22:33"
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
+FGPIO={1,1,3,0},{1,5,3,0},{1,6,3,0},{1,7,3,0},{1,8,3,0}"""


def lines(profile: Profile) -> list[bytes]:
    return print_profile(profile, live_mac=MAC, web_running=False, gpios=profile.gpios, groups=True, upper_case=False)


def test_factory_profile() -> None:
    assert b"\n".join(lines(Profile())) == FACTORY


def test_live_values_take_the_place_of_stored_ones() -> None:
    shown = print_profile(
        Profile(web_type="A"), live_mac="02:00:00:00:00:01", web_running=True, gpios=None, groups=False, upper_case=True
    )
    assert shown[7] == b"+MMAC=02:00:00:00:00:01"
    assert shown[10:] == [b"+FWEBS=1,A"]


def test_bssid_as_stored_in_the_profile_and_in_lower_case_in_the_query() -> None:
    station = StationSetting(b"net", "00:08:DC:AA:BB:01", 3)
    assert lines(Profile(station=station))[0] == b"+WSET=0,net,00:08:DC:AA:BB:01,3"
    assert print_network(0, WifiSection(station=station)) == b"0,net,00:08:dc:aa:bb:01,3"


def test_access_point_mode() -> None:
    profile = Profile(wifi_mode=1, access_point=AccessPointSetting(b"mine", 11))
    profile.ap_security = SecuritySetting(Security.WPA, b"abcdefgh")
    assert lines(profile)[:2] == [b"+WSET=1,mine,,11", b"+WSEC=1,WPA,abcdefgh"]
    station = StationSetting(b"net", "00:08:DC:AA:BB:01", 3)
    assert print_network(1, WifiSection(station, access_point=profile.access_point)) == b"1,mine,00:08:dc:aa:bb:01,11"


def test_network_query_without_bssid() -> None:
    assert print_network(0, WifiSection()) == b"0,WizFiAP,00:00:00:00:00:00,6"


@pytest.mark.parametrize(
    ("security", "key", "shown"),
    [
        (Security.WPA2, b"12345678", b"12345678"),
        (Security.AUTO, b"12345678", b"12345678"),
        (Security.WPA, bytes(64), b"00 " * 64),
        (Security.WPA2AES, b"x" * 63, b"x" * 63),
        (Security.WEP, b"abcde", b"abcde"),
        (Security.WEP, b"\x01\x02\xab\x7f ", b"01 02 ab 7f 20 "),
        (Security.WEP, b"a\x7fcde", b"61 7f 63 64 65 "),
        (Security.OPEN, b"", b""),
        (Security.OPEN, b"left over", b""),
    ],
)
def test_key(security: Security, key: bytes, shown: bytes) -> None:
    assert print_key(SecuritySetting(security, key), groups=True) == shown
    assert print_key(SecuritySetting(security, key), groups=False) == shown.replace(b" ", b"")
    assert lines(Profile(station_security=SecuritySetting(security, key)))[1].endswith(b"," + shown)


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        (SecuritySetting(Security.OPEN, b""), b"0,OPEN,0"),
        (SecuritySetting(Security.AUTO, b"12345678"), b"0,,12345678"),
        (SecuritySetting(Security.WEP, b"12345"), b"0,WEP,12345"),
    ],
)
def test_security_query(setting: SecuritySetting, shown: bytes) -> None:
    assert print_security(0, setting, groups=True) == shown
    plain = b"0,OPEN," if setting.type is Security.OPEN else shown
    assert print_security(0, setting, groups=False) == plain


def test_single_settings() -> None:
    assert print_addresses(Profile(dhcp=False)) == b"0,192.168.12.101,255.255.255.0,192.168.12.1"
    assert print_registration(SocketRegistration("SO", "UCN", "1.2.3.4", 5, 6, False)) == b"SO,UCN,1.2.3.4,5,6,0"
    form = ReceiveForm("110001110", 0x5B, 0x3B, 0xFF, 0, 1)
    assert print_receive_form(form, upper_case=False) == b"110001110,5b,3b,ff,00,01"
    assert print_receive_form(form, upper_case=True) == b"110001110,5B,3B,FF,00,01"
    assert print_uart(UartSetting(9600, "E", 7, "1.5", "HW")) == b"9600,E,7,1.5,HW"
    gpios = (Gpio(0, 0, 1), *(Gpio(),) * 4)
    assert print_gpios(gpios) == b"{0,1,0,1},{1,5,3,0},{1,6,3,0},{1,7,3,0},{1,8,3,0}"
