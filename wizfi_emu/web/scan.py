"""The table of access points: codes, words, filter, rows."""

from wizfi_emu.web.answers import html_text, script_string

SECURITY_CODES = {
    "OPEN": 0,
    "WEP_PSK": 1,
    "WEP_SHARED": 32769,
    "WPA_TKIP": 2097154,
    "WPA_AES": 2097156,
    "WPA2_TKIP": 4194306,
    "WPA2_AES": 4194308,
    "WPA2_MIXED": 4194310,
    "WPS_OPEN": 268435456,
    "WPS_SECURE": 268435460,
    "UNKNOWN": -1,
}
"""Words and codes of the pages (firmware 1.0.5.2)."""

_PAGE_WORDS = {
    "OPEN": "OPEN",
    "WEP": "WEP_PSK",
    "WPA": "WPA_TKIP",
    "WPAAES": "WPA_AES",
    "WPA2TKIP": "WPA2_TKIP",
    "WPA2AES": "WPA2_AES",
    "WPA2": "WPA2_MIXED",
}
_WSEC_WORDS = {SECURITY_CODES[page]: word for word, page in _PAGE_WORDS.items()} | {32769: "WEP"}

_SIGNALS = ((-85, "Very Poor"), (-70, "Poor"), (-55, "Poor"), (-40, "Good"))
_RANGE_DBM = {1: -70, 2: -55, 3: -40}

TABLE_HEAD = (
    '<p><button type="button" onclick="location.reload()">Rescan</button></p>\n'
    "<table>\n<thead><tr><th></th><th>Network Name</th><th>Security</th><th>BSSID</th><th>Signal</th></tr></thead>\n"
    "<tbody>\n"
)
TABLE_END = "</tbody>\n</table>\n"


def security_word(code: int) -> str | None:
    """The word of AT+WSEC for a code of the pages; None for a code that no station can join with."""
    return _WSEC_WORDS.get(code)


def signal_word(rssi_dbm: int) -> str:
    """How the table names a signal strength."""
    return next((word for limit_dbm, word in _SIGNALS if rssi_dbm <= limit_dbm), "Excellent")


def is_shown(ssid: bytes, rssi_dbm: int, options: tuple[int, int, int]) -> bool:
    """Whether a network passes the filter of AT+FWEBSOPT: hidden, english, range. A range above 3 filters nothing."""
    hidden, english, signal_range = options
    if not ssid and not hidden:
        return False
    if english and any(not 0x20 <= byte <= 0x7F for byte in ssid):
        return False
    limit_dbm = _RANGE_DBM.get(signal_range)
    return limit_dbm is None or rssi_dbm > limit_dbm


def row(index: int, ssid: bytes, rssi_dbm: int, security: str, channel: int, bssid: str) -> str:
    """One row with its script; ``security`` is a word of AT+WSEC or UNKNOWN, ``bssid`` has colons."""
    word = _PAGE_WORDS.get(security, "UNKNOWN")
    signal = signal_word(rssi_dbm)
    digits = bssid.replace(":", "").upper()
    fields = f'{index}, {script_string(ssid)}, "{signal}", {SECURITY_CODES[word]}, "{word}", {channel}, "{digits}"'
    cells = "".join(f"<td>{cell}</td>" for cell in (html_text(ssid), word, digits, signal))
    button = f'<td><button type="button" onclick="join_network({index})">Join</button></td>'
    return f"<tr>{button}{cells}</tr>\n<script>add_network({fields});</script>\n"
