from typing import Any, Literal

import pytest

from tests.air.orders import join
from wizfi_emu.air.accesspoint import (
    ROAM_BELOW_DBM,
    ROAM_GAIN_DB,
    WPS_WINDOW_US,
    LiveAccessPoint,
    best_of,
    better_than,
)
from wizfi_emu.air.segment import Servers
from wizfi_emu.air.values import SecurityWord
from wizfi_emu.air.world import AccessPoint, Change, Dhcp, Wps
from wizfi_emu.module.events import JoinFailure

BSSID = "00:08:DC:AA:BB:01"


def live(config: AccessPoint) -> LiveAccessPoint:
    return LiveAccessPoint.of(config, Servers())


KEYS = {"OPEN": "", "WEP": "abcde"}
WORDS = ["OPEN", "WEP", "WPA", "WPAAES", "WPA2AES", "WPA2TKIP", "WPA2"]


@pytest.mark.parametrize(
    ("security", "accepted"),
    [
        ("OPEN", {"OPEN"}),
        ("WEP", {"WEP"}),
        ("WPA", {"WPA"}),
        ("WPAAES", {"WPAAES"}),
        ("WPA2AES", {"WPA2AES", "WPA2"}),
        ("WPA2TKIP", {"WPA2TKIP", "WPA2"}),
        ("WPA2", {"WPA2", "WPA2AES", "WPA2TKIP"}),
    ],
)
def test_which_security_settings_fit(security: SecurityWord, accepted: set[str]) -> None:
    key = KEYS.get(security, "12345678")
    point = live(AccessPoint(bssid=BSSID, ssid="A", security=security, key=key))
    fits = {word for word in [*WORDS, "", "?"] if point.speaks(join(b"A", word))}
    assert fits == accepted


@pytest.mark.parametrize(("authentication", "fits"), [("any", [False, True]), ("open", [False]), ("shared", [True])])
def test_wep_authentication(authentication: Literal["any", "open", "shared"], fits: list[bool]) -> None:
    config = AccessPoint(
        bssid=BSSID,
        ssid="A",
        security="WEP",
        key="abcde",
        wep_authentication=authentication,
    )
    point = live(config)
    assert [shared for shared in (False, True) if point.speaks(join(b"A", "WEP", shared_key=shared))] == fits
    assert not point.speaks(join(b"A", "OPEN", shared_key=authentication == "shared"))


@pytest.mark.parametrize("key", [b"abcde", b"6162636465"])
@pytest.mark.parametrize("written", ["abcde", "6162636465"])
def test_wep_key_is_the_same_as_text_and_as_hex(key: bytes, written: str) -> None:
    point = live(AccessPoint(bssid=BSSID, ssid="A", security="WEP", key=written))
    assert point.has_key(join(b"A", "WEP", key))
    assert not point.has_key(join(b"A", "WEP", b"abcdf"))


def test_128_hex_digits_are_64_bytes() -> None:
    point = live(AccessPoint(bssid=BSSID, ssid="A", security="WPA2", key="ab" * 64))
    assert point.has_key(join(b"A", "WPA2", b"\xab" * 64))
    assert point.has_key(join(b"A", "WPA2", b"AB" * 64))


def test_open_network_ignores_the_key() -> None:
    assert live(AccessPoint(bssid=BSSID, ssid="A")).has_key(join(b"A", "OPEN", b"whatever"))


def test_of_several_with_one_name_the_strongest_that_fits_is_chosen() -> None:
    def point(last: int, rssi_dbm: int, **other: object) -> LiveAccessPoint:
        config: dict[str, Any] = {"bssid": f"00:08:DC:AA:BB:{last:02}", "ssid": "A", "rssi_dbm": rssi_dbm, **other}
        return live(AccessPoint(**config))

    weak, strong = point(1, -80), point(2, -40)
    secured = point(3, -20, security="WPA2", key="12345678")
    points = [weak, strong, secured]
    assert best_of(points, join(b"A", "OPEN")) == (strong, None)
    assert best_of(points, join(b"A", "WPA2", b"12345678")) == (secured, None)
    assert best_of(points, join(b"A", "WPA2", b"12345679")) == (secured, JoinFailure.WRONG_KEY)
    assert best_of(points, join(b"A", "WEP", b"12345")) == (secured, JoinFailure.SECURITY_MISMATCH)
    assert best_of(points, join(b"A", "OPEN", bssid="00:08:dc:aa:bb:01")) == (weak, None)
    assert best_of(points, join(b"B", "OPEN")) == (None, JoinFailure.NOT_FOUND)
    assert best_of(points, join(b"", "OPEN")) == (None, JoinFailure.NOT_FOUND)
    strong.on = False
    assert best_of(points, join(b"A", "OPEN")) == (weak, None)


def test_wps_button_counts_for_two_minutes() -> None:
    point = live(AccessPoint(bssid=BSSID, ssid="A", wps=Wps()))
    assert not point.offers_wps(None, 0)
    point.pressed_us = 1000
    assert point.offers_wps(None, 1000)
    assert point.offers_wps(None, 999 + WPS_WINDOW_US)
    assert not point.offers_wps(None, 1000 + WPS_WINDOW_US)


def test_wps_needs_its_own_way_in() -> None:
    pin_only = live(AccessPoint(bssid=BSSID, ssid="A", wps=Wps(pin="12345670")))
    assert pin_only.offers_wps("12345670", 0)
    assert not pin_only.offers_wps("12345671", 0)
    assert not pin_only.offers_wps(None, 0)
    always = live(AccessPoint(bssid=BSSID, ssid="A", wps=Wps(button_pressed=True)))
    assert always.offers_wps(None, 10**12)
    assert not always.offers_wps("", 0)
    always.on = False
    assert not always.offers_wps(None, 0)
    assert not live(AccessPoint(bssid=BSSID, ssid="A")).offers_wps("", 0)


def test_person_names_it_by_ssid_or_bssid() -> None:
    point = live(AccessPoint(bssid=BSSID, ssid="Ä"))
    assert [point.is_called(name) for name in ("Ä", "00:08:dc:aa:bb:01", "ä", "\udc80")] == [True, True, False, False]


def test_access_point_keeps_the_key_out_of_its_text() -> None:
    assert "secret" not in repr(live(AccessPoint(bssid=BSSID, ssid="A", security="WPA2", key="secret-key")))


# --- roaming --------------------------------------------------------------------------------------------------------

STATION = join(b"A", "OPEN")


def access_point(last: int, rssi_dbm: int, **other: object) -> LiveAccessPoint:
    config: dict[str, Any] = {"bssid": f"00:08:DC:AA:BB:{last:02}", "ssid": "A", "rssi_dbm": rssi_dbm, **other}
    return live(AccessPoint(**config))


@pytest.mark.parametrize(
    ("current_dbm", "other_dbm", "roams"),
    [
        (ROAM_BELOW_DBM, -20, False),
        (ROAM_BELOW_DBM - 1, ROAM_BELOW_DBM - 1 + ROAM_GAIN_DB, True),
        (ROAM_BELOW_DBM - 1, ROAM_BELOW_DBM - 2 + ROAM_GAIN_DB, False),
    ],
)
def test_station_changes_to_what_is_much_stronger_when_its_own_is_weak(
    current_dbm: int, other_dbm: int, roams: bool
) -> None:
    current, other = access_point(1, current_dbm), access_point(2, other_dbm)
    assert better_than(current, [current, other], STATION) is (other if roams else current)


def test_station_changes_to_anything_that_admits_it_when_its_own_is_gone() -> None:
    current, weak = access_point(1, -40), access_point(2, -95)
    others = [access_point(3, -20, security="WPA2", key="12345678"), access_point(4, -30, on=False)]
    current.on = False
    assert better_than(current, [current, weak, *others], STATION) is weak
    assert better_than(current, [current, *others], STATION) is current


def test_station_that_wants_one_access_point_stays_with_it() -> None:
    current, other = access_point(1, -90), access_point(2, -20)
    wanted = join(b"A", "OPEN", bssid=current.bssid)
    assert better_than(current, [current, other], wanted) is current


def test_change_leaves_alone_what_it_does_not_name() -> None:
    point = access_point(1, -40, security="WPA2", key="12345678")
    servers = Servers()
    point.change(Change(rssi_dbm=-60), servers)
    assert (point.on, point.rssi_dbm, point.key) == (True, -60, b"12345678")
    point.change(Change(on=False, key="87654321", dhcp=Dhcp(start="192.168.12.99")), servers)
    assert (point.on, point.rssi_dbm, point.key) == (False, -60, b"87654321")
    assert point.server.segment.pool.take("a") == "192.168.12.99"
    with pytest.raises(ValueError, match="key: expected 8 to 63 characters"):
        point.check(Change(key="short"))
    point.check(Change(on=True))
