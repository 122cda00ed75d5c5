import pytest

from wizfi_emu.air.accesspoint import WPS_WINDOW_US, Credentials, JoinOutcome, LiveAccessPoint, best_of
from wizfi_emu.air.world import AccessPoint, Wps

BSSID = "00:08:DC:AA:BB:01"
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
def test_which_security_settings_fit(security: str, accepted: set[str]) -> None:
    key = KEYS.get(security, "12345678")
    point = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A", security=security, key=key))  # type: ignore[arg-type]
    fits = {word for word in [*WORDS, "", "?"] if point.speaks(Credentials(b"A", word))}
    assert fits == accepted


@pytest.mark.parametrize(("authentication", "fits"), [("any", [False, True]), ("open", [False]), ("shared", [True])])
def test_wep_authentication(authentication: str, fits: list[bool]) -> None:
    config = AccessPoint(
        bssid=BSSID,
        ssid="A",
        security="WEP",
        key="abcde",
        wep_authentication=authentication,  # type: ignore[arg-type]
    )
    point = LiveAccessPoint(config)
    assert [shared for shared in (False, True) if point.speaks(Credentials(b"A", "WEP", shared_key=shared))] == fits
    assert not point.speaks(Credentials(b"A", "OPEN", shared_key=authentication == "shared"))


@pytest.mark.parametrize("key", [b"abcde", b"6162636465"])
@pytest.mark.parametrize("written", ["abcde", "6162636465"])
def test_wep_key_is_the_same_as_text_and_as_hex(key: bytes, written: str) -> None:
    point = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A", security="WEP", key=written))
    assert point.has_key(Credentials(b"A", "WEP", key))
    assert not point.has_key(Credentials(b"A", "WEP", b"abcdf"))


def test_128_hex_digits_are_64_bytes() -> None:
    point = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A", security="WPA2", key="ab" * 64))
    assert point.has_key(Credentials(b"A", "WPA2", b"\xab" * 64))
    assert point.has_key(Credentials(b"A", "WPA2", b"AB" * 64))


def test_open_network_ignores_the_key() -> None:
    assert LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A")).has_key(Credentials(b"A", "OPEN", b"whatever"))


def test_of_several_with_one_name_the_strongest_that_fits_is_chosen() -> None:
    def point(last: int, rssi_dbm: int, **other: str) -> LiveAccessPoint:
        config = {"bssid": f"00:08:DC:AA:BB:{last:02}", "ssid": "A", "rssi_dbm": rssi_dbm, **other}
        return LiveAccessPoint(AccessPoint(**config))  # type: ignore[arg-type]

    weak, strong = point(1, -80), point(2, -40)
    secured = point(3, -20, security="WPA2", key="12345678")
    points = [weak, strong, secured]
    assert best_of(points, Credentials(b"A", "OPEN")) == (strong, JoinOutcome.JOINED)
    assert best_of(points, Credentials(b"A", "WPA2", b"12345678")) == (secured, JoinOutcome.JOINED)
    assert best_of(points, Credentials(b"A", "WPA2", b"12345679")) == (secured, JoinOutcome.WRONG_KEY)
    assert best_of(points, Credentials(b"A", "WEP", b"12345")) == (secured, JoinOutcome.SECURITY_MISMATCH)
    assert best_of(points, Credentials(b"A", "OPEN", bssid="00:08:dc:aa:bb:01")) == (weak, JoinOutcome.JOINED)
    assert best_of(points, Credentials(b"B", "OPEN")) == (None, JoinOutcome.NOT_FOUND)
    assert best_of(points, Credentials(b"", "OPEN")) == (None, JoinOutcome.NOT_FOUND)
    strong.on = False
    assert best_of(points, Credentials(b"A", "OPEN")) == (weak, JoinOutcome.JOINED)


def test_wps_button_counts_for_two_minutes() -> None:
    point = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A", wps=Wps()))
    assert not point.offers_wps(None, 0)
    point.pressed_us = 1000
    assert point.offers_wps(None, 1000)
    assert point.offers_wps(None, 999 + WPS_WINDOW_US)
    assert not point.offers_wps(None, 1000 + WPS_WINDOW_US)


def test_wps_needs_its_own_way_in() -> None:
    pin_only = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A", wps=Wps(pin="12345670")))
    assert pin_only.offers_wps("12345670", 0)
    assert not pin_only.offers_wps("12345671", 0)
    assert not pin_only.offers_wps(None, 0)
    always = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A", wps=Wps(button_pressed=True)))
    assert always.offers_wps(None, 10**12)
    assert not always.offers_wps("", 0)
    always.on = False
    assert not always.offers_wps(None, 0)
    assert not LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="A")).offers_wps("", 0)


def test_person_names_it_by_ssid_or_bssid() -> None:
    point = LiveAccessPoint(AccessPoint(bssid=BSSID, ssid="Ä"))
    assert [point.is_called(name) for name in ("Ä", "00:08:dc:aa:bb:01", "ä", "\udc80")] == [True, True, False, False]


def test_credentials_keep_the_key_out_of_their_text() -> None:
    assert "secret" not in repr(Credentials(b"A", "WPA2", b"secret-key"))
