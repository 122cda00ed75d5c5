"""A week of a device in the field, in virtual time: a service that reports, supervision, a network that goes away."""

from __future__ import annotations

import contextlib

import pytest

from tests.desk import LINK_DOWN, LINK_UP, MEASURED, OK, PEER_ADDRESS, Desk, S, event
from wizfi_emu.profile import decode_image
from wizfi_emu.worlds.memory.network import PeerError

MINUTE = 60 * S
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.slow
def test_week() -> None:
    desk = Desk(MEASURED, joined=True)
    port = desk.network.tcp_listen("cloud")
    desk.ok(f"AT+SCON=S,TCN,{PEER_ADDRESS},{port},,0", "AT+WCHECK=600,5,3")
    desk.ok("AT+FSOCK=5,3600", "AT+FSOCK=6,60", "AT+FSOCK=7,1000", "AT+FSOCK=8,900", "AT+MPROF=S")
    desk.restart()
    connections, lost, printed = 0, 0, b""
    for step in range(7 * DAY // (5 * MINUTE)):
        minute_of_day = step * 5 % (24 * 60)
        if minute_of_day == 180:
            desk.switch_network(on=False)
        if minute_of_day == 240:
            desk.switch_network(on=True)
        printed += desk.quiet(5 * MINUTE)
        with contextlib.suppress(PeerError):
            desk.network.tcp_accept(f"connection {connections}", "cloud")
            connections += 1
        if desk.module.slots.open_slots:
            # Half an hour of each day the cloud says nothing.
            if not 600 <= minute_of_day < 630:
                assert desk.hear(b"how are you", f"connection {connections - 1}") != b""
        else:
            lost += 1
    # Each night the network is away for an hour: the link is lost once, and then every check finds no association.
    # Each day the module resets twice for want of data.
    days = 7 * 2
    nights = len(desk.resets) - 1 - days
    assert 7 * 6 <= nights <= 7 * 7
    assert printed.count(LINK_DOWN) == printed.count(event("DISCONNECT", 0)) == 7 + days
    assert printed.count(desk.banner) == nights + days
    assert printed.count(LINK_UP) == printed.count(event("CONNECT", 0)) == connections - 1 == 7 + days
    assert lost == 7 * 12
    # And now everything is as on the first day.
    assert desk.module.link.is_station
    assert [slot.type for slot in desk.module.slots.open_slots] == ["TCN"]
    assert desk.exchange(b"AT\r").endswith(OK)
    assert desk.module.uart_room == 2048
    assert desk.module.lost_bytes == 0
    image = decode_image(desk.image)
    assert image is not None
    assert image.profile.socket_options == (5000, 5000, 5, 100, 3600, 60, 1000, 900, 0)
