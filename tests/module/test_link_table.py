"""The states of the link, row by row of the table in `wizfi_emu.module.link`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.desk import Desk, S
from tests.module.tables import rows_of
from wizfi_emu.module import events as ev
from wizfi_emu.module import link

ROWS = rows_of(link)


def join_as_station(desk: Desk) -> None:
    desk.join()


def join_as_access_point(desk: Desk) -> None:
    desk.ok("AT+WSET2=1,mine", "AT+WSEC=1,WPA2,12345678")
    desk.at("AT+WJOIN")


def lose_the_access_point(desk: Desk) -> None:
    desk.switch_network(on=False)
    desk.quiet(30 * S)


def find_the_access_point(desk: Desk) -> None:
    desk.switch_network(on=True)
    desk.quiet(30 * S)


CAUSES: dict[str, Callable[[Desk], object]] = {
    "AT+WJOIN as a station": join_as_station,
    "AT+WJOIN as an access point": join_as_access_point,
    "a Wi-Fi Direct group is joined": lambda desk: desk.feed(
        ev.P2pEnded(True, "192.168.49.2", "255.255.255.0", "192.168.49.1")
    ),
    "AT+WJOIN": lambda desk: desk.at("AT+WJOIN", 30 * S),  # while the access point is gone
    "AT+WLEAVE": lambda desk: desk.at("AT+WLEAVE", 2 * S),
    "the access point is gone": lose_the_access_point,
    "the access point is back": find_the_access_point,
    "reset": lambda desk: desk.at("AT+MRESET", 5 * S),
}

WAYS: dict[str, tuple[Callable[[Desk], object], ...]] = {
    "DOWN": (),
    "STATION": (join_as_station,),
    "LOST": (join_as_station, lose_the_access_point),
    "AP": (join_as_access_point,),
}


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_row(row: tuple[str, ...]) -> None:
    state, cause, to = row
    desk = Desk()
    for step in WAYS[state]:
        step(desk)
    assert desk.module.link.state.name == state
    CAUSES[cause](desk)
    assert desk.module.link.state.name == to


def test_every_state_has_its_rows() -> None:
    assert {row[0] for row in ROWS} == {state.name for state in link.LinkState} == set(WAYS)
