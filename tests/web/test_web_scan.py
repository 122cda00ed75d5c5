"""The table of access points."""

from __future__ import annotations

import pytest

from wizfi_emu.web import scan


@pytest.mark.parametrize(
    ("rssi_dbm", "word"),
    [
        (-100, "Very Poor"),
        (-85, "Very Poor"),
        (-84, "Poor"),
        (-70, "Poor"),
        (-55, "Poor"),
        (-54, "Good"),
        (-40, "Good"),
        (-39, "Excellent"),
        (-1, "Excellent"),
    ],
)
def test_signal(rssi_dbm: int, word: str) -> None:
    assert scan.signal_word(rssi_dbm) == word


@pytest.mark.parametrize(
    ("word", "page_word", "code"),
    [
        ("OPEN", "OPEN", 0),
        ("WEP", "WEP_PSK", 1),
        ("WPA", "WPA_TKIP", 2097154),
        ("WPAAES", "WPA_AES", 2097156),
        ("WPA2TKIP", "WPA2_TKIP", 4194306),
        ("WPA2AES", "WPA2_AES", 4194308),
        ("WPA2", "WPA2_MIXED", 4194310),
    ],
)
def test_security_there_and_back(word: str, page_word: str, code: int) -> None:
    assert f', {code}, "{page_word}", 6, ' in scan.row(0, b"a", -50, word, 6, "00:08:DC:AA:BB:01")
    assert scan.security_word(code) == word


def test_other_security_codes() -> None:
    assert scan.security_word(32769) == "WEP"
    assert '-1, "UNKNOWN"' in scan.row(0, b"a", -50, "UNKNOWN", 6, "00:08:DC:AA:BB:01")
    assert [scan.security_word(code) for code in (-1, 2, 268435456, 268435460)] == [None] * 4


def test_row() -> None:
    row = scan.row(3, b"My Net", -45, "WPA2", 11, "00:08:dc:aa:bb:01")
    cells = "<td>My Net</td><td>WPA2_MIXED</td><td>0008DCAABB01</td><td>Good</td>"
    assert cells in row
    assert 'onclick="join_network(3)">Join</button>' in row
    assert 'add_network(3, "My Net", "Good", 4194310, "WPA2_MIXED", 11, "0008DCAABB01");' in row


def test_a_hostile_name_stays_a_name() -> None:
    row = scan.row(0, b'"</script><script>alert(1)//', -45, "OPEN", 1, "00:08:DC:AA:BB:01")
    assert row.count("<script>") == row.count("</script>") == 1
    assert "<td>&quot;&lt;/script&gt;&lt;script&gt;alert(1)//</td>" in row


@pytest.mark.parametrize(
    ("ssid", "rssi_dbm", "options", "shown"),
    [
        (b"", -50, (1, 0, 0), True),
        (b"", -50, (0, 0, 0), False),
        (b"a\x7f\x20", -50, (1, 1, 0), True),
        (b"a\x1f", -50, (1, 1, 0), False),
        ("é".encode(), -50, (1, 1, 0), False),
        ("é".encode(), -50, (1, 0, 0), True),
        (b"a", -70, (1, 0, 1), False),
        (b"a", -69, (1, 0, 1), True),
        (b"a", -55, (1, 0, 2), False),
        (b"a", -54, (1, 0, 2), True),
        (b"a", -40, (1, 0, 3), False),
        (b"a", -39, (1, 0, 3), True),
        (b"a", -99, (1, 0, 4), True),
        (b"a", -99, (1, 0, 255), True),
    ],
)
def test_filter(ssid: bytes, rssi_dbm: int, options: tuple[int, int, int], shown: bool) -> None:
    assert scan.is_shown(ssid, rssi_dbm, options) is shown
