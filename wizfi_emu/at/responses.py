"""Result codes and event texts, byte by byte."""

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


class Urc(Enum):
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
    Urc.BANNER: "WizFi250 Version {} (WIZnet Co.Ltd)\r\n",
    Urc.CONNECT: "\r\n[CONNECT {:x}]\r\n",
    Urc.DISCONNECT: "\r\n[DISCONNECT {:x}]\r\n",
    Urc.LINK_UP: "\r\n[Link-Up Event]\r\n",
    Urc.LINK_DOWN: "\r\n[Link-Down Event]\r\n",
    Urc.RESET: "\r\n[Reset Event]\r\n",
    Urc.SEND_ERROR: "\r\n[TCP Send Error]\r\n",
    Urc.P2P_FAIL: "\r\n[P2P Fail Event]\r\n",
    Urc.LISTEN: "\r\n[LISTEN {:x}]\r\n",
}


def urc_text(urc: Urc, form: str, argument: int | str = "") -> bytes:
    """The bytes of an event under an AT+MEVTFORM digit: ``0`` nothing, ``1`` the full text, ``2`` the short one.

    ``argument`` is the socket id or, for the banner, the version. Position 10 (progress) has no text of its own.
    """
    if form == "1":
        return _FULL_TEXTS[urc].format(argument).encode("latin-1")
    if form == "2":
        return f"\r\n[{urc.value}]\r\n".encode()
    return b""
