"""Result codes and event texts, byte by byte."""

from __future__ import annotations

from enum import Enum


class Response(Enum):
    """The final response of a command (guide, Responses). ``NONE``: the command prints nothing more itself."""

    OK = b"[OK]\r\n"
    ERROR = b"[ERROR]\r\n"
    INVALID_INPUT = b"[ERROR: INVALID INPUT]\r\n"
    INVALID_SCID = b"[ERROR: INVALID SCID]\r\n"
    WIFI_STATUS = b"[ERROR: WiFi Status]\r\n"
    MODE_STATUS = b"[ERROR: Mode Status]\r\n"
    NONE = b""


class Notice(Enum):
    """The ten kinds of unsolicited text, with the position that AT+MEVTFORM gives each (from 0)."""

    BANNER = 0
    CONNECT = 1
    DISCONNECT = 2
    LINK_UP = 3
    LINK_DOWN = 4
    RESET = 5
    SEND_ERROR = 6
    P2P_FAIL = 7
    LISTEN = 8
    PROGRESS = 9


_FULL_TEXTS = {
    Notice.BANNER: "WizFi250 Version {} (WIZnet Co.Ltd)\r\n",
    Notice.CONNECT: "\r\n[CONNECT {:x}]\r\n",
    Notice.DISCONNECT: "\r\n[DISCONNECT {:x}]\r\n",
    Notice.LINK_UP: "\r\n[Link-Up Event]\r\n",
    Notice.LINK_DOWN: "\r\n[Link-Down Event]\r\n",
    Notice.RESET: "\r\n[Reset Event]\r\n",
    Notice.SEND_ERROR: "\r\n[TCP Send Error]\r\n",
    Notice.P2P_FAIL: "\r\n[P2P Fail Event]\r\n",
    Notice.LISTEN: "\r\n[LISTEN {:x}]\r\n",
}


def notice_text(notice: Notice, form: str, argument: int | str = "") -> bytes:
    """The bytes of an event under an AT+MEVTFORM digit: ``0`` nothing, ``1`` the full text, ``2`` the short one.

    ``argument`` is the socket id or, for the banner, the version. Position 10 (progress) has no text of its own.
    """
    if form == "1":
        return _FULL_TEXTS[notice].format(argument).encode("latin-1")
    if form == "2":
        return f"\r\n[{notice.value}]\r\n".encode()
    return b""
