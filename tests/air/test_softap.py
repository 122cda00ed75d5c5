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


def start() -> SoftAp:
    return SoftAp(STATIONS, b"Mine", b"right-key", "192.168.1.1", "255.255.255.0", now_us=500)


def test_stations_that_know_name_and_key_come_in_their_time() -> None:
    assert [(one.station.mac[-2:], one.at_us, one.address) for one in start().arrivals] == [
        ("01", 1_000_500, "192.168.1.2"),
        ("02", 2_000_500, "192.168.1.99"),
        ("03", 3_000_500, "192.168.1.3"),
        ("06", 4_000_500, "192.168.1.4"),
    ]


def test_only_who_is_there_replies() -> None:
    soft_ap = start()
    assert soft_ap.ping_ms("192.168.1.3", 3_000_499) is None
    assert soft_ap.ping_ms("192.168.1.3", 3_000_500) == 7
    assert soft_ap.ping_ms("192.168.1.1", 0) == 1
    assert soft_ap.ping_ms("192.168.1.77", 10**9) is None
    assert soft_ap.ping_ms("no address", 10**9) is None
