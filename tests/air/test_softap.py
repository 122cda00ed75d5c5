import msgspec

from tests.air.orders import soft_ap_start
from wizfi_emu.air.listener import Listener
from wizfi_emu.air.softap import SoftAp
from wizfi_emu.air.world import Station

STATIONS = (
    Station(mac="00:00:00:00:00:03", after_ms=3000, ping_ms=7),
    Station(mac="00:00:00:00:00:01", after_ms=1000),
    Station(mac="00:00:00:00:00:02", after_ms=2000, address="192.168.1.99"),
    Station(mac="00:00:00:00:00:04", after_ms=10, ssid="Other"),
    Station(mac="00:00:00:00:00:05", after_ms=10, key="wrong-key"),
    Station(mac="00:00:00:00:00:06", after_ms=4000, ssid="Mine", key="right-key"),
)


SETTING = soft_ap_start(b"Mine", "WPA2", b"right-key", 6, "00:08:DC:00:00:00", "192.168.1.1", "255.255.255.0")


class Module(Listener):
    def station_came(self, mac: str, after_us: int) -> None:
        raise AssertionError("no module comes")

    def station_left(self, mac: str) -> None:
        raise AssertionError("no module leaves")


def start(*more: Station) -> SoftAp:
    return SoftAp(SETTING, Module(), (*STATIONS, *more), now_us=500)


def test_stations_that_know_name_and_key_come_in_their_time() -> None:
    assert [(one.station.mac[-2:], one.at_us, one.address) for one in start().arrivals] == [
        ("01", 1_000_500, "192.168.1.2"),
        ("02", 2_000_500, "192.168.1.99"),
        ("03", 3_000_500, "192.168.1.3"),
        ("06", 4_000_500, "192.168.1.4"),
    ]


def test_first_lease_can_be_told() -> None:
    soft_ap = SoftAp(msgspec.structs.replace(SETTING, first_lease="192.168.1.100"), Module(), STATIONS, now_us=0)
    assert [one.address for one in soft_ap.arrivals] == [
        "192.168.1.100",
        "192.168.1.99",
        "192.168.1.101",
        "192.168.1.102",
    ]


def test_only_who_is_there_replies() -> None:
    soft_ap = start()
    assert soft_ap.ping_ms("192.168.1.3", 3_000_499) is None
    assert soft_ap.ping_ms("192.168.1.3", 3_000_500) == 7
    assert soft_ap.ping_ms("192.168.1.1", 0) == 1
    assert soft_ap.ping_ms("192.168.1.77", 10**9) is None
    assert soft_ap.ping_ms("no address", 10**9) is None


def test_station_that_leaves_is_there_for_its_time() -> None:
    soft_ap = start(Station(mac="00:00:00:00:00:07", after_ms=5000, stays_ms=250))
    assert [soft_ap.ping_ms("192.168.1.5", at_us) for at_us in (5_000_499, 5_000_500, 5_250_499, 5_250_500)] == [
        None,
        1,
        1,
        None,
    ]


def test_key_is_in_no_text() -> None:
    assert "right-key" not in repr(SETTING)
