"""Options that have no other test of their own."""

from __future__ import annotations

import pytest

from tests.desk import BOTH, GUIDE, MEASURED, OK, Desk, S


@pytest.mark.parametrize("firmware", BOTH)
def test_security_type_wpaaes(firmware: str) -> None:
    desk = Desk(firmware)
    desk.ok("AT+WSEC=0,WPAAES,12345678")
    assert desk.at("AT+WSEC=?") == b"0,WPAAES,12345678\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_socket_option_3_is_stored_and_does_nothing(firmware: str) -> None:
    desk = Desk(firmware)
    desk.ok("AT+FSOCK=3,77")
    assert desk.at("AT+FSOCK=?") == b"5000,5000,77,100,0,0,0,0\r\n" + OK
    assert desk.quiet(100 * S) == b""


@pytest.mark.parametrize(("firmware", "command"), [(GUIDE, "AT+FWEBS=0,F"), (MEASURED, "AT+FWEBS=1,f")])
def test_web_type_f_is_the_single_press(firmware: str, command: str) -> None:
    desk = Desk(firmware)
    assert desk.at(command, 2 * S).startswith(OK + b"Set AP Mode & Web Server Launch\r\n" + OK + desk.banner)
    assert desk.at("AT+WSTAT").splitlines()[1].startswith(b"AP/WizFi250_AP_0008DC000000/192.168.12.1/")
    assert desk.at("AT+FWEBS=?") == b"1,M\r\n" + OK


def test_other_options_of_sopt1_do_nothing() -> None:
    desk = Desk(MEASURED)
    desk.ok("AT+SOPT1=11,5", "AT+SOPT1=45,1")
