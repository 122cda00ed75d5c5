"""Rows of the table of differences: interpreter, modes, management and functions."""

from __future__ import annotations

from tests.desk import ERROR, GUIDE, INVALID_INPUT, LINK_DOWN, MEASURED, MODE_STATUS, MS, OK, Desk, S, event
from tests.personality.sides import Sides, alike

BANNER = {
    GUIDE: b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n",
    MEASURED: b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n",
}


def first_byte_after_boot(firmware: str, *switches: str) -> object:
    desk = Desk(firmware, *switches, echo=True)
    return desk.exchange(b"AT\r", S).replace(desk.banner, b"BANNER")


def events_at_level_1(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.at("AT+MMSG=1")
    printed = desk.at("AT+MECHO=?") + desk.part()
    desk.switch_network(on=False)
    return printed + desk.read()


def escape_after_200_ms(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+SOPT1=10,200")
    desk.tcp_client(data_mode=True)
    return desk.exchange(b"+++", 200 * MS)


def return_without_session(firmware: str) -> object:
    return Desk(firmware, joined=True).at("AT+SDATA")


def prompt_of_ssend(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    return desk.exchange(b"AT+SSEND=0,,,5\rhello")


def default_limit_of_ssend(firmware: str) -> object:
    """When the command gives up, in milliseconds."""
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.exchange(b"AT+SSEND=0,,,2000\r", 0)
    started_us = desk.now_us
    while desk.quiet(50 * MS) != ERROR:
        assert desk.now_us < started_us + 20 * S
    return (desk.now_us - started_us) // MS


def form_without_first_end(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.ok("AT+SFORM=110000000,7B,2C,7D,0D,0A")
    return desk.hear(b"hi")


def lengths_of_ssend(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    return [desk.at("AT+SSEND=0,,,0"), desk.at("AT+SSEND=0,,,100000001", 0)]


def queries_without_a_line_end(firmware: str) -> object:
    desk = Desk(firmware)
    return [desk.at("AT+SFORM=?"), desk.at("AT+MTXP=?")]


def commands_that_reset(firmware: str) -> object:
    desk = Desk(firmware)
    commands = ("WREG=KR", "MMAC=1:2:3:4:5:6", "MFDEF=FR", "USET=9600,N,8,1,N", "MSPI=1")
    return [desk.exchange(f"AT+{command}\r".encode(), S).endswith(OK + desk.banner) for command in commands]


def sleep(firmware: str) -> object:
    desk = Desk(firmware)
    return [desk.at("AT+MMCUPS=0"), desk.at("AT+MMCUPS=1,10", 20 * MS)]


def power_save(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    return [desk.at("AT+MWIFIPS=2,90"), desk.at("AT+MWIFIPS=2,100"), desk.at("AT+MWIFIPS=?")[:2]]


def bare_commands(firmware: str) -> object:
    desk = Desk(firmware)
    return [desk.at("AT+MCSTGPIO"), desk.at("AT+FWEBSOPT")]


def pings(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    return [desk.at("AT+FPING=0,192.168.12.1"), desk.at("AT+FPING=1,192.168.12.1")]


def web_server_after_link_up(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.run(S)
    return desk.at("AT+FWEBS=?")


def escape_in_a_row(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client(data_mode=True)
    desk.send(b"abc+++")
    return [desk.quiet(S - 1), desk.quiet(1), desk.got()]


def line_feeds(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    printed = desk.exchange(b"AT\r\nAT\r\nAT+SSEND=0,,,3\r\nab")
    return [printed, desk.got()]


def header_of_received_data(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    return desk.hear(b"Hi")


def line_for_gpios(firmware: str) -> object:
    return Desk(firmware).at("AT+MPROF=VG").splitlines()[-2][:6]


ROWS = {
    "D-01": alike(first_byte_after_boot, b"AT\r\n" + OK, {"auto_interface=true": OK + b"BANNER"}),
    "D-03": Sides(events_at_level_1, b"", b"0\r\n" + event("DISCONNECT", 0) + LINK_DOWN),
    "D-05": Sides(escape_after_200_ms, OK, b""),
    "D-06": Sides(return_without_session, ERROR, MODE_STATUS),
    "D-07": alike(prompt_of_ssend, b"[0,,,5]\r\n" + OK),
    "D-08": Sides(default_limit_of_ssend, 10_200, 12_000),
    "D-09": Sides(form_without_first_end, b"{0hi", b"{0hi{0"),
    "D-22": Sides(line_for_gpios, b"+FWEBS", b"+FGPIO"),
    "D-32": Sides(lengths_of_ssend, [INVALID_INPUT] * 2, [b"[0,,,0]\r\n" + OK, b"[0,,,100000001]\r\n"]),
    "D-33": Sides(
        queries_without_a_line_end,
        [b"111111111,7B,2C,7D,0D,0A\r\n" + OK, b"17 dBm\r\n" + OK],
        [b"111111111,7b,2c,7d,0d,0a" + OK, b"17 dBm" + OK],
    ),
    "D-34": alike(commands_that_reset, [True] * 5),
    "D-35": Sides(
        lambda firmware: Desk(firmware).at("AT+MINFO"),
        b"FW version/HW version\r\n1.0.3.6/WizFi250 Rev 1.0\r\n" + OK,
        b"FW version/HW version\r\n1.0.5.2/WizFi250 Rev 1.0\r\n" + OK,
    ),
    "D-36": Sides(sleep, [INVALID_INPUT, OK], [OK, INVALID_INPUT]),
    "D-37": Sides(power_save, [OK, INVALID_INPUT, b"2,"], [OK, OK, b"2,"]),
    "D-38": alike(lambda firmware: Desk(firmware).at("AT+MCWUI=admin,admin,me,secret"), OK),
    "D-39": Sides(bare_commands, [OK] * 2, [INVALID_INPUT] * 2),
    "D-40": Sides(pings, [INVALID_INPUT, b"Ping Reply :  1 ms\r\n" + OK], [OK, b"Ping Reply :   1 ms\r\n" + OK]),
    "D-41": alike(web_server_after_link_up, b"0,M\r\n" + OK),
    "D-42": alike(lambda firmware: [Desk(firmware).at(line) for line in ("AT+X", "AT+MECHO=2")], [INVALID_INPUT] * 2),
    "D-43": Sides(lambda firmware: Desk(firmware).banner, BANNER[GUIDE], BANNER[MEASURED]),
    "D-50": alike(escape_in_a_row, [b"", OK, b"abc"]),
    "D-54": alike(lambda firmware: Desk(firmware).at("AT+USET=3686400,N,8,1,N,W"), OK),
    "D-56": alike(line_feeds, [OK + OK + b"[0,,,3]\r\n" + OK, b"\nab"]),
    "D-57": alike(header_of_received_data, b"{0,192.168.12.50,40000,2}Hi\r\n"),
}
