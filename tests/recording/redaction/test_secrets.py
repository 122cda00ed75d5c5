"""Where keys and passwords stand, and that everything else stays as it is."""

from __future__ import annotations

import msgspec
import pytest

from wizfi_emu.profile import FlashImage, SecuritySection, WifiSection, decode_image, encode_image, factory_profile
from wizfi_emu.profile.fields import AccessPointSetting, Backup, MqttSetting, Security, SecuritySetting
from wizfi_emu.profile.fields import SocketRegistration as Registration
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_image, mask_line, mask_lines, mask_request, private_key_follows

SECRET = b"topSecret!"
MASK = b"1xxxxxxxxx"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (b"AT+WSEC=0,WPA2,topSecret!", b"AT+WSEC=0,WPA2,1xxxxxxxxx"),
        (b"at+wsec=1,,topSecret!", b"at+wsec=1,,1xxxxxxxxx"),
        (b'AT+WSEC="0","WPA2","topSecret!"', b'AT+WSEC="0","WPA2","1xxxxxxxxx"'),
        (b"AT+WSEC=0,WEP,DEADBEEF01", b"AT+WSEC=0,WEP,B1B0B0B0B0"),
        (b"AT+WSEC=0,WPA2,12345678", b"AT+WSEC=0,WPA2,12345678"),
        (b"AT+WSEC=0,WPA2,topSecret!\0AT+WSEC", b"AT+WSEC=0,WPA2,1xxxxxxxxx\0" + b"2xxxxxx"),
        (b"AT+WSEC=0,WPA2", b"AT+WSEC=0,WPA2"),
        (b"AT+WSEC=?", b"AT+WSEC=?"),
        (b"AT+MCWUI=admin,admin,bob,topSecret!", b"AT+MCWUI=admin,admin,bob,1xxxxxxxxx"),
        (b'AT+MCWUI=bob,topSecret!,"al,ice","one,Secret"', b'AT+MCWUI=bob,1xxxxxxxxx,"al,ice","2xx,3xxxxx"'),
        (b"AT+MCWUI=?", b"AT+MCWUI=?"),
        (b"AT+MQTTSET=someone,topSecret!,client,60", b"AT+MQTTSET=1xxxxxx,2xxxxxxxxx,client,60"),
        (b"AT+MQTTSET=,topSecret!", b"AT+MQTTSET=,1xxxxxxxxx"),
        (b"AT+MQTTSET=?", b"AT+MQTTSET=?"),
        (b"AT+WWPS=1,48151623", b"AT+WWPS=1,10000000"),
        (b"AT+GMMPSET=1,1.2.3.4,5,domain,topSecret!,mf,dev", b"AT+GMMPSET=1,1.2.3.4,5,domain,1xxxxxxxxx,mf,dev"),
        (b"HelloAT+WSEC=0,WPA2,topSecret!", b"HelloAT+WSEC=0,WPA2,1xxxxxxxxx"),
        (b"AT+WSET=0,topSecret!", b"AT+WSET=0,topSecret!"),
        (b"AT+MCERT=W,K,100", b"AT+MCERT=W,K,100"),
        (b"", b""),
    ],
)
def test_a_command_line(line: bytes, masked: bytes) -> None:
    assert mask_line(line, Masks()) == masked


def test_lines_in_data() -> None:
    data = b"WizFi250AirCmd:AT+WSEC=0,WPA2,topSecret!\rAT\r"
    assert mask_lines(data, Masks()) == data.replace(SECRET, MASK)
    assert mask_lines(b"nothing\rof interest", Masks()) == b"nothing\rof interest"


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b"AT+MCERT=W,K,100", 100),
        (b"at+mcert=w,k,4095", 4095),
        (b"AT+MCERT=W,K,4096", 0),
        (b"AT+MCERT=W,K", 0),
        (b"AT+MCERT=W,C,100", 0),
        (b"AT+MCERT=R,K", 0),
        (b"AT+MCERT=W,K,x", 0),
        (b"AT", 0),
    ],
)
def test_private_keys_follow_a_line(line: bytes, count: int) -> None:
    assert private_key_follows(line) == count


@pytest.mark.parametrize(
    ("target", "masked"),
    [
        (b"/s2wlogin?UN:admin/PW:topSecret!^", b"/s2wlogin?UN:admin/PW:1xxxxxxxxx^"),
        (b"/s2wlogin?UN:admin/PW:top%20Secret%21^", b"/s2wlogin?UN:admin/PW:1xxxxxxxxxx^"),
        (b"/s2wconfig_ap?SD:My%20Net/SS:WPA2/PK:topSecret!^", b"/s2wconfig_ap?SD:My%20Net/SS:WPA2/PK:1xxxxxxxxx^"),
        (b"/connect?as0=net+^&at0=1+^&ap0=DEADBEEF01", b"/connect?as0=net+^&at0=1+^&ap0=B1B0B0B0B0"),
        (b"/connect?as0=net+^&at0=4194310+^&ap0=top+^Secret", b"/connect?as0=net+^&at0=4194310+^&ap0=1xxxxxxxxxx"),
        (b"/s2w_user_info_setting?CI:a/CP:old/NI:b/NP:new^", b"/s2w_user_info_setting?CI:a/CP:1xx/NI:b/NP:2xx^"),
        (b"/wps_go?pin=48151623", b"/wps_go?pin=10000000"),
        (b"/wps_go", b"/wps_go"),
        (b"/s2wlogin?UN:admin/PW:admin^", b"/s2wlogin?UN:admin/PW:admin^"),
        (b"/s2wconfig?PT:TCN/DI:1.2.3.4^", b"/s2wconfig?PT:TCN/DI:1.2.3.4^"),
    ],
)
def test_a_web_request(target: bytes, masked: bytes) -> None:
    head = b" HTTP/1.1\r\nHost: 192.168.12.1\r\n\r\n"
    assert mask_request(b"GET " + target + head, Masks()) == b"GET " + masked + head


@pytest.mark.parametrize("segment", [b"", b"GET", b"PUT /s2wlogin?PW:x", b"\x16\x03\x01"])
def test_what_is_no_web_request(segment: bytes) -> None:
    assert mask_request(segment, Masks()) == segment


def test_every_secret_of_a_flash_image() -> None:
    secret = [b"secret-%d!" % number for number in range(8)]
    station, access_point = SecuritySetting(Security.WPA2, secret[0]), SecuritySetting(Security.WPA, secret[1])
    profile = factory_profile("1.0.5.2")
    profile.station_security, profile.ap_security = station, access_point
    profile.web_user, profile.web_password = b"someone", secret[2]
    profile.mqtt = MqttSetting(secret[3], secret[4], b"client", 60)
    profile.backup = Backup(
        0,
        AccessPointSetting(),
        SecuritySetting(Security.WPA2, secret[5]),
        True,
        "10.0.0.1",
        "255.0.0.0",
        "10.0.0.2",
        Registration(),
    )
    image = FlashImage(profile, WifiSection.of(profile), SecuritySection(b"certificate", secret[6]))
    masked = mask_image(encode_image(image), Masks())
    for one in secret:
        assert one not in b"".join(_all_bytes(decode_image(masked)))
    changed = decode_image(masked)
    assert changed is not None
    assert changed.security.certificate == b"certificate"
    assert changed.profile.web_user == b"someone"
    assert changed.wifi == WifiSection.of(changed.profile)
    assert changed.profile.station_security.type is Security.WPA2
    assert changed.profile.station_security.key != changed.profile.ap_security.key


def _all_bytes(value: object) -> list[bytes]:
    match msgspec.to_builtins(value, builtin_types=(bytes,)):
        case dict() as fields:
            return [data for one in fields.values() for data in _all_bytes(one)]
        case list() | tuple() as items:
            return [data for one in items for data in _all_bytes(one)]
        case bytes() as data:
            return [data]
        case _:
            return []


def test_a_factory_image_stays_as_it_is() -> None:
    image = encode_image(FlashImage(factory_profile("1.0.5.2")))
    assert mask_image(image, Masks()) == image


def test_images_that_the_module_cannot_read() -> None:
    assert mask_image(b"", Masks()) == b""
    damaged = mask_image(b'{"key": "secret"', Masks())
    assert damaged
    assert b"secret" not in damaged
    assert decode_image(damaged) is None
