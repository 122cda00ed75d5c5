"""What a module had set: read from its answers, and the lines that set it again."""

from __future__ import annotations

from wizfi_emu.calibrate.backup import FACTORY, Backup, differences, may_reset, network_lines, put_lines, reload_lines
from wizfi_emu.calibrate.load import load_plan

SETTINGS = {setting.ask: setting for setting in load_plan().settings}


def backup(wset: str = "0,net,,6", wsec: str = "0,WPA2,12345678", shown: str = "0,net,00:00:00:00:00:00,6") -> Backup:
    return Backup((f"+WSET={wset}", f"+WSEC={wsec}"), {}, {}, {"AT+WSET=?": shown})


def test_lines_that_set_a_value() -> None:
    assert put_lines(SETTINGS["AT+WNET=?"], "1,1.2.3.4,,") == ["AT+WNET=1,1.2.3.4,,"]
    assert put_lines(SETTINGS["AT+FSOCK=?"], "5000,5,7") == ["AT+FSOCK=1,5000", "AT+FSOCK=2,5", "AT+FSOCK=3,7"]
    assert put_lines(SETTINGS["AT+SCON=?"], "S,TSN,,0,7,0") == ["AT+SCON=S,TSN,,0,7,0"]
    assert put_lines(SETTINGS["AT+SCON=?"], "O,TSN,,0,7,0") == []


def test_what_was_not_saved_is_set_behind_what_was() -> None:
    one = Backup((), {"AT+MECHO=?": "1"}, {"AT+MECHO=?": "0"})
    assert reload_lines(one, SETTINGS.values()) == ["AT+MPROF=L", "AT+MECHO=0"]


def test_lines_that_set_the_network() -> None:
    factory = ["AT+WSET2=1,WizFiSoftAP,,1", "AT+WSEC=1,WPA2,12345678"]
    station = network_lines(backup(), has_wset2=True)
    assert station == [*factory, "AT+WSET2=0,net,,6", "AT+WSEC=0,WPA2,12345678"]
    with_bssid = backup("0,a,b,00:11:22:33:44:55,0", "0,WPA2,ab cd ", "0,a,b,00:11:22:33:44:55,0")
    assert network_lines(with_bssid, has_wset2=True)[2:] == [
        "AT+WSET2=0,a,b,00:11:22:33:44:55",
        "AT+WSEC=0,WPA2,abcd",
    ]
    access_point = network_lines(
        backup("1,mine,,3", "1,OPEN,", "1,mine,00:11:22:33:44:55,3"),
        has_wset2=False,
    )
    assert access_point[0] == "AT+WSET=0,WizFiAP,,6"
    assert access_point[2:] == ["AT+WSET=1,mine,,3", "AT+WSEC=1,OPEN,"]


def test_a_factory_reset_only_where_it_takes_nothing_away() -> None:
    assert may_reset(Backup((), {}, {}, FACTORY))
    assert not may_reset(Backup((), {}, {}, {**FACTORY, "AT+USET=?": "9600,N,8,1,N"}))


def test_differences_are_those_of_the_first() -> None:
    one = Backup(("+MMSG=2",), {"AT+WANT=?": "3"}, {}, {"AT+MSPI=?": "0,9"})
    other = Backup(("+MMSG=1",), {"AT+WANT=?": "1"}, {}, {"AT+MSPI=?": "1,0"})
    assert differences(one, other) == ["+MMSG=2", "AT+WANT=? 3", "AT+MSPI=? 0,9"]
    assert differences(one, one) == []


def test_keys_are_no_part_of_what_is_printed() -> None:
    assert "12345678" not in repr(backup())
